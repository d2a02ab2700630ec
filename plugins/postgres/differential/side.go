// Package differential compares PocketBase on two databases: it sends the same
// random requests to an application on each and looks for answers that differ.
// It belongs in tests only.
//
// One side is SQLite, which defines what is right. Records get the same ids,
// dates and file names on both sides, so answers are compared byte by byte.
package differential

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations" // PocketBase's own schema
	"github.com/pocketbase/pocketbase/tools/types"
)

// Side is one running application.
type Side struct {
	core.App
	handler http.Handler
	// step numbers the requests; dates and file names come from it.
	step atomic.Int64
}

// Open starts an application on a data directory; register adds plugins.
func Open(dir string, connect core.DBConnectFunc, register ...func(*Side)) (*Side, error) {
	s := &Side{App: core.NewBaseApp(core.BaseAppConfig{DataDir: dir, DBConnect: connect})}
	for _, r := range register {
		r(s)
	}
	if err := s.Bootstrap(); err != nil {
		return nil, fmt.Errorf("bootstrap: %w", err)
	}
	if err := s.RunAllMigrations(); err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	s.prepare()
	s.OnSettingsReload().BindFunc(func(e *core.SettingsReloadEvent) error {
		err := e.Next()
		s.prepare()
		return err
	})
	s.makeDeterministic()
	router, err := apis.NewRouter(s.App)
	if err != nil {
		return nil, fmt.Errorf("router: %w", err)
	}
	event := new(core.ServeEvent)
	event.App, event.Router, event.Server = s.App, router, &http.Server{}
	err = s.OnServe().Trigger(event, func(e *core.ServeEvent) error {
		s.handler, err = e.Router.BuildMux()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("mux: %w", err)
	}
	return s, nil
}

// prepare sets what tests need in the settings in memory.
func (s *Side) prepare() {
	s.Settings().RateLimits.Enabled = false
	s.Settings().Batch.Enabled = true
	s.Settings().Logs.MaxDays = 0 // PocketBase writes logs from a goroutine that would outlive the test
}

// Close ends the application.
func (s *Side) Close() error { return s.ClearBootstrap() }

// clock is the date that records get in a step: equal on both sides.
func (s *Side) clock() types.DateTime {
	at, _ := types.ParseDateTime(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(s.step.Load()) * 61 * time.Second))
	return at
}

// makeDeterministic replaces what PocketBase takes from the clock and from
// chance: dates of creation and change, names of uploaded files.
func (s *Side) makeDeterministic() {
	dates := func(e *core.RecordEvent, name string) {
		if e.Record.Collection().Fields.GetByName(name) == nil {
			return
		}
		// PocketBase takes its own clock when the date has not changed, as in the
		// second change of a record by one request.
		at, before := s.clock(), e.Record.Original().GetDateTime(name)
		if !before.Before(at) {
			at = before.Add(time.Millisecond)
		}
		e.Record.SetRaw(name, at)
	}
	files := func(e *core.RecordEvent) {
		for _, field := range e.Record.Collection().Fields {
			for n, file := range e.Record.GetUnsavedFiles(field.GetName()) {
				file.Name = fmt.Sprintf("step_%d_%d%s", s.step.Load(), n, filepath.Ext(file.OriginalName))
			}
		}
	}
	s.OnRecordCreate().BindFunc(func(e *core.RecordEvent) error {
		dates(e, "created")
		dates(e, "updated")
		files(e)
		return e.Next()
	})
	s.OnRecordUpdate().BindFunc(func(e *core.RecordEvent) error {
		dates(e, "updated")
		files(e)
		return e.Next()
	})
}

// Request is one request to either side.
type Request struct {
	Method, Path string
	Token        string
	Body         []byte
	ContentType  string
}

func (r Request) String() string {
	who := "guest"
	if r.Token != "" {
		who = "signed in"
	}
	body := string(r.Body)
	if len(body) > 2000 {
		body = body[:2000] + "…"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s (%s) %s", r.Method, r.Path, who, body))
}

// Answer is what a side said.
type Answer struct {
	Status int
	Body   string
}

func (a Answer) String() string {
	body := a.Body
	if len(body) > 1500 {
		body = body[:1500] + "…"
	}
	return fmt.Sprintf("%d %s", a.Status, body)
}

// Do sends the request.
func (s *Side) Do(r Request) Answer {
	var body io.Reader
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	req := httptest.NewRequest(r.Method, r.Path, body)
	req.Header.Set("Content-Type", "application/json")
	if r.ContentType != "" {
		req.Header.Set("Content-Type", r.ContentType)
	}
	if r.Token != "" {
		req.Header.Set("Authorization", r.Token)
	}
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, req)
	return Answer{rec.Code, canonical(rec.Body.Bytes())}
}

// canonical sorts the names in JSON objects, which PocketBase writes in random
// order when a request chooses fields. Everything else stays as it is.
func canonical(body []byte) string {
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return strings.TrimSpace(string(body))
	}
	sorted := &strings.Builder{}
	e := json.NewEncoder(sorted)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return strings.TrimSpace(string(body))
	}
	return strings.TrimSpace(sorted.String())
}

// CopyDir copies a closed data directory.
func CopyDir(to, from string) error {
	return os.CopyFS(to, os.DirFS(from))
}
