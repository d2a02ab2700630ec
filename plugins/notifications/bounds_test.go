package notifications_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/wib"
	"jasaweb/plugins/notifications"
	"jasaweb/plugins/plugintest"
)

// stampedApp is an app whose rows of a collection are made at made, which the
// machine's clock says otherwise.
func stampedApp(t *testing.T, collection string, made *time.Time) *plugintest.App {
	t.Helper()
	return newApp(t, func(app *plugintest.App) {
		app.OnRecordCreate(collection).BindFunc(func(e *core.RecordEvent) error {
			if !made.IsZero() {
				e.Record.SetRaw("created", collections.DateTime(*made))
			}
			return e.Next()
		})
	})
}

// Three days before, on the day, and from the third to the sixth day after it an
// invoice is reminded of; what was written less than two days ago, only if it
// falls due tomorrow.
func TestWhichDaysAreReminded(t *testing.T) {
	t.Parallel()
	written := time.Date(2030, 1, 10, 10, 0, 0, 0, wib.Zone)
	app := stampedApp(t, collections.Invoices, &written)
	app.SetNow(written)
	project := app.NewProject(t, app.NewUser(t, collections.RoleClient), app.NewTier(t, "dasar", 2_000_000, 100))
	invoices, err := collections.FindInvoices(app, project.Id)
	if err != nil || len(invoices) != 1 {
		t.Fatalf("%d invoices, %v", len(invoices), err)
	}
	const old = 30 * 24 * time.Hour
	for _, c := range []struct {
		days int // until it falls due
		age  time.Duration
		want string
	}{
		{4, old, ""}, {3, old, "before"}, {2, old, "before"}, {1, old, "before"}, {0, old, "due"},
		{-1, old, ""}, {-2, old, ""}, {-3, old, "after"}, {-6, old, "after"}, {-7, old, ""},
		{3, 48*time.Hour - time.Millisecond, ""}, {3, 48 * time.Hour, "before"}, {2, 48*time.Hour - time.Millisecond, ""}, {1, 0, "before"}, {0, 0, "due"},
	} {
		invoice := invoices[0]
		now := written.Add(c.age)
		invoice.Set("due_at", collections.DateTime(wib.EndOfDay(wib.AddDays(now, c.days))))
		if got := notifications.StepOf(invoice, now); got != c.want {
			t.Errorf("%d days before, %s after it was written: %q, want %q", c.days, c.age, got, c.want)
		}
		// The job looks at the same days.
		if err := app.Save(invoice); err != nil {
			t.Fatal(err)
		}
		app.SetNow(now)
		before, err := app.CountRecords(collections.Notifications, dbx.HashExp{"type": collections.NoticeReminder})
		if err != nil {
			t.Fatal(err)
		}
		if err := collections.FindJobHandler(app, "invoice.remind")(t.Context(), app, nil); err != nil {
			t.Fatal(err)
		}
		after, err := app.CountRecords(collections.Notifications, dbx.HashExp{"type": collections.NoticeReminder})
		if err != nil || (after > before) != (c.want != "") {
			t.Errorf("%d days before, %s after it was written: %d reminders, then %d, %v", c.days, c.age, before, after, err)
		}
		if _, err := app.DB().Delete(collections.Notifications, dbx.HashExp{}).Execute(); err != nil {
			t.Fatal(err)
		}
	}
}

// What was read stays for ninety days after it was read, and anything for a year.
func TestNotificationsStayToTheEndOfTheirDays(t *testing.T) {
	t.Parallel()
	var made time.Time
	app := stampedApp(t, collections.Notifications, &made)
	user := app.NewUser(t, collections.RoleClient)
	now := time.Date(2030, 6, 1, 0, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, c := range []struct {
		name       string
		made, read time.Duration // before now; read 0: never
		kept       bool
	}{
		{"read for ninety days", 91 * day, 90 * day, true}, {"read for longer", 91 * day, 90*day + time.Millisecond, false},
		{"unread for a year", 365 * day, 0, true}, {"unread for longer", 365*day + time.Millisecond, 0, false},
		{"read lately", 365 * day, day, true}, {"read lately, too old", 365*day + time.Millisecond, day, false},
	} {
		made = now.Add(-c.made)
		notify(t, app, user, collections.Notice{Type: collections.NoticeSystem, Title: collections.Text{ID: c.name}})
		row, err := app.FindFirstRecordByData(collections.Notifications, "title", c.name)
		if err != nil {
			t.Fatal(err)
		}
		if c.read != 0 {
			app.SetNow(now.Add(-c.read))
			app.Do(t, "POST", "/api/notifications/read", user.Token, map[string]any{"ids": []string{row.Id}}).Want(200)
		}
		app.SetNow(now)
		for _, job := range app.Cron().Jobs() {
			if job.Id() == "notifications.purge" {
				job.Run()
			}
		}
		if _, err := app.FindRecordById(collections.Notifications, row.Id); (err == nil) != c.kept {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A transaction marks two hundred, so that others may write in between; and a
// request names two hundred, and ten kinds, at most.
func TestHowManyAreReadAtOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	perTransaction := map[core.App]int{}
	app := newApp(t, func(app *plugintest.App) {
		app.OnRecordUpdate(collections.Notifications).BindFunc(func(e *core.RecordEvent) error {
			mu.Lock()
			perTransaction[e.App]++
			mu.Unlock()
			return e.Next()
		})
	})
	user := app.NewUser(t, collections.RoleClient)
	for range 201 {
		notify(t, app, user, collections.Notice{Type: collections.NoticeSystem, Title: collections.Text{ID: "Banyak"}})
	}
	ids := func(n int) []string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf("takada%09d", i)
		}
		return list
	}
	app.Do(t, "POST", "/api/notifications/read", user.Token, map[string]any{"ids": ids(201)}).WantError(400, "ids")
	app.Do(t, "POST", "/api/notifications/read", user.Token, map[string]any{"ids": ids(200)}).Want(200)
	app.Do(t, "POST", "/api/notifications/read", user.Token, map[string]any{"all": true}).Want(200)
	mu.Lock()
	most, all := 0, 0
	for _, n := range perTransaction {
		most, all = max(most, n), all+n
	}
	mu.Unlock()
	if most != 200 || all != 201 {
		t.Errorf("%d were marked, %d of them at once", all, most)
	}
	kinds := func(n int) []string {
		list := make([]string, n)
		for i := range list {
			list[i] = collections.NoticeReminder
		}
		return list
	}
	app.Do(t, "PUT", "/api/notifications/preferences", user.Token, map[string]any{"mail_off": kinds(11)}).WantError(400, "mail_off")
	app.Do(t, "PUT", "/api/notifications/preferences", user.Token, map[string]any{"mail_off": kinds(10)}).Want(200)
}
