package observability_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/internal/signal"
	"jasaweb/plugins/observability"
	"jasaweb/plugins/plugintest"
)

const token = "token-pengukuran-yang-cukup-panjang-1"

func newApp(t *testing.T, config observability.Config) *plugintest.App {
	return plugintest.New(t, func(app *plugintest.App) {
		config.MetricsToken = token
		observability.MustRegister(app, config)
		rest.Bind(app,
			rest.Get("/api/fails", rest.Public, "Fails", func(*core.RequestEvent, *rest.None) (*rest.None, error) {
				return nil, errors.New("the secret cause")
			}),
			rest.Get("/api/panics/{id}", rest.Public, "Panics", func(*core.RequestEvent, *struct {
				ID string `path:"id"`
			}) (*rest.None, error) {
				panic("the secret cause")
			}),
			rest.Get("/api/refuses", rest.Public, "Refuses", func(*core.RequestEvent, *rest.None) (*rest.None, error) {
				return nil, collections.ErrNotFound
			}))
		app.OnServe().BindFunc(func(e *core.ServeEvent) error {
			e.Router.GET("/api/latin1", func(e *core.RequestEvent) error {
				return e.BadRequestError("caf\xe9", map[string]validation.Error{"name": validation.NewError("odd", "caf\xe9")})
			})
			e.Router.GET("/api/plain", func(*core.RequestEvent) error { return fmt.Errorf("the secret cause") })
			return e.Next()
		})
	})
}

func metrics(t *testing.T, app *plugintest.App) string {
	t.Helper()
	return string(app.Do(t, "GET", "/metrics", "Bearer "+token, nil).Want(200).Body)
}

func TestReadyTellsWhatFails(t *testing.T) {
	t.Parallel()
	app := newApp(t, observability.Config{})
	var ready observability.Readiness
	app.Do(t, "GET", "/api/ready", "", nil).Want(200).JSON(&ready)
	if ready.Status != "ready" || ready.FreeDisk <= 0 || ready.Build.Go == "" || ready.OldestDueJob != 0 {
		t.Errorf("%+v", ready)
	}
	now := time.Date(2030, 11, 23, 3, 0, 0, 0, time.UTC)
	app.SetNow(now)
	job := func(state string, due time.Time, lease any) {
		app.New(t, collections.Jobs, map[string]any{"kind": "uji", "state": state, "run_at": collections.DateTime(due), "lease": lease})
	}
	job("done", now.Add(-time.Hour), "")                                              // ended
	job("queued", now.Add(time.Hour), "")                                             // not due
	job("running", now.Add(-time.Hour), collections.DateTime(now.Add(5*time.Minute))) // being done
	job("queued", now.Add(-10*time.Minute), "")                                       // a little late
	app.Do(t, "GET", "/api/ready", "", nil).Want(200).JSON(&ready)
	if ready.OldestDueJob != 600 {
		t.Errorf("oldest due job %v s, want 600", ready.OldestDueJob)
	}
	job("queued", now.Add(-31*time.Minute), "")
	refused := app.Do(t, "GET", "/api/ready", "", nil).WantError(503, "jobs")
	if strings.Contains(string(refused.Body), "31m") {
		t.Errorf("the reason is public: %s", refused.Body)
	}
}

func TestReadyLooksAtMigrationsDiskAndDatabase(t *testing.T) {
	t.Parallel()
	full := newApp(t, observability.Config{MinFreeDisk: 1 << 62})
	full.Do(t, "GET", "/api/ready", "", nil).WantError(503, "disk")

	app := newApp(t, observability.Config{})
	if _, err := app.DB().NewQuery("DELETE FROM {{_migrations}} WHERE [[file]] = (SELECT MAX([[file]]) FROM {{_migrations}})").Execute(); err != nil {
		t.Fatal(err)
	}
	app.Do(t, "GET", "/api/ready", "", nil).WantError(503, "migrations")

	broken := newApp(t, observability.Config{})
	if err := broken.ConcurrentDB().(interface{ Close() error }).Close(); err != nil {
		t.Fatal(err)
	}
	broken.Do(t, "GET", "/api/ready", "", nil).WantError(503, "database")
}

// A table of money or history that lost a trigger makes the node not ready, and
// the log says which.
func TestReadyLooksAtTheTriggersOfAppendOnlyTables(t *testing.T) {
	t.Parallel()
	for _, trigger := range []string{"ledger_no_update", "audit_logs_no_delete", "project_events_no_update"} {
		app := newApp(t, observability.Config{})
		if _, err := app.DB().NewQuery("DROP TRIGGER [[" + trigger + "]]").Execute(); err != nil {
			t.Fatal(err)
		}
		refused := app.Do(t, "GET", "/api/ready", "", nil).WantError(503, "triggers")
		if strings.Contains(string(refused.Body), trigger) {
			t.Errorf("the reason is public: %s", refused.Body)
		}
		if err := observability.CheckTriggers(app); err == nil || !strings.Contains(err.Error(), trigger) {
			t.Errorf("%s: %v", trigger, err)
		}
	}
}

func TestMetricsAreForAdminsAndTheScraper(t *testing.T) {
	t.Parallel()
	app := newApp(t, observability.Config{})
	for _, wrong := range []string{"", "Bearer ", "Bearer " + token + "x", "Bearer " + token[1:], token, "Basic " + token} {
		app.Do(t, "GET", "/metrics", wrong, nil).WantError(401)
	}
	app.Do(t, "GET", "/metrics", app.NewUser(t, collections.RoleClient).Token, nil).WantError(403)
	app.Do(t, "GET", "/metrics", app.NewUser(t, collections.RoleAdmin).Token, nil).Want(200)

	open := plugintest.New(t, func(app *plugintest.App) { observability.MustRegister(app, observability.Config{}) })
	open.Do(t, "GET", "/metrics", "Bearer ", nil).WantError(401) // no token is not an empty token
}

func TestMetricsCountRequestsByRoute(t *testing.T) {
	t.Parallel()
	app := newApp(t, observability.Config{})
	signal.Register(app, signal.Signal{
		Name: "jasaweb_fish", Unit: "fish", Group: "tests", Polarity: signal.Neutral, Help: "Fish by kind.", Labels: []string{"kind"},
		Read: func(context.Context) ([]signal.Value, error) {
			return []signal.Value{{Labels: []string{"carp"}, Value: 3}}, nil
		},
	}, signal.Signal{
		Name: "jasaweb_broken", Unit: "fish", Group: "tests", Polarity: signal.Neutral, Help: "Unknown.",
		Read: func(context.Context) ([]signal.Value, error) { return nil, errors.New("the secret cause") },
	})
	for n := range 50 { // made-up addresses and methods make no series of their own
		app.Do(t, "GET", fmt.Sprintf("/api/panics/%d", n), "", nil)
		app.Do(t, "GET", fmt.Sprintf("/tidak-ada-%d", n), "", nil)
		app.Do(t, fmt.Sprintf("X%d", n), "/api/health", "", nil)
	}
	app.Do(t, "GET", "/api/refuses", "", nil).Want(404)
	text := metrics(t, app)
	for _, want := range []string{
		`jasaweb_http_requests_total{code="500",method="GET",route="/api/panics/{id}"} 50`,
		`jasaweb_http_requests_total{code="404",method="GET",route="/api/refuses"} 1`,
		`jasaweb_http_request_duration_seconds_count{method="GET",route="/api/panics/{id}"} 50`,
		`jasaweb_fish{kind="carp"} 3`, `jasaweb_build_info{`, `go_goroutines `, `process_open_fds `,
		`go_sql_open_connections{db_name="data"}`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(text, "jasaweb_broken") || strings.Contains(text, "secret cause") {
		t.Error("a number that is not known is shown, or why")
	}
	if series := len(regexp.MustCompile(`(?m)^jasaweb_http_requests_total\{`).FindAllString(text, -1)); series > 8 {
		t.Errorf("%d series after made-up requests:\n%s", series, text)
	}
}

func TestEveryRequestHasAName(t *testing.T) {
	t.Parallel()
	app := newApp(t, observability.Config{})
	ask := func(path, id string) *httptest.ResponseRecorder {
		r := app.Request(t, "GET", path, "", nil)
		if id != "" {
			r.Header.Set("X-Request-Id", id)
		}
		answer := httptest.NewRecorder()
		app.Handler.ServeHTTP(answer, r)
		return answer
	}
	if got := ask("/api/health", "abc-DEF_0123").Header().Get("X-Request-Id"); got != "abc-DEF_0123" {
		t.Errorf("a good name became %q", got)
	}
	seen := map[string]bool{}
	for _, bad := range []string{"", "short", strings.Repeat("a", 65), "with space 1", "line\nbreak 1", `quote"quote`, "ünïcödé-1"} {
		got := ask("/api/health", bad).Header().Get("X-Request-Id")
		if len(got) != 20 || seen[got] {
			t.Errorf("%q became %q", bad, got)
		}
		seen[got] = true
	}
	for _, path := range []string{"/api/fails", "/api/panics/1", "/api/plain"} {
		answer := ask(path, "nama-permintaan")
		if path == "/api/plain" && answer.Code != 400 || path != "/api/plain" && answer.Code != 500 {
			t.Errorf("%s answers %d", path, answer.Code)
		}
		if strings.Contains(answer.Body.String(), "secret cause") {
			t.Errorf("%s tells the cause: %s", path, answer.Body)
		}
		if named := strings.Contains(answer.Body.String(), "nama-permintaan"); named != (answer.Code == 500) {
			t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
		}
	}
	if answer := ask("/api/refuses", "nama-permintaan"); strings.Contains(answer.Body.String(), "nama-permintaan") {
		t.Errorf("a refusal is no failure: %s", answer.Body)
	}
}

// An error that repeats bytes which are no text is still an answer.
func TestErrorWithBrokenTextHasABody(t *testing.T) {
	t.Parallel()
	newApp(t, observability.Config{}).Do(t, "GET", "/api/latin1", "", nil).WantError(400, "name")
}

// The activity log of PocketBase, which the dashboard shows, has the name.
func TestLogHasTheName(t *testing.T) {
	t.Parallel()
	app := newApp(t, observability.Config{})
	app.Settings().Logs.MaxDays = 1
	r := app.Request(t, "GET", "/api/fails", "", nil)
	r.Header.Set("X-Request-Id", "nama-di-catatan")
	app.Handler.ServeHTTP(httptest.NewRecorder(), r)
	var found bool
	for deadline := time.Now().Add(15 * time.Second); !found && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		logs := []*core.Log{}
		if err := app.LogQuery().All(&logs); err != nil {
			t.Fatal(err)
		}
		for _, l := range logs {
			raw, err := json.Marshal(l)
			found = found || err == nil && bytes.Contains(raw, []byte("nama-di-catatan")) && bytes.Contains(raw, []byte("the secret cause"))
		}
	}
	if !found {
		t.Error("no log line has the name and the cause")
	}
	app.Settings().Logs.MaxDays = 0
}

func TestProfilesAreForSuperusers(t *testing.T) {
	t.Parallel()
	app := newApp(t, observability.Config{})
	app.Do(t, "GET", "/debug/pprof/", "", nil).WantError(401)
	app.Do(t, "GET", "/debug/pprof/heap", app.NewUser(t, collections.RoleAdmin).Token, nil).WantError(403)
	super := app.Superuser(t)
	if body := app.Do(t, "GET", "/debug/pprof/goroutine?debug=1", super, nil).Want(200).Body; !bytes.Contains(body, []byte("goroutine profile")) {
		t.Errorf("%.200s", body)
	}
	app.Do(t, "GET", "/debug/pprof/", super, nil).Want(200)
	app.Do(t, "GET", "/debug/pprof/cmdline", super, nil).WantError(404)
}
