package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

// files are PocketBase's two databases.
var files = []string{"data.db", "auxiliary.db"}

// Command is "db", which moves data between SQLite and Postgres. store is nil
// without DATABASE_URL.
func Command(store *Store) *cobra.Command {
	cmd := &cobra.Command{Use: "db", Short: "Moves the data between SQLite files and Postgres"}
	need := func(fn func(cmd *cobra.Command, dir string) error) func(*cobra.Command, []string) error {
		return func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			if store == nil {
				return errors.New("DATABASE_URL is not set: there is no Postgres to work with")
			}
			return fn(cmd, args[0])
		}
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "import SQLITE_DIR", Short: "Copies the SQLite files of a data directory, or of an unpacked backup, into an empty Postgres database",
			Args: cobra.ExactArgs(1), RunE: need(store.importDir),
		},
		&cobra.Command{
			Use: "export DIR", Short: "Copies the Postgres database into new SQLite files",
			Args: cobra.ExactArgs(1), RunE: need(store.exportDir),
		},
	)
	return cmd
}

// importDir imports both files. The first must be there; the second holds logs.
func (s *Store) importDir(cmd *cobra.Command, dir string) error {
	if _, err := os.Stat(filepath.Join(dir, files[0])); err != nil {
		return fmt.Errorf("%s is not a data directory: %w", dir, err)
	}
	for _, name := range files {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err != nil {
			fmt.Fprintf(cmd.OutOrStdout(), "%s: not there, left out\n", name)
			continue
		}
		db, err := s.Open(contextOf(cmd), name)
		if err != nil {
			return err
		}
		err = ImportFile(contextOf(cmd), db, path, printer(cmd.OutOrStdout(), name))
		if err = errors.Join(err, db.Close()); err != nil {
			return err
		}
	}
	for file, env := range map[string]string{"credentials.key": "CREDENTIALS_KEY", "links.key": "JWT_SECRET"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err == nil {
			fmt.Fprintf(cmd.OutOrStdout(), "The data was made with %s: give its content as %s, or what it encrypted cannot be read.\n", file, env)
		}
	}
	return nil
}

func (s *Store) exportDir(cmd *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, name := range files {
		db, err := s.Open(contextOf(cmd), name)
		if err != nil {
			return err
		}
		err = ExportFile(contextOf(cmd), db, filepath.Join(dir, name), printer(cmd.OutOrStdout(), name))
		if err = errors.Join(err, db.Close()); err != nil {
			return err
		}
	}
	return nil
}

func contextOf(cmd *cobra.Command) context.Context {
	if ctx := cmd.Context(); ctx != nil {
		return ctx
	}
	return context.Background()
}

// printer shows the progress: a line for each table when it is compared, and
// one every second while a large one is on its way.
func printer(out io.Writer, file string) Progress {
	shown := time.Now()
	return func(table string, rows int64, done bool) {
		switch {
		case done:
			fmt.Fprintf(out, "%s  %-28s %10d rows, checksum equal\n", file, table, rows)
		case time.Since(shown) > time.Second:
			shown = time.Now()
			fmt.Fprintf(out, "%s  %-28s %10d rows …\n", file, table, rows)
		}
	}
}
