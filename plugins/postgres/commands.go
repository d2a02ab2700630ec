package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"jasaweb/plugins/internal/command"
)

// files are PocketBase's two databases.
var files = []string{"data.db", "auxiliary.db"}

// Key is a secret that a data directory may hold as a file and that beside
// Postgres is given in the environment.
type Key struct{ File, Env, Value string }

// Command is "db", which moves data between SQLite and Postgres. store is nil
// without DATABASE_URL.
func Command(store *Store, keys ...Key) *cobra.Command {
	cmd := command.WithoutData(&cobra.Command{Use: "db", Short: "Moves the data between SQLite files and Postgres"})
	work := func(fn func(ctx context.Context, out io.Writer, dir string) (rows int64, err error)) func(*cobra.Command, []string) error {
		return func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			if store == nil {
				return errors.New("DATABASE_URL is not set: there is no Postgres to work with")
			}
			ctx, stop := signal.NotifyContext(contextOf(cmd), os.Interrupt, syscall.SIGTERM)
			defer stop()
			started := time.Now()
			rows, err := fn(ctx, cmd.OutOrStdout(), args[0])
			if ctx.Err() != nil {
				return errors.New("interrupted: nothing has been changed")
			}
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "%d rows in %s\n", rows, time.Since(started).Round(100*time.Millisecond))
			}
			return err
		}
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "import SQLITE_DIR", Short: "Copies the SQLite files of a data directory, or of an unpacked backup, into an empty Postgres database",
			Args: cobra.ExactArgs(1), RunE: work(func(ctx context.Context, out io.Writer, dir string) (int64, error) {
				if err := sameKeys(dir, keys); err != nil {
					return 0, err
				}
				return store.importDir(ctx, out, dir)
			}),
		},
		&cobra.Command{
			Use: "export DIR", Short: "Copies the Postgres database into new SQLite files",
			Args: cobra.ExactArgs(1), RunE: work(store.exportDir),
		},
	)
	return cmd
}

// sameKeys refuses data whose secrets could not be opened afterwards.
func sameKeys(dir string, keys []Key) error {
	for _, k := range keys {
		raw, err := os.ReadFile(filepath.Join(dir, k.File))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if key := strings.TrimSpace(string(raw)); key != k.Value && !slices.Contains(strings.Split(k.Value, ","), key) {
			return fmt.Errorf("%s is not the key in %s, with which the data was made: give that file as %s_FILE, or move it away if the data was made with another key", k.Env, filepath.Join(dir, k.File), k.Env)
		}
	}
	return nil
}

// importDir imports both files in one transaction. The first must be there; the
// second holds logs.
func (s *Store) importDir(ctx context.Context, out io.Writer, dir string) (rows int64, err error) {
	type part struct {
		from *source
		into *schema
	}
	var parts []part
	for n, name := range files {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err != nil {
			if n == 0 {
				return 0, fmt.Errorf("%s is not a data directory: it has no %s that can be read", dir, name)
			}
			fmt.Fprintf(out, "%s: not there, left out\n", name)
			continue
		}
		from, err := openSource(ctx, path)
		if err != nil {
			return 0, err
		}
		defer from.close()
		parts = append(parts, part{from: from})
	}
	for n, p := range parts {
		if parts[n].into, _, err = s.schema(ctx, s.config.Schema(p.from.path)); err != nil {
			return 0, err
		}
	}
	pg, err := connect(ctx, s.direct)
	if err != nil {
		return 0, err
	}
	defer pg.Close(context.Background())
	err = importAll(ctx, pg, func() error {
		// No node may start meanwhile: it would make the tables that the import brings.
		if err := script(ctx, pg, fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", migrationLock)); err != nil {
			return err
		}
		for _, p := range parts {
			if err := p.into.importFrom(ctx, pg, p.from, printer(out, filepath.Base(p.from.path), &rows)); err != nil {
				return err
			}
		}
		return nil
	})
	return rows, err
}

func (s *Store) exportDir(ctx context.Context, out io.Writer, dir string) (rows int64, err error) {
	pg, err := connect(ctx, s.direct)
	if err != nil {
		return 0, err
	}
	made, err := scalar(ctx, pg, schemaExists, s.config.Schema(files[0]))
	if err = errors.Join(err, pg.Close(ctx)); err != nil {
		return 0, err
	}
	if made != "true" {
		return 0, fmt.Errorf("database %q has no data of JasaWeb", s.direct.Database)
	}
	for _, name := range files {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return 0, fmt.Errorf("%s is there already; export into another directory", filepath.Join(dir, name))
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	written := []string{}
	defer func() {
		for _, path := range written { // both files or none
			if err != nil {
				_ = os.Remove(path)
			}
		}
	}()
	for _, name := range files {
		db, err := s.Open(ctx, name)
		if err != nil {
			return 0, err
		}
		path := filepath.Join(dir, name)
		err = ExportFile(ctx, db, path, printer(out, name, &rows))
		if err = errors.Join(err, db.Close()); err != nil {
			return 0, err
		}
		written = append(written, path)
	}
	return rows, nil
}

func contextOf(cmd *cobra.Command) context.Context {
	if ctx := cmd.Context(); ctx != nil {
		return ctx
	}
	return context.Background()
}

// printer shows the progress: a line for each table when it is compared, and
// one every second while a large one is on its way. It counts the rows.
func printer(out io.Writer, file string, total *int64) Progress {
	shown := time.Now()
	return func(step Step, table string, rows int64) {
		switch {
		case step == Equal:
			*total += rows
			fmt.Fprintf(out, "%-12s  %-28s %10d %s\n", file, table, rows, step)
		case time.Since(shown) < time.Second:
			return
		case step == Indexing:
			fmt.Fprintf(out, "%-12s  %s %s\n", file, table, step)
		default:
			fmt.Fprintf(out, "%-12s  %-28s %10d rows %s …\n", file, table, rows, step)
		}
		shown = time.Now()
	}
}
