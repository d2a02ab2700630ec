package hooks

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"

	"jasaweb/collections"
)

// lookTimeout is how long the look into a backup may take; from S3 the whole of it
// is fetched first.
const lookTimeout = 10 * time.Minute

// bindBackups keeps the keys of this program and the mails that it keeps out of
// backups, and refuses to restore what this program could not serve: PocketBase
// replaces the data first and starts anew on it, and by then the old data is gone.
func (h *hooks) bindBackups(app core.App) {
	app.OnBackupCreate().BindFunc(func(e *core.BackupEvent) error {
		e.Exclude = append(e.Exclude, h.config.Private...)
		return e.Next()
	})
	app.OnBackupRestore().BindFunc(func(e *core.BackupEvent) error {
		if err := h.checkBackup(e.Context, e.App, e.Name); err != nil {
			return err
		}
		e.Exclude = append(e.Exclude, h.config.Private...) // what this node has stays
		return e.Next()
	})
	// The route of PocketBase answers before it restores, so nobody would hear why not.
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "jasaweb.checkBackup", Func: func(e *core.RequestEvent) error {
			if e.Request.Pattern != "POST /api/backups/{key}/restore" || !e.HasSuperuserAuth() {
				return e.Next()
			}
			if err := h.checkBackup(e.Request.Context(), e.App, e.Request.PathValue("key")); err != nil {
				return err
			}
			return e.Next()
		}})
		return e.Next()
	})
}

// checkBackup refuses a backup that this program could not start on.
func (h *hooks) checkBackup(ctx context.Context, app core.App, name string) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	dir, err := os.MkdirTemp("", "jasaweb-backup-")
	if err != nil {
		return fmt.Errorf("hooks: look into the backup: %w", err)
	}
	defer os.RemoveAll(dir)
	path, err := unpackDatabase(ctx, app, name, dir)
	if err != nil {
		return fmt.Errorf("hooks: look into the backup: %w", err)
	}
	if path == "" {
		return unfit(errors.New("it is not there, or holds no data.db"))
	}
	db, err := dbx.Open("sqlite", "file:"+path+"?mode=ro&immutable=1")
	if err != nil {
		return fmt.Errorf("hooks: look into the backup: %w", err)
	}
	defer db.Close()
	if err := h.config.Serves(db); err != nil {
		return unfit(err)
	}
	if _, err := collections.CheckCredentialsKey(db, h.config.Credentials); err != nil {
		return unfit(err)
	}
	return nil
}

func unfit(cause error) error {
	return router.NewApiError(http.StatusConflict, "Cadangan ini tidak dapat dipulihkan di sini; tidak ada yang diubah. "+
		"This backup cannot be restored here; nothing was changed. "+cause.Error(), nil)
}

// unpackDatabase writes the database of the backup into dir and returns its path,
// "" if there is none.
func unpackDatabase(ctx context.Context, app core.App, name, dir string) (string, error) {
	files, err := app.NewBackupsFilesystem()
	if err != nil {
		return "", err
	}
	defer files.Close()
	files.SetContext(ctx)
	if there, err := files.Exists(name); err != nil || !there {
		return "", err
	}
	from, err := files.GetReader(name)
	if err != nil {
		return "", err
	}
	defer from.Close()
	archive, err := os.Create(filepath.Join(dir, "backup.zip")) // zip needs to read at any place
	if err != nil {
		return "", err
	}
	defer archive.Close()
	if _, err := io.Copy(archive, from); err != nil {
		return "", err
	}
	zipped, err := zip.NewReader(archive, from.Size())
	if err != nil {
		return "", nil // not a zip: nothing of ours in it
	}
	for _, f := range zipped.File {
		if f.Name == "data.db" {
			return unzip(f, filepath.Join(dir, f.Name))
		}
	}
	return "", nil
}

func unzip(f *zip.File, path string) (string, error) {
	from, err := f.Open()
	if err != nil {
		return "", err
	}
	defer from.Close()
	to, err := os.Create(path)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from)
	return path, errors.Join(err, to.Close())
}
