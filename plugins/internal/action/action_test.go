package action_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/action"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/plugintest"
)

type muteInput struct {
	Metric string `path:"metric"`
	Body   struct {
		Hours int `json:"hours" minimum:"1" maximum:"72"`
	}
}

type muted struct {
	Hours int `json:"hours"`
}

// muting is an action on a map.
func muting(hours map[string]int) action.Action[muteInput, *muted] {
	known := func(in *muteInput) error {
		if _, ok := hours[in.Metric]; !ok {
			return collections.ErrNotFound
		}
		return nil
	}
	return action.Action[muteInput, *muted]{
		Name: "metrics.mute", Method: http.MethodPost, Path: "/api/admin/metrics/{metric}/mute", Summary: "Raise no alarm about a measurement",
		DryRun: func(_ context.Context, _ core.App, in *muteInput) ([]action.Effect, error) {
			return []action.Effect{{Does: action.Change, What: "metrics", Count: 1}}, known(in)
		},
		Do: func(_ context.Context, _ core.App, in *muteInput) (*muted, error) {
			if err := known(in); err != nil {
				return nil, err
			}
			hours[in.Metric] = in.Body.Hours
			return &muted{in.Body.Hours}, nil
		},
		Undo: func(_ context.Context, _ core.App, in *muteInput) (*muted, error) {
			hours[in.Metric] = 0
			return &muted{}, nil
		},
	}
}

func TestAnActionIsARouteWithDryRunUndoAndAudit(t *testing.T) {
	t.Parallel()
	hours := map[string]int{"load": 0}
	app := plugintest.New(t, func(app *plugintest.App) { rest.Bind(app, muting(hours).Routes()...) })
	admin, client := app.NewUser(t, collections.RoleAdmin), app.NewUser(t, collections.RoleClient)
	const path = "/api/admin/metrics/load/mute"
	body := map[string]any{"hours": 5}
	trail := func(name string) []*core.Record {
		t.Helper()
		rows, err := app.FindAllRecords(collections.AuditLogs, dbx.HashExp{"action": name, "actor": admin.Id})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	for _, suffix := range []string{"", "/dry-run", "/undo"} {
		app.Do(t, "POST", path+suffix, "", body).WantError(401)
		app.Do(t, "POST", path+suffix, client.Token, body).WantError(403)
		app.Do(t, "POST", path+suffix, admin.Token, map[string]any{"hours": 73}).WantError(400, "hours")
	}
	var plan action.Plan
	app.Do(t, "POST", path+"/dry-run", admin.Token, body).Want(200).JSON(&plan)
	app.Do(t, "POST", "/api/admin/metrics/none/mute/dry-run", admin.Token, body).WantError(404)
	if len(plan.Effects) != 1 || plan.Effects[0] != (action.Effect{Does: action.Change, What: "metrics", Count: 1}) || hours["load"] != 0 {
		t.Errorf("planned %v, did %v", plan, hours)
	}
	if rows := append(trail("metrics.mute"), trail("metrics.mute.undo")...); len(rows) != 0 {
		t.Errorf("refusals and dry runs left %d rows", len(rows))
	}

	var out muted
	app.Do(t, "POST", path, admin.Token, body).Want(200).JSON(&out)
	if out.Hours != 5 || hours["load"] != 5 {
		t.Errorf("answered %v, did %v", out, hours)
	}
	rows := trail("metrics.mute")
	if len(rows) != 1 || rows[0].GetString("after") != `{"body":{"hours":5},"metric":"load"}` || rows[0].GetString("actor_kind") != "admin" {
		t.Errorf("%d rows, %v", len(rows), rows)
	}
	app.Do(t, "POST", path+"/undo", admin.Token, body).Want(200)
	if rows := trail("metrics.mute.undo"); len(rows) != 1 || hours["load"] != 0 {
		t.Errorf("%d rows, %v", len(rows), hours)
	}
}

func TestMalformedActionsStopTheStart(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*action.Action[muteInput, *muted]){
		"name":    func(a *action.Action[muteInput, *muted]) { a.Name = "Mute" },
		"length":  func(a *action.Action[muteInput, *muted]) { a.Name = "metrics." + strings.Repeat("m", 38) }, // 51 with ".undo"
		"path":    func(a *action.Action[muteInput, *muted]) { a.Path = "/api/metrics/{metric}/mute" },
		"dry run": func(a *action.Action[muteInput, *muted]) { a.DryRun = nil },
		"do":      func(a *action.Action[muteInput, *muted]) { a.Do = nil },
	} {
		a := muting(nil)
		change(&a)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			a.Routes()
		}()
	}
}

// The longest name fits into its column, with and without the way back.
func TestTheLongestNameIsAudited(t *testing.T) {
	t.Parallel()
	a := muting(map[string]int{"load": 0})
	a.Name = "metrics." + strings.Repeat("m", 37)
	app := plugintest.New(t, func(app *plugintest.App) { rest.Bind(app, a.Routes()...) })
	admin := app.NewUser(t, collections.RoleAdmin)
	for suffix, name := range map[string]string{"": a.Name, "/undo": a.Name + ".undo"} {
		app.Do(t, "POST", "/api/admin/metrics/load/mute"+suffix, admin.Token, map[string]any{"hours": 1}).Want(200)
		if n, err := app.CountRecords(collections.AuditLogs, dbx.HashExp{"action": name}); err != nil || n != 1 {
			t.Errorf("%d rows of %s, %v", n, name, err)
		}
	}
}

// Nothing happens without a trace: the row is there while the action runs, and
// where it cannot be written nothing is done, nor taken back.
func TestTheTraceComesFirst(t *testing.T) {
	t.Parallel()
	var app *plugintest.App
	full, ran := errors.New("the audit log is full"), 0
	traced := func(name string) func(context.Context, core.App, *muteInput) (*muted, error) {
		return func(context.Context, core.App, *muteInput) (*muted, error) {
			ran++
			if n, err := app.CountRecords(collections.AuditLogs, dbx.HashExp{"action": name}); err != nil || n != 1 {
				t.Errorf("%s runs with %d rows in the audit log, %v", name, n, err)
			}
			return nil, collections.ErrNotFound
		}
	}
	a := muting(nil)
	a.Do, a.Undo = traced("metrics.mute"), traced("metrics.mute.undo")
	cut := false
	app = plugintest.New(t, func(app *plugintest.App) {
		rest.Bind(app, a.Routes()...)
		app.OnRecordCreate(collections.AuditLogs).BindFunc(func(e *core.RecordEvent) error {
			if cut {
				return full
			}
			return e.Next()
		})
	})
	admin := app.NewUser(t, collections.RoleAdmin)
	for _, suffix := range []string{"", "/undo"} {
		path, body := "/api/admin/metrics/load/mute"+suffix, map[string]any{"hours": 1}
		app.Do(t, "POST", path, admin.Token, body).WantError(404)
		cut = true
		app.Do(t, "POST", path, admin.Token, body).WantError(500)
		cut = false
	}
	if ran != 2 {
		t.Errorf("it ran %d times, want 2", ran)
	}
	for _, name := range []string{"metrics.mute", "metrics.mute.undo"} { // what was refused leaves its row, too
		if n, err := app.CountRecords(collections.AuditLogs, dbx.HashExp{"action": name}); err != nil || n != 1 {
			t.Errorf("%d rows of %s, %v", n, name, err)
		}
	}
}
