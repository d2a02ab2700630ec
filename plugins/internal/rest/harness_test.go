package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tests"
	"github.com/pocketbase/pocketbase/tools/logger"

	"jasaweb/plugins/internal/rest"
)

// site is a PocketBase with the routes under test, driven without a network.
type site struct {
	*tests.TestApp
	t       testing.TB
	handler http.Handler

	owner, other, admin, superuser string // tokens
	ownerID                        string
}

// empty is a migrated data directory with the collections of these tests.
var empty = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "rest-test-")
	if err != nil {
		return "", err
	}
	app, err := tests.NewTestAppWithConfig(core.BaseAppConfig{DataDir: dir})
	if err != nil {
		return "", err
	}
	if err := schema(app); err != nil {
		return "", err
	}
	if err := app.ClearBootstrap(); err != nil {
		return "", err
	}
	return app.DataDir(), os.RemoveAll(dir)
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := empty(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

func schema(app core.App) error {
	users, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		return err
	}
	users.Fields.Add(&core.SelectField{Name: "role", Values: []string{"admin", "client"}, MaxSelect: 1})
	if err := app.Save(users); err != nil {
		return err
	}
	clerks := core.NewAuthCollection("clerks")
	if err := app.Save(clerks); err != nil {
		return err
	}
	notes := core.NewBaseCollection("notes")
	notes.Fields.Add(
		&core.RelationField{Name: "user", CollectionId: users.Id, MaxSelect: 1},
		&core.TextField{Name: "title", Required: true, Min: 2, Max: 40},
		&core.NumberField{Name: "rank"},
		&core.TextField{Name: "secret", Hidden: true},
		&core.AutodateField{Name: "created", OnCreate: true},
	)
	notes.AddIndex("idx_notes_title", true, "title", "")
	if err := app.Save(notes); err != nil {
		return err
	}
	for _, who := range people { // here, because hashing passwords is slow
		if _, err := signUp(app, who.collection, who.email, who.role); err != nil {
			return err
		}
	}
	return nil
}

var people = []struct{ collection, email, role string }{
	{"users", "owner@example.com", "client"},
	{"users", "other@example.com", "client"},
	{"users", "admin@example.com", "admin"},
	{core.CollectionNameSuperusers, "root@example.com", ""},
}

func signUp(app core.App, collection, email, role string) (token string, err error) {
	c, err := app.FindCollectionByNameOrId(collection)
	if err != nil {
		return "", err
	}
	record := core.NewRecord(c)
	record.SetEmail(email)
	record.SetRandomPassword()
	record.Set("role", role)
	if err := app.Save(record); err != nil {
		return "", err
	}
	return record.NewAuthToken()
}

func newSite(t testing.TB, routes ...rest.Route) *site {
	t.Helper()
	s := newApp(t)
	rest.Bind(s, routes...)
	s.serve()
	return s
}

func newApp(t testing.TB) *site {
	t.Helper()
	dir, err := empty()
	if err != nil {
		t.Fatal(err)
	}
	app, err := tests.NewTestAppWithConfig(core.BaseAppConfig{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Cleanup)
	s := &site{TestApp: app, t: t}
	tokens := make([]string, len(people))
	for i, who := range people {
		record, err := app.FindAuthRecordByEmail(who.collection, who.email)
		if err != nil {
			t.Fatal(err)
		}
		if tokens[i], err = record.NewAuthToken(); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			s.ownerID = record.Id
		}
	}
	s.owner, s.other, s.admin, s.superuser = tokens[0], tokens[1], tokens[2], tokens[3]
	return s
}

func (s *site) serve() {
	s.t.Helper()
	router, err := apis.NewRouter(s)
	if err != nil {
		s.t.Fatal(err)
	}
	event := &core.ServeEvent{App: s, Router: router}
	err = s.OnServe().Trigger(event, func(e *core.ServeEvent) error {
		s.handler, err = e.Router.BuildMux()
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// answer is a response; on errors its fields hold the body.
type answer struct {
	code   int
	header http.Header
	body   string

	Status  int
	Message string
	Data    map[string]struct {
		Code, Message string
		Params        map[string]any
	}
}

func (s *site) do(method, path, token, body string, header ...string) answer {
	return s.send(method, path, token, strings.NewReader(body), header...)
}

func (s *site) send(method, path, token string, body io.Reader, header ...string) answer {
	s.t.Helper()
	req := httptest.NewRequest(method, path, body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", "en")
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, req)
	a := answer{code: rec.Code, header: rec.Header(), body: rec.Body.String()}
	if a.code >= 400 {
		if err := json.Unmarshal(rec.Body.Bytes(), &a); err != nil || a.Status != a.code || a.Message == "" || a.Data == nil {
			s.t.Fatalf("%s %s: not an error in PocketBase's shape (%v): %d %s", method, path, err, a.code, a.body)
		}
	}
	return a
}

// want fails unless the answer has the status and, if field is given, blames it
// with the code.
func (a answer) want(t *testing.T, status int, fieldCode ...string) {
	t.Helper()
	if a.code != status {
		t.Fatalf("status %d, want %d: %s", a.code, status, a.body)
	}
	for i := 0; i < len(fieldCode); i += 2 {
		if got := a.Data[fieldCode[i]]; got.Code != fieldCode[i+1] || got.Message == "" {
			t.Fatalf("data.%s = %+v, want code %s: %s", fieldCode[i], got, fieldCode[i+1], a.body)
		}
	}
}

// logged returns the rows of PocketBase's own log for requests whose message
// contains part. Rows arrive through a goroutine and a batch.
func (s *site) logged(part string) []*core.Log {
	s.t.Helper()
	handler := s.Logger().Handler().(*logger.BatchHandler)
	blocking := context.WithValue(context.Background(), logger.BlockKey, true)
	read := func() (logs []*core.Log) {
		if err := handler.WriteAll(blocking); err != nil {
			s.t.Fatal(err)
		}
		if err := s.LogQuery().All(&logs); err != nil {
			s.t.Fatal(err)
		}
		matching := logs[:0]
		for _, l := range logs {
			if strings.Contains(l.Message, part) {
				matching = append(matching, l)
			}
		}
		return matching
	}
	deadline := time.Now().Add(10 * time.Second)
	for len(read()) == 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond) // a second row, if there wrongly is one
	return read()
}

func logText(l *core.Log) string {
	return fmt.Sprintf("%d %s %v", l.Level, l.Message, l.Data)
}
