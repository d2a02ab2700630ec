package hooks_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"

	"jasaweb/collections"
)

// Every pair of statuses for every kind of actor, as plain Go writes it.
func TestStatusMachineOnGoWrites(t *testing.T) {
	t.Parallel()
	allowed := map[string]bool{
		"pending_payment>in_progress payment": true, "pending_payment>in_progress admin": true,
		"in_progress>review admin": true,
		"review>completed client":  true, "review>completed admin": true,
		"review>in_progress client":        true,
		"pending_payment>cancelled client": true, "pending_payment>cancelled admin": true,
		"in_progress>cancelled admin": true, "review>cancelled admin": true,
	}
	for _, from := range collections.Statuses {
		for _, to := range collections.Statuses {
			for _, by := range []collections.ActorKind{collections.BySystem, collections.ByPayment, collections.ByClient, collections.ByAdmin} {
				if from == to {
					continue
				}
				key := string(from) + ">" + string(to) + " " + string(by)
				err := collections.CheckTransition(from, to, by, "catatan")
				if allowed[key] != (err == nil) {
					t.Errorf("%s: err = %v", key, err)
				}
				var fields validation.Errors
				if err != nil && (!errors.As(err, &fields) || fields["status"] == nil) {
					t.Errorf("%s: the refusal names no field: %v", key, err)
				}
			}
		}
	}
}

func TestProjectStartsOnlyByPayment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.Hash(t)
	for name, token := range map[string]string{"superuser": w.superuser, "admin": w.admin.Token} {
		w.Do(t, "PATCH", w.path(), token, map[string]any{"status": "in_progress"}).WantError(400, "status")
		if w.Hash(t) != before {
			t.Fatalf("%s: a refused change left traces", name)
		}
	}
	w.Do(t, "PATCH", w.path(), w.client.Token, map[string]any{"status": "in_progress"}).WantError(404)
	p := w.reload(t)
	p.SetStatus(collections.InProgress)
	collections.SetActor(p.Record, collections.Actor{Kind: collections.ByPayment})
	if err := w.Save(p); err == nil {
		t.Fatal("a project started without money")
	}

	w.payStart(t)
	if got := w.reload(t).Status(); got != collections.InProgress {
		t.Fatalf("status after payment = %s", got)
	}
	events, _ := collections.FindProjectEvents(w, w.project.Id)
	last := events[len(events)-1]
	if len(events) != 2 || last.To() != collections.InProgress || last.ActorKind() != collections.ByPayment {
		t.Errorf("timeline = %d lines, last to %s by %s", len(events), last.To(), last.ActorKind())
	}
}

func TestDashboardAndBatchCannotSkipTheMachine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.payStart(t)
	before := w.Hash(t)
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"status": "completed"}).WantError(400, "status")
	w.Do(t, "POST", "/api/batch", w.superuser, map[string]any{"requests": []any{
		map[string]any{"method": "PATCH", "url": w.path(), "body": map[string]any{"name": "Nama Baru"}},
		map[string]any{"method": "PATCH", "url": w.path(), "body": map[string]any{"status": "completed"}},
	}}).Want(400)
	if w.Hash(t) != before {
		t.Error("the refused batch left traces")
	}
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"status": "review"}).Want(200)
}

func TestCompletionNeedsAddressCredentialsAndMoney(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.payStart(t)
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"status": "review"}).Want(200)
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"status": "completed"}).WantError(400, "url")
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"url": "https://a.sch.id"}).Want(200)
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"status": "completed"}).WantError(400, "credentials")
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"credentials": map[string]any{
		"admin_url": "https://a.sch.id/login", "username": "admin", "password": "rahasia"}}).Want(200)
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"status": "completed"}).WantError(400, "status")
	for _, i := range w.invoices(t) {
		if i.Status() == collections.Unpaid {
			if i.DueAt().IsZero() {
				t.Error("the rest did not fall due at review")
			}
			w.pay(t, i)
		}
	}
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"status": "completed"}).Want(200)
	before := w.Hash(t)
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"status": "review"}).WantError(400, "status")
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"status": "cancelled", "status_note": "x"}).WantError(400, "status")
	if w.Hash(t) != before {
		t.Error("a final status moved")
	}
}

func TestCancellingWorkNeedsAReasonAndTakesInvoicesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.payStart(t)
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"status": "cancelled"}).WantError(400, "status_note")
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"status": "cancelled", "status_note": "Klien mundur"}).Want(200)
	states := []string{}
	for _, i := range w.invoices(t) {
		states = append(states, i.Status())
	}
	if strings.Join(states, " ") != "paid cancelled" {
		t.Errorf("invoices = %v", states)
	}
	events, _ := collections.FindProjectEvents(w, w.project.Id)
	if last := events[len(events)-1]; last.Note() != "Klien mundur" || last.ActorKind() != collections.ByAdmin {
		t.Errorf("last line = %q by %s", last.Note(), last.ActorKind())
	}
}

func TestCancellingEnqueuesTheCancellingOfTheOpenCharge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.invoices(t)[0]
	attempt := w.New(t, collections.PaymentAttempts, map[string]any{
		"invoice": i.Id, "seq": 1, "order_id": "JW1-00000001-01AAAAAAAAK", "idem_key": "chg-x", "amount": i.Amount(), "status": "pending",
	})
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"status": "cancelled"}).Want(200)
	jobs, err := w.FindAllRecords(collections.Jobs, dbx.HashExp{"kind": collections.JobCancelCharge})
	if err != nil || len(jobs) != 1 || !strings.Contains(jobs[0].GetString("args"), attempt.Id) {
		t.Errorf("jobs = %v, %v", jobs, err)
	}
}

// Two writers decide on the same status; the second one's ground is gone.
func TestSecondWriterIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.payStart(t)
	first, second := w.reload(t), w.reload(t)
	first.SetStatus(collections.Review)
	collections.SetActor(first.Record, collections.Actor{Kind: collections.ByAdmin})
	if err := w.Save(first); err != nil {
		t.Fatal(err)
	}
	second.SetStatus(collections.Cancelled)
	second.SetStatusNote("batal")
	collections.SetActor(second.Record, collections.Actor{Kind: collections.ByAdmin})
	if err := w.Save(second); !errors.Is(err, collections.ErrStale) {
		t.Fatalf("err = %v, want ErrStale", err)
	}
}

// A form opened before the payment must not take the payment back.
func TestStaleFormDoesNotUndoAPayment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := w.reload(t)
	w.payStart(t)
	form.Set("name", "Nama dari formulir lama")
	if err := w.Save(form); err != nil {
		t.Fatal(err)
	}
	p := w.reload(t)
	if p.Status() != collections.InProgress || p.Name() != "Nama dari formulir lama" {
		t.Errorf("status %s, name %q", p.Status(), p.Name())
	}
	// The same object saved again writes a value that equals its first state.
	form.Set("name", "Web Uji")
	if err := w.Save(form); err != nil {
		t.Fatal(err)
	}
	if p := w.reload(t); p.Name() != "Web Uji" {
		t.Errorf("second save of one object was lost: %q", p.Name())
	}
}

func TestEveryChangeTellsClientAndAdminsAndIsAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.payStart(t)
	count := func(collection string, where dbx.HashExp) int64 {
		n, err := w.CountRecords(collection, where)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	client, admin := count(collections.Notifications, dbx.HashExp{"user": w.client.Id}), count(collections.Notifications, dbx.HashExp{"user": w.admin.Id})
	mails := count(collections.Jobs, dbx.HashExp{"kind": collections.JobNotificationMail})
	w.Do(t, "PATCH", w.path(), w.admin.Token, map[string]any{"status": "review"}).Want(200)
	if got := count(collections.Notifications, dbx.HashExp{"user": w.client.Id}); got != client+1 {
		t.Errorf("client got %d notices, want 1", got-client)
	}
	if got := count(collections.Notifications, dbx.HashExp{"user": w.admin.Id}); got != admin+1 {
		t.Errorf("admin got %d notices, want 1", got-admin)
	}
	if got := count(collections.Jobs, dbx.HashExp{"kind": collections.JobNotificationMail}); got != mails+2 {
		t.Errorf("%d mails, want 2", got-mails)
	}
	row, err := w.FindFirstRecordByFilter(collections.AuditLogs,
		"collection = 'projects' && action = 'update' && record = {:id} && actor = {:by} && after.status = 'review'",
		dbx.Params{"id": w.project.Id, "by": w.admin.Id})
	if err != nil || !strings.Contains(row.GetString("before"), "in_progress") {
		t.Errorf("audit row: %v, %v", row, err)
	}
}
