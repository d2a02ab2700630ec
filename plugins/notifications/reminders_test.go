package notifications_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/wib"
	"jasaweb/plugins/plugintest"
	"jasaweb/plugins/plugintest/till"
)

// office is an agency with a client who owes a deposit that falls due on
// 13 January 2030 (ordered on the 10th at 10.00 WIB), and a rest.
type office struct {
	*plugintest.App
	client, admin *plugintest.User
	deposit, rest *collections.Invoice
	money         *till.Till
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{money: till.New(t)}
	o.App = newApp(t, o.money.Register)
	o.at(10, 10)
	o.client, o.admin = o.NewUser(t, collections.RoleClient), o.NewUser(t, collections.RoleAdmin)
	project := o.NewProject(t, o.client, o.NewTier(t, "dasar", 2_000_000, 50))
	invoices, err := collections.FindInvoices(o, project.Id)
	if err != nil || len(invoices) != 2 {
		t.Fatalf("%d invoices, %v", len(invoices), err)
	}
	o.deposit, o.rest = invoices[0], invoices[1]
	for _, i := range invoices { // autodates follow the system's clock
		if _, err := o.DB().NewQuery("UPDATE {{invoices}} SET [[created]] = {:at} WHERE [[id]] = {:id}").
			Bind(dbx.Params{"at": collections.DateTime(o.Now()).String(), "id": i.Id}).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// at sets the clock to a day of January 2030 and an hour in WIB.
func (o *office) at(day, hour int) { o.SetNow(time.Date(2030, 1, day, hour, 5, 0, 0, wib.Zone)) }

// cron runs what the scheduler runs, and the job that it enqueued.
func (o *office) cron(t *testing.T) {
	t.Helper()
	for _, job := range o.Cron().Jobs() {
		if job.Id() == "notifications.remind" {
			job.Run()
		}
	}
	for range 2 { // a job runs again after a crash
		if err := collections.FindJobHandler(o, "invoice.remind")(t.Context(), o, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// reminders are the titles of the reminders that the user got, oldest first.
func (o *office) reminders(t *testing.T, user *plugintest.User) []string {
	t.Helper()
	rows := []*core.Record{}
	err := o.RecordQuery(collections.Notifications).AndWhere(dbx.HashExp{"user": user.Id, "type": collections.NoticeReminder}).
		OrderBy("created ASC", "_rowid_ ASC").All(&rows)
	if err != nil {
		t.Fatal(err)
	}
	titles := []string{}
	for _, row := range rows {
		titles = append(titles, row.GetString("title"))
	}
	return titles
}

func (o *office) want(t *testing.T, user *plugintest.User, titles ...string) {
	t.Helper()
	if got := o.reminders(t, user); !slices.Equal(got, titles) {
		t.Errorf("reminders = %q, want %q", got, titles)
	}
}

func TestAnInvoiceIsRemindedOfThreeTimes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for day := 10; day <= 25; day++ {
		for hour := 8; hour <= 19; hour++ {
			o.at(day, hour)
			o.cron(t)
		}
	}
	number := o.deposit.Number()
	o.want(t, o.client, "Tagihan "+number+" jatuh tempo besok", "Tagihan "+number+" jatuh tempo hari ini", "Tagihan "+number+" lewat jatuh tempo")
	o.want(t, o.admin, "Lewat jatuh tempo: "+number+" (Pengguna Uji)")
	// The scheduler only enqueues, once a day, however often it fires.
	jobs, err := o.CountRecords(collections.Jobs, dbx.HashExp{"kind": "invoice.remind"})
	if err != nil || jobs != 16 {
		t.Errorf("%d jobs in 16 days, %v", jobs, err)
	}
	mails, err := o.CountRecords(collections.Jobs, dbx.HashExp{"kind": collections.JobNotificationMail})
	if err != nil || mails != 4 {
		t.Errorf("%d mails, %v", mails, err)
	}
}

// The rest falls due a week after the review began: its first reminder comes
// three days before.
func TestTheRestIsRemindedOfEarlier(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.pay(t, o.deposit)
	o.rest.Set("due_at", collections.DateTime(wib.EndOfDay(time.Date(2030, 2, 1, 9, 0, 0, 0, wib.Zone))))
	if err := o.Save(o.rest); err != nil {
		t.Fatal(err)
	}
	for day := 20; day <= 32; day++ {
		o.at(day, 9)
		o.cron(t)
	}
	o.want(t, o.client, "Tagihan "+o.rest.Number()+" jatuh tempo 3 hari lagi", "Tagihan "+o.rest.Number()+" jatuh tempo hari ini")
}

func (o *office) pay(t *testing.T, i *collections.Invoice) {
	t.Helper()
	o.money.Pay(t, i.Id)
}

func TestNobodyIsRemindedOfWhatIsSettled(t *testing.T) {
	t.Parallel()
	for name, settle := range map[string]func(t *testing.T, o *office){
		"paid": func(t *testing.T, o *office) { o.pay(t, o.deposit) },
		"cancelled": func(t *testing.T, o *office) {
			project, err := collections.FindProject(o, o.deposit.ProjectID())
			if err != nil {
				t.Fatal(err)
			}
			project.SetStatus(collections.Cancelled)
			collections.SetActor(project.Record, collections.Actor{Kind: collections.ByClient, ID: o.client.Id})
			if err := o.Save(project); err != nil {
				t.Fatal(err)
			}
		},
		"proof sent": func(t *testing.T, o *office) {
			_, err := o.DB().Insert("transfer_proofs", dbx.Params{
				"id": "buktitransfer00", "invoice": o.deposit.Id, "user": o.client.Id, "file": "bukti.png", "state": "open",
				"created": collections.DateTime(o.Now()).String(), "updated": collections.DateTime(o.Now()).String(),
			}).Execute()
			if err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			settle(t, o)
			for day := 10; day <= 25; day++ {
				o.at(day, 9)
				o.cron(t)
			}
			o.want(t, o.client)
		})
	}
}

// A part is paid already: only the rest is asked for.
func TestAReminderAsksForWhatIsOwed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.money.Transfer(t, o.deposit.Id, 400_000)
	o.at(13, 9)
	o.cron(t)
	row, err := o.FindFirstRecordByData(collections.Notifications, "type", collections.NoticeReminder)
	if err != nil || !strings.Contains(row.GetString("message"), "Rp600.000 hari ini") {
		t.Errorf("%q, %v", row.GetString("message"), err)
	}
}

// An invoice that is put off falls due anew; a server that was down for a day
// catches up, but reminds of nothing that is long past.
func TestNewDaysAndMissedDays(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	number := o.deposit.Number()
	o.at(12, 9)
	o.cron(t)
	o.deposit.Set("due_at", collections.DateTime(wib.EndOfDay(time.Date(2030, 1, 20, 9, 0, 0, 0, wib.Zone))))
	if err := o.Save(o.deposit); err != nil {
		t.Fatal(err)
	}
	o.at(18, 9) // the 17th was missed
	o.cron(t)
	o.want(t, o.client, "Tagihan "+number+" jatuh tempo besok", "Tagihan "+number+" jatuh tempo 2 hari lagi")
	o.at(27, 9)
	o.cron(t)
	o.want(t, o.client, "Tagihan "+number+" jatuh tempo besok", "Tagihan "+number+" jatuh tempo 2 hari lagi")
}

func TestOldNotificationsGo(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	app.SetNow(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	user := app.NewUser(t, collections.RoleClient)
	put := func(name string, created, readAt time.Time) {
		notify(t, app, user, collections.Notice{Type: collections.NoticeSystem, Title: collections.Text{ID: name}})
		if _, err := app.DB().NewQuery("UPDATE {{notifications}} SET [[created]] = {:c}, [[read_at]] = {:r} WHERE [[title]] = {:t}").
			Bind(dbx.Params{"c": collections.DateTime(created).String(), "r": collections.DateTime(readAt).String(), "t": name}).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	ago := func(days int) time.Time { return app.Now().AddDate(0, 0, -days) }
	put("lama terbaca", ago(100), ago(95))
	put("lama, baru terbaca", ago(100), ago(5))
	put("lama belum terbaca", ago(360), time.Time{})
	put("sangat lama", ago(366), time.Time{})
	put("baru terbaca", ago(10), ago(9))
	for _, job := range app.Cron().Jobs() {
		if job.Id() == "notifications.purge" {
			job.Run()
		}
	}
	left := []string{}
	rows, err := app.FindAllRecords(collections.Notifications)
	for _, row := range rows {
		left = append(left, row.GetString("title"))
	}
	slices.Sort(left)
	if want := []string{"baru terbaca", "lama belum terbaca", "lama, baru terbaca"}; err != nil || !slices.Equal(left, want) {
		t.Errorf("left %q, %v", left, err)
	}
}
