package bench

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins"
	"jasaweb/plugins/payments/midtrans"
	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// openInvoices is how many invoices with an open charge the benchmark has.
const openInvoices = 10_000

// BenchmarkPayments measures the webhook over real HTTP among many open
// invoices, beside a plain record update of PocketBase in the same run.
func BenchmarkPayments(b *testing.B) {
	gateway := programtest.NewSandbox(b)
	app := programtest.NewApp(b, plugins.Options{MidtransServerKey: programtest.SandboxKey, MidtransBaseURL: gateway.URL})
	orders := seedOpenInvoices(b, app)
	server := httptest.NewServer(app.Handler)
	b.Cleanup(server.Close)
	superuser := app.Superuser(b)
	w := &workload{b: b}
	next := 0
	settlement := func(int) *http.Request {
		next++
		return post(b, server.URL, "", settled(orders[next-1], programtest.SandboxKey))
	}
	fmt.Printf("\n%d open invoices%25s %9s %9s %9s\n", openInvoices, "req/s", "p50 ms", "p99 ms", "")
	for _, clients := range []int{1, 16} {
		ours := w.load(clients, 400, settlement)
		theirs := w.load(clients, 400, func(n int) *http.Request {
			req := post(b, server.URL, superuser, `{"brief":"`+strconv.Itoa(n)+`"}`)
			req.Method, req.URL.Path = "PATCH", "/api/collections/projects/records/p"+fmt.Sprintf("%014d", n)
			return req
		})
		fmt.Printf("webhook settles, %2d clients   %s\nrecord update, %2d clients     %s   ratio %.2f\n", clients, ours, clients, theirs, ours.perSecond/theirs.perSecond)
	}
	fmt.Printf("webhook at 100/s              %s\n", w.atRate(100, 300, settlement))
	forged := func(n int) *http.Request { return post(b, server.URL, "", settled(orders[n%1000], "SB-wrong")) }
	stop := w.flood(1000, forged)
	fmt.Printf("the same beside forged 1000/s %s\n", w.atRate(100, 300, settlement))
	fmt.Printf("forged notifications refused: %d\n", stop())
}

// seedOpenInvoices writes the rows of ordered projects with one open charge each,
// without the hooks, which would take minutes.
func seedOpenInvoices(b *testing.B, app *plugintest.App) []string {
	b.Helper()
	owner, tier := app.NewUser(b, collections.RoleClient), app.NewTier(b, "beban", 1_500_000, 100)
	now := collections.DateTime(app.Now()).String()
	later := collections.DateTime(app.Now().Add(time.Hour)).String()
	orders := []string{}
	err := app.RunInTransaction(func(tx core.App) error {
		for n := range openInvoices {
			id := fmt.Sprintf("%014d", n)
			order := fmt.Sprintf("JW1-%08d-01AAAAAAAAK", n+1)
			orders = append(orders, order)
			for table, row := range map[string]dbx.Params{
				"projects": {"id": "p" + id, "user": owner.Id, "name": "Web", "type": "company", "status": "pending_payment", "tier": tier.Id, "created": now, "updated": now},
				"invoices": {"id": "i" + id, "project": "p" + id, "user": owner.Id, "number": "INV/X/" + id, "serial": n + 1, "amount": 1_500_000,
					"due_at_start": true, "status": "unpaid", "refund_state": "none", "instalment": 1, "instalments": 1, "created": now, "updated": now},
				"payment_attempts": {"id": "a" + id, "invoice": "i" + id, "seq": 1, "order_id": order, "idem_key": "chg-" + id, "amount": 1_500_000,
					"status": "pending", "provider_txn_id": "txn-" + id, "expires_at": later, "created": now, "updated": now},
			} {
				if _, err := tx.DB().Insert(table, row).Execute(); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return orders
}

// settled is a settlement of the order, signed with key.
func settled(order, key string) string {
	n, err := strconv.Atoi(order[4:12])
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"order_id":%q,"status_code":"200","gross_amount":"1500000.00","signature_key":%q,"transaction_status":"settlement",
		"transaction_id":"txn-%014d","fraud_status":"accept","currency":"IDR","payment_type":"qris"}`,
		order, midtrans.Sign(order, "200", "1500000.00", key), n-1)
}

func post(b *testing.B, site, token, body string) *http.Request {
	b.Helper()
	req, err := http.NewRequest("POST", site+"/api/webhooks/midtrans", strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", token)
	return req
}

// BenchmarkReconcile asks the provider, in process, about 10,000 due attempts.
func BenchmarkReconcile(b *testing.B) {
	gateway := programtest.NewSandbox(b)
	app := programtest.NewApp(b, plugins.Options{MidtransServerKey: programtest.SandboxKey, MidtransBaseURL: gateway.URL})
	seedOpenInvoices(b, app)
	if _, err := app.DB().NewQuery("UPDATE {{payment_attempts}} SET [[next_check_at]] = [[created]]").Execute(); err != nil {
		b.Fatal(err)
	}
	reconcile := collections.FindJobHandler(app, "payment.reconcile")
	start, runs := time.Now(), 0
	for left := int64(openInvoices); left > 0; runs++ {
		if err := reconcile(b.Context(), app, nil); err != nil {
			b.Fatal(err)
		}
		err := app.DB().NewQuery("SELECT COUNT(*) FROM {{payment_attempts}} WHERE [[next_check_at]] <= {:now}").
			Bind(dbx.Params{"now": collections.DateTime(app.Now()).String()}).Row(&left)
		if err != nil {
			b.Fatal(err)
		}
	}
	took := time.Since(start)
	fmt.Printf("\nreconciled %d due attempts in %v: %.0f/s, %d job runs\n", openInvoices, took.Round(time.Millisecond), openInvoices/took.Seconds(), runs)
}
