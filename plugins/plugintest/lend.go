package plugintest

import (
	"errors"
	"os"
	"path/filepath"

	"jasaweb/plugins/postgres/pgtest"
	"jasaweb/plugins/sqlite"
)

// The environment in which test binaries find a migrated data directory, and the
// name of a migrated database on the server that they share.
const (
	lentFiles    = "PLUGINTEST_FILES"
	lentDatabase = "PLUGINTEST_DATABASE"
)

// Lent is what the test binaries of one run share, so that not each of them
// starts a Postgres and runs the migrations, and a folder for temporary files, in
// memory if there is room, which leaves nothing behind.
type Lent struct {
	dir    string // of all temporary files
	server *pgtest.Server
	env    []string
}

// Lend makes it. It is made of the migrations as they are now: never keep it.
func Lend() (*Lent, error) {
	l := &Lent{}
	var err error
	if l.dir, err = os.MkdirTemp(pgtest.Memory(), "jasaweb-tests-"); err != nil {
		return nil, err
	}
	files, temporary := filepath.Join(l.dir, "template"), filepath.Join(l.dir, "tmp")
	// Postgres runs as another user and may have to pass.
	if err := errors.Join(os.Chmod(l.dir, 0o755), os.Mkdir(temporary, 0o700), os.Chmod(temporary, os.ModeSticky|0o777)); err != nil {
		return nil, errors.Join(err, l.Stop())
	}
	if err := migrate(files, sqlite.Connect); err != nil {
		return nil, errors.Join(err, l.Stop())
	}
	if l.server, err = pgtest.Start(pgtest.Options{}); err != nil {
		return nil, errors.Join(err, l.Stop())
	}
	database, err := newPostgresTemplate(l.server)
	if err != nil {
		return nil, errors.Join(err, l.Stop())
	}
	l.env = []string{"TMPDIR=" + temporary, lentFiles + "=" + files, lentDatabase + "=" + database, l.server.Lend()}
	return l, nil
}

// Env is the environment that a test binary needs to use it.
func (l *Lent) Env() []string { return l.env }

// Stop ends the server and removes everything.
func (l *Lent) Stop() error {
	var err error
	if l.server != nil {
		err = l.server.Stop()
	}
	return errors.Join(err, os.RemoveAll(l.dir))
}
