package mail

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	smtp "github.com/wneessen/go-mail"
)

// What stays of the files: mails of a month, and not more than so many.
const (
	keptFor  = 30 * 24 * time.Hour
	keptMost = 1000
)

// Folder is where in the data directory mails are kept while none can be sent.
const Folder = "mail"

func (p *plugin) dir(app core.App) string {
	if p.config.Dir != "" {
		return p.config.Dir
	}
	return filepath.Join(app.DataDir(), Folder)
}

// keep writes the mail to a file named after its Message-ID, so that a mail that
// is sent twice is one file. Mail programs open it.
func (p *plugin) keep(app core.App, m *smtp.Msg) error {
	raw, err := bytesOf(m)
	if err != nil {
		return err
	}
	id, _, _ := strings.Cut(strings.Trim(m.GetMessageID(), "<>"), "@")
	name := filepath.Base(filepath.Clean("/"+id)) + ".eml"
	if err := os.MkdirAll(p.dir(app), 0o700); err != nil {
		return fmt.Errorf("mail: keep: %w", err)
	}
	if err := os.WriteFile(filepath.Join(p.dir(app), name), raw, 0o600); err != nil {
		return fmt.Errorf("mail: keep: %w", err)
	}
	// The name leads a developer to the mail; who gets it is not for the log.
	app.Logger().Info("mail: no SMTP server is configured, so it is kept as a file", "file", name)
	return nil
}

// purgeKept deletes what is older than a month and what is too much.
func (p *plugin) purgeKept(app core.App, now time.Time) error {
	entries, err := os.ReadDir(p.dir(app))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mail: list kept mails: %w", err)
	}
	type file struct {
		name string
		at   time.Time
	}
	files := []file{}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || filepath.Ext(entry.Name()) != ".eml" {
			continue // deleted meanwhile, or not ours
		}
		files = append(files, file{entry.Name(), info.ModTime()})
	}
	sort.Slice(files, func(i, j int) bool { return files[i].at.After(files[j].at) })
	var failed error
	for n, f := range files {
		if n < keptMost && now.Sub(f.at) < keptFor {
			continue
		}
		failed = errors.Join(failed, os.Remove(filepath.Join(p.dir(app), f.name)))
	}
	return failed
}
