package midtrans_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"pgregory.net/rapid"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/midtrans"
	"jasaweb/plugins/midtrans/sandbox"
	"jasaweb/plugins/plugintest"
)

// schedules is how many random lives of a few invoices TestPW58 walks: a short
// form by default, the long one with PAYMENT_SCHEDULES=10000.
func schedules(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("PAYMENT_SCHEDULES"))
	if os.Getenv("PAYMENT_SCHEDULES") == "" {
		return 150
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// world is the program, the provider, and the wire between them, on which the
// test decides what arrives, when and how often.
type world struct {
	*plugintest.App
	provider *sandbox.Server
	tier     *collections.PricingTier

	mu       sync.Mutex
	inFlight []string // bodies of notifications that the provider has sent

	failing string // collection whose next write fails, as a crash would
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{}
	wire := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.inFlight = append(w.inFlight, string(body))
	}))
	provider, err := sandbox.New(sandbox.Config{NotifyURL: wire.URL, Speed: 1e6})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(provider)
	t.Cleanup(func() { api.Close(); provider.Close(); wire.Close() })
	w.provider = provider
	w.App = plugintest.New(t, func(app *plugintest.App) {
		midtrans.MustRegister(app, midtrans.Config{ServerKey: key, BaseURL: api.URL, MerchantID: sandbox.DefaultMerchantID})
	})
	w.tier = w.NewTier(t, "dasar", 1_500_000, 100)
	for _, c := range []string{collections.Ledger, collections.PaymentAttempts, collections.Invoices, collections.Projects, collections.Notifications, collections.Jobs} {
		crash := func(e *core.RecordEvent) error {
			if w.failing == c {
				w.failing = ""
				panic("crash at " + c)
			}
			return e.Next()
		}
		w.OnRecordCreateExecute(c).BindFunc(crash)
		w.OnRecordUpdateExecute(c).BindFunc(crash)
	}
	return w
}

// life is one schedule: up to three invoices of one client and all that happens
// to them.
type life struct {
	*world
	t        *rapid.T
	tb       testing.TB
	client   *plugintest.User
	projects []*collections.Project
	invoices []*collections.Invoice
	ranks    map[string]int // highest rank seen of each attempt
}

func TestPW58_RandomSchedulesLoseNoMoney(t *testing.T) {
	w := newWorld(t)
	left := schedules(t)
	walk := func(rt *rapid.T) {
		if left == 0 {
			return
		}
		left--
		l := &life{world: w, t: rt, tb: t, client: w.NewUser(t, collections.RoleClient), ranks: map[string]int{}}
		w.mu.Lock()
		w.inFlight = nil
		w.mu.Unlock()
		l.order()
		for range rapid.IntRange(3, 25).Draw(rt, "steps") {
			l.step()
			l.checkAlways()
		}
		l.settleDown()
		l.checkAtTheEnd()
	}
	for left > 0 {
		rapid.Check(t, walk)
		if t.Failed() {
			return
		}
	}
}

func (l *life) order() {
	p := l.NewProject(l.tb, l.client, l.tier)
	invoices, err := collections.FindInvoices(l, p.Id)
	l.must(err)
	l.projects, l.invoices = append(l.projects, p), append(l.invoices, invoices[0])
}

func (l *life) must(err error) {
	if err != nil {
		l.t.Fatal(err)
	}
}

// step does one thing that can happen. Refusals are fine; what must hold is
// checked after each.
func (l *life) step() {
	actions := map[string]func(){
		"order":   func() { l.orderAnother() },
		"pay":     func() { l.pressPay() },
		"wallet":  func() { l.atProvider(func(id string) error { return l.provider.Pay(id) }) },
		"late":    func() { l.atProvider(func(id string) error { return l.provider.PayLate(id) }) },
		"expire":  func() { l.atProvider(func(id string) error { return l.provider.Expire(id) }) },
		"deny":    func() { l.atProvider(func(id string) error { return l.provider.Deny(id) }) },
		"partial": func() { l.atProvider(func(id string) error { return l.provider.Refund(id, 400_000) }) },
		"refund":  func() { l.atProvider(func(id string) error { return l.provider.Refund(id, 0) }) },
		"deliver": func() { l.deliver(false) },
		"again":   func() { l.deliver(true) },
		"tamper":  func() { l.tamper() },
		"lose":    func() { l.take(false) },
		"cancel":  func() { l.cancelProject() },
		"crash": func() {
			l.failing = rapid.SampledFrom([]string{"ledger", "payment_attempts", "invoices", "projects", "notifications", "jobs"}).Draw(l.t, "crash at")
		},
		"run jobs": func() { l.runJobs() },
	}
	names := []string{"order", "pay", "pay", "pay", "wallet", "wallet", "late", "expire", "deny", "partial", "refund",
		"deliver", "deliver", "deliver", "deliver", "again", "tamper", "lose", "cancel", "crash", "run jobs"}
	actions[rapid.SampledFrom(names).Draw(l.t, "action")]()
}

func (l *life) orderAnother() {
	if len(l.projects) < 3 {
		l.failing = ""
		l.order()
	}
}

func (l *life) pressPay() {
	i := rapid.SampledFrom(l.invoices).Draw(l.t, "invoice")
	l.Do(l.tb, "POST", "/api/invoices/"+i.Id+"/pay", l.client.Token, nil)
}

// attempts are all attempts of this life's invoices.
func (l *life) attempts() []*collections.PaymentAttempt {
	list := []*collections.PaymentAttempt{}
	ids := []any{}
	for _, i := range l.invoices {
		ids = append(ids, i.Id)
	}
	l.must(l.RecordQuery(collections.PaymentAttempts).AndWhere(dbx.HashExp{"invoice": ids}).OrderBy("created", "id").All(&list))
	return list
}

func (l *life) atProvider(do func(orderID string) error) {
	if list := l.attempts(); len(list) > 0 {
		_ = do(rapid.SampledFrom(list).Draw(l.t, "attempt").OrderID()) // the provider may refuse
	}
}

// take picks a notification off the wire; keep leaves it there for another time.
func (l *life) take(keep bool) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.inFlight) == 0 {
		return ""
	}
	n := rapid.IntRange(0, len(l.inFlight)-1).Draw(l.t, "notification")
	body := l.inFlight[n]
	if !keep {
		l.inFlight = append(l.inFlight[:n:n], l.inFlight[n+1:]...)
	}
	return body
}

// deliver hands a notification over; unanswered, it goes back on the wire, as
// the provider repeats it.
func (l *life) deliver(keep bool) {
	body := l.take(keep)
	if body == "" {
		return
	}
	r := l.Do(l.tb, "POST", webhook, "", body)
	if r.Status != 200 && r.Status != 503 {
		l.t.Fatalf("a genuine notification was answered %d: %s", r.Status, r.Body)
	}
	if r.Status == 503 && !keep {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.inFlight = append(l.inFlight, body)
	}
}

// tamper changes what the signature covers, which must be refused, or what it
// does not cover, which must not move money.
func (l *life) tamper() {
	body := l.take(true)
	if body == "" {
		return
	}
	n := notice{}
	l.must(json.Unmarshal([]byte(body), &n))
	signed := rapid.Bool().Draw(l.t, "signed part")
	if signed {
		n = n.with("gross_amount", "1.00")
	} else {
		n = n.with("transaction_status", rapid.SampledFrom([]string{"settlement", "refund", "chargeback", "expire"}).Draw(l.t, "status"))
	}
	r := l.Do(l.tb, "POST", webhook, "", n)
	if signed && r.Status != 401 {
		l.t.Fatalf("a forged amount was answered %d", r.Status)
	}
}

func (l *life) cancelProject() {
	p, err := collections.FindProject(l, rapid.SampledFrom(l.projects).Draw(l.t, "project").Id)
	l.must(err)
	l.Do(l.tb, "PATCH", "/api/collections/projects/records/"+p.Id, l.superToken(), map[string]any{"status": "cancelled", "status_note": fmt.Sprint("batal ", p.Status())})
}

func (l *life) superToken() string { return l.Superuser(l.tb) }

// runJobs runs what is queued about payments, once each.
func (l *life) runJobs() int {
	ran := 0
	for _, kind := range []string{collections.JobCancelCharge, "payment.verify"} {
		rows, err := l.FindAllRecords(collections.Jobs, dbx.HashExp{"kind": kind, "state": collections.JobQueued})
		l.must(err)
		for _, r := range rows {
			if l.runJob(kind, r.GetString("args")) {
				_, err := l.DB().Update(collections.Jobs, dbx.Params{"state": collections.JobDone}, dbx.HashExp{"id": r.Id}).Execute()
				l.must(err)
				ran++
			}
		}
	}
	return ran
}

// runJob reports whether the handler finished; a crash leaves the job queued.
func (l *life) runJob(kind, args string) (done bool) {
	defer func() {
		if r := recover(); r != nil {
			done = false
		}
	}()
	return collections.FindJobHandler(l, kind)(l.tb.Context(), l, json.RawMessage(args)) == nil
}

// settleDown is the end of every story: no more faults, all jobs run, and the
// provider asked about every order that it knows.
func (l *life) settleDown() {
	l.failing = ""
	for range 4 {
		for _, a := range l.attempts() {
			args, err := json.Marshal(map[string]string{"order_id": a.OrderID()})
			l.must(err)
			if !l.runJob("payment.verify", string(args)) {
				l.t.Fatalf("the provider could not be asked about %s", a.OrderID())
			}
		}
		l.runJobs()
	}
}

// checkAlways is what holds at every moment.
func (l *life) checkAlways() {
	open := map[string]int{}
	for _, a := range l.attempts() {
		s := paystate.Status(a.Status())
		if s.Rank() < l.ranks[a.Id] {
			l.t.Fatalf("I5: attempt %s fell from rank %d to %s", a.OrderID(), l.ranks[a.Id], s)
		}
		l.ranks[a.Id] = s.Rank()
		if s.Open() {
			open[a.InvoiceID()]++
		}
	}
	for n, i := range l.invoices {
		if open[i.Id] > 1 {
			l.t.Fatalf("I6: %d open attempts of one invoice", open[i.Id])
		}
		l.checkInvoice(l.projects[n], i)
	}
}

func (l *life) checkInvoice(project *collections.Project, i *collections.Invoice) {
	fresh, err := collections.FindInvoice(l, i.Id)
	l.must(err)
	applied, err := collections.Applied(l, i.Id)
	l.must(err)
	if paid := fresh.Status() == collections.Paid; paid != (applied >= i.Amount()) {
		l.t.Fatalf("I3: invoice %s with %d of %d applied", fresh.Status(), applied, i.Amount())
	}
	starts, err := l.CountRecords(collections.ProjectEvents, dbx.HashExp{"project": project.Id, "to": "in_progress"})
	l.must(err)
	told, err := l.CountRecords(collections.Notifications, dbx.NewExp(
		"[[user]] = {:user} AND [[type]] = 'payment' AND [[payload]] LIKE {:invoice}", dbx.Params{"user": l.client.Id, "invoice": "%" + i.Id + "%"}))
	l.must(err)
	want := int64(0)
	if fresh.Status() == collections.Paid {
		want = 1
	}
	if starts != want || told != want {
		l.t.Fatalf("I7, I9: invoice %s, project started %d times, client told %d times", fresh.Status(), starts, told)
	}
}

// checkAtTheEnd compares our books with the provider's.
func (l *life) checkAtTheEnd() {
	l.checkAlways()
	truth := map[string]sandbox.Transaction{}
	for _, tx := range l.provider.State().Transactions {
		truth[tx.OrderID] = tx
	}
	for _, a := range l.attempts() {
		tx, known := truth[a.OrderID()]
		booked := l.sum(collections.Ledger, "amount", dbx.HashExp{"attempt": a.Id, "kind": "payment"})
		refunded := -l.sum(collections.Ledger, "amount", dbx.HashExp{"attempt": a.Id, "kind": "refund"})
		settled := int64(0)
		if known && tx.SettlementTime != "" {
			settled = a.Amount()
		}
		if booked != settled || fmt.Sprintf("%d.00", refunded) != orZero(tx.RefundAmount) {
			l.t.Fatalf("I1: %s is %s at the provider (refunded %s); the ledger has %d paid, %d refunded",
				a.OrderID(), tx.TransactionStatus, tx.RefundAmount, booked, refunded)
		}
		applied := l.sum(collections.Ledger, "applied", dbx.HashExp{"attempt": a.Id})
		held := l.sum(collections.MoneyExceptions, "amount", dbx.HashExp{"attempt": a.Id})
		if refunded == 0 && booked != applied+held {
			l.t.Fatalf("I4: %s brought %d; %d applied, %d in exceptions", a.OrderID(), booked, applied, held)
		}
	}
}

func orZero(amount string) string {
	if amount == "" {
		return "0.00"
	}
	return amount
}

func (l *life) sum(collection, column string, where dbx.Expression) int64 {
	var sum int64
	l.must(l.DB().Select("COALESCE(SUM([[" + column + "]]), 0)").From(collection).Where(where).Row(&sum))
	return sum
}
