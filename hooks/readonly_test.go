package hooks_test

import (
	"strings"
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
)

func TestMoneyColumnsAreReadOnlyOnEveryRecordPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.payStart(t)
	invoice := w.invoices(t)[1]
	path := "/api/collections/invoices/records/" + invoice.Id
	before := w.Hash(t)
	for column, value := range map[string]any{
		"number": "INV/1", "amount": 1, "dpp": 5, "ppn": 5, "status": "paid", "refund_state": "full",
		"paid_at": "2026-01-01 00:00:00.000Z", "midtrans_order_id": "JW1-X", "serial": 99, "instalments": 9,
	} {
		body := map[string]any{column: value}
		for name, token := range map[string]string{"superuser": w.superuser, "admin": w.admin.Token} {
			w.Do(t, "PATCH", path, token, body).WantError(400, column)
			w.Do(t, "POST", "/api/batch", token, map[string]any{"requests": []any{
				map[string]any{"method": "PATCH", "url": path, "body": body},
			}}).Want(400)
			if w.Hash(t) != before {
				t.Fatalf("%s changed %s", name, column)
			}
		}
	}
	w.Do(t, "PATCH", path, w.superuser, map[string]any{"due_at": "2026-12-24 10:00:00.000Z"}).Want(200)
	w.Do(t, "DELETE", path, w.superuser, nil).Want(400)
	w.Do(t, "POST", "/api/collections/invoices/records", w.superuser, map[string]any{"project": w.project.Id}).Want(400)
}

func TestHistoryAndQueuesAreClosedOnTheRecordAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.payStart(t)
	for _, name := range []string{
		collections.Ledger, collections.ProjectEvents, collections.AuditLogs, collections.PaymentAttempts,
		collections.WebhookInbox, collections.MoneyExceptions, collections.Counters,
	} {
		base := "/api/collections/" + name + "/records"
		before := w.Hash(t)
		w.Do(t, "POST", base, w.superuser, map[string]any{}).Want(400)
		if rows, err := w.FindAllRecords(name); err != nil {
			t.Fatal(err)
		} else if len(rows) > 0 {
			column := map[string]string{"ledger": "amount", "project_events": "note", "audit_logs": "action", "counters": "value"}[name]
			w.Do(t, "PATCH", base+"/"+rows[0].Id, w.superuser, map[string]any{column: 7}).WantError(400, column)
			w.Do(t, "DELETE", base+"/"+rows[0].Id, w.superuser, nil).Want(400)
		}
		if w.Hash(t) != before {
			t.Errorf("%s was changed through the record API", name)
		}
	}
}

func TestAppendOnlyTablesRefuseTheSQLConsole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.payStart(t)
	for table, column := range map[string]string{"ledger": "amount", "audit_logs": "action", "project_events": "note"} {
		for _, statement := range []string{
			"UPDATE " + table + " SET " + column + " = 0",
			"DELETE FROM " + table,
			"UPDATE " + table + " SET demo = TRUE",
		} {
			before := w.rows(t, table, "")
			r := w.Do(t, "POST", "/api/sql", w.superuser, map[string]any{"query": statement}).Want(400)
			added := 0
			if table == collections.AuditLogs { // the try itself
				added = 1
			}
			if !strings.Contains(string(r.Body), "append-only") || w.rows(t, table, "") != before+added ||
				w.rows(t, table, column+" = '0' OR demo = TRUE") != 0 {
				t.Errorf("%s: %s", statement, r.Body)
			}
			tries := w.rows(t, collections.AuditLogs, "action = 'sql' AND after LIKE '%"+statement+"%'")
			if tries != 1 {
				t.Errorf("%s: %d rows in the audit log", statement, tries)
			}
		}
	}
	w.Do(t, "POST", "/api/sql", w.superuser, map[string]any{"query": "SELECT COUNT(*) FROM ledger"}).Want(200)
}

// rows counts what the table holds, by a condition of the test's own.
func (w *world) rows(t *testing.T, table, where string) int {
	t.Helper()
	n, q := 0, w.DB().Select("COUNT(*)").From(table)
	if where != "" {
		q = q.Where(dbx.NewExp(where))
	}
	if err := q.Row(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDemoRowsCanBeRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := w.New(t, collections.Ledger, map[string]any{
		"kind": "payment", "amount": 5, "dedupe_key": "demo", "at": collections.DateTime(w.Now()), "demo": true,
	})
	if err := w.Delete(row); err != nil {
		t.Errorf("a demo row stays: %v", err)
	}
}

func TestInvoiceIsPaidByMoneyOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.invoices(t)[0]
	i.MarkPaid(collections.DateTime(w.Now()))
	if err := w.Save(i); err == nil || !strings.Contains(err.Error(), "invoice_not_covered") {
		t.Fatalf("err = %v", err)
	}
}

func TestCredentialsAreSealedWhoeverWritesThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := map[string]any{"admin_url": "https://a.sch.id/login", "username": "admin", "password": "p4ssw0rd-rahasia"}
	r := w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"credentials": plain}).Want(200)
	if strings.Contains(string(r.Body), "p4ssw0rd-rahasia") {
		t.Error("the answer shows the password in plain")
	}
	stored := w.reload(t).GetString("credentials")
	if strings.Contains(stored, "rahasia") || !strings.Contains(stored, "v1.") {
		t.Errorf("stored %q", stored)
	}
	c, err := w.reload(t).RevealCredentials(w.Credentials)
	if err != nil || c.Password != "p4ssw0rd-rahasia" {
		t.Fatalf("reveal = %v, %v", c, err)
	}
	// The dashboard sends the sealed value back with every save.
	w.Do(t, "PATCH", w.path(), w.superuser, map[string]any{"name": "Baru", "credentials": r.Map()["credentials"]}).Want(200)
	if w.reload(t).GetString("credentials") != stored {
		t.Error("an untouched value was sealed again")
	}

	other := w.NewProject(t, w.client, w.tier)
	before := w.Hash(t)
	otherPath := "/api/collections/projects/records/" + other.Id
	w.Do(t, "PATCH", otherPath, w.superuser, map[string]any{"credentials": r.Map()["credentials"]}).WantError(400, "credentials")
	for _, bad := range []any{
		map[string]any{"admin_url": "javascript:alert(1)", "username": "a", "password": "b"},
		map[string]any{"admin_url": "https://a.id", "username": "", "password": "b"},
		map[string]any{"admin_url": "https://a.id", "username": "a", "password": "b", "more": 1},
		"hello", []any{1}, 7,
	} {
		w.Do(t, "PATCH", otherPath, w.superuser, map[string]any{"credentials": bad}).WantError(400, "credentials")
	}
	if w.Hash(t) != before {
		t.Error("a refused value left traces")
	}
	rows, err := w.FindAllRecords(collections.AuditLogs)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if strings.Contains(row.GetString("before")+row.GetString("after"), "v1.") || strings.Contains(row.GetString("after"), "rahasia") {
			t.Fatalf("the audit log holds a secret: %s", row.GetString("after"))
		}
	}
}

// An admin once flagged a real, paid invoice as demo, and then it could be deleted.
func TestNobodyMakesRealRowsDemo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.payStart(t)
	invoice := w.invoices(t)[0]
	for path, token := range map[string]string{
		"/api/collections/invoices/records/" + invoice.Id: w.admin.Token, w.path(): w.admin.Token,
		"/api/collections/users/records/" + w.client.Id:       w.superuser,
		"/api/collections/pricing_tiers/records/" + w.tier.Id: w.superuser,
	} {
		w.Do(t, "PATCH", path, token, map[string]any{"demo": true}).WantError(400, "demo")
	}
	w.Do(t, "POST", "/api/collections/faqs/records", w.superuser, map[string]any{"question": "a", "answer": "b", "demo": true}).WantError(400, "demo")
	w.Do(t, "POST", "/api/batch", w.superuser, map[string]any{"requests": []any{map[string]any{
		"method": "PATCH", "url": "/api/collections/invoices/records/" + invoice.Id, "body": map[string]any{"demo": true},
	}}}).Want(400)
	w.Do(t, "DELETE", "/api/collections/invoices/records/"+invoice.Id, w.superuser, nil).Want(400)
	w.Do(t, "PATCH", "/api/collections/invoices/records/"+invoice.Id, w.admin.Token, map[string]any{"qris_url": "javascript:alert(1)"}).WantError(400, "qris_url")
}
