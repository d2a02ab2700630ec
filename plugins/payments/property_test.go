package payments_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"pgregory.net/rapid"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments"
	"jasaweb/plugins/payments/midtrans"
	"jasaweb/plugins/payments/midtrans/sandbox"
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

// price of every project, in rupiah.
const price = 1_500_000

// crashable are the collections at whose writes a crash can come.
var crashable = []string{
	collections.Ledger, collections.PaymentAttempts, collections.Invoices, collections.Projects,
	collections.MoneyExceptions, collections.Notifications, collections.Jobs,
}

// world is the program, the provider, and the wire between them, on which the
// test decides what arrives, when and how often.
type world struct {
	*plugintest.App
	provider *sandbox.Server
	tier     *collections.PricingTier
	admin    *plugintest.User

	mu       sync.Mutex
	inFlight []string // bodies of notifications that the provider has sent

	failing string         // collection whose next write fails, as a crash would
	ahead   time.Duration  // of our clock, which steps move on
	took    map[string]int // how often each kind of step was accepted
}

func newWorld(t *testing.T, took map[string]int) *world {
	t.Helper()
	w := &world{took: took}
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
		payments.MustRegister(app, payments.Config{Gateway: midtrans.New(midtrans.Config{
			ServerKey: key, BaseURL: api.URL, MerchantID: sandbox.DefaultMerchantID,
		}, app.Now)})
	})
	w.tier = w.NewTier(t, "dasar", price, 100)
	w.admin = w.NewUser(t, collections.RoleAdmin)
	for _, c := range crashable {
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

	references map[string]bool // normalised, of transfers that were tried
}

func TestPW58_RandomSchedulesLoseNoMoney(t *testing.T) {
	all := schedules(t)
	left, took := all, map[string]int{}
	for left > 0 && !t.Failed() {
		// A new world now and then: what former lives left behind only slows down.
		t.Run(fmt.Sprint("from ", all-left), func(t *testing.T) {
			w := newWorld(t, took)
			rapid.Check(t, func(rt *rapid.T) {
				if left > 0 {
					left--
					w.live(t, rt)
				}
			})
		})
	}
	wantAllTaken(t, all, took)
}

// live walks one life to its end.
func (w *world) live(t *testing.T, rt *rapid.T) {
	l := &life{world: w, t: rt, tb: t, client: w.NewUser(t, collections.RoleClient), ranks: map[string]int{}, references: map[string]bool{}}
	l.calm()
	for range rapid.IntRange(1, 3).Draw(rt, "projects") {
		l.order()
	}
	for range rapid.IntRange(8, 40).Draw(rt, "steps") {
		l.step()
		l.checkAlways()
	}
	l.settleDown()
	l.checkAtTheEnd()
}

// wantAllTaken checks that the walk was a walk: every kind of step changed
// something, in the long run.
func wantAllTaken(t *testing.T, schedules int, took map[string]int) {
	t.Helper()
	if t.Failed() {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(took)) {
		t.Logf("%6d %s", took[name], name)
	}
	if schedules < 1000 {
		return // chance may leave one out
	}
	for _, name := range decisions {
		if took[name] == 0 {
			t.Errorf("no %q of %d schedules was accepted", name, schedules)
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
	l.checkNet()
}

// checkNet holds what invoices count as paid against the money that we still
// have of each payment: nothing pays with what is gone.
func (l *life) checkNet() {
	kept := map[string]int64{}
	for _, i := range l.invoices {
		m, err := collections.MoneyOf(l, i)
		l.must(err)
		for _, p := range m.Payments {
			kept[p.Txn] += p.Kept()
		}
	}
	for txn, counts := range kept {
		about := dbx.NewExp("[[provider_txn_id]] = {:txn} OR [[payment_key]] = {:txn}", dbx.Params{"txn": txn})
		if net := l.sum(collections.Ledger, "amount", about); counts > net {
			l.show(txn)
			l.t.Fatalf("I10: %d of payment %s count as paid, and we have %d", counts, txn, net)
		}
	}
}

func (l *life) checkInvoice(project *collections.Project, i *collections.Invoice) {
	fresh, err := collections.FindInvoice(l, i.Id)
	l.must(err)
	m, err := collections.MoneyOf(l, fresh)
	l.must(err)
	if paid := fresh.Status() == collections.Paid; !paid && m.Owed() == 0 || paid && m.Owed() > m.GivenBack() || m.RefundState() != fresh.RefundState() {
		l.t.Fatalf("I3: invoice %s, refund %s, with %+v", fresh.Status(), fresh.RefundState(), m)
	}
	starts, err := l.CountRecords(collections.ProjectEvents, dbx.HashExp{"project": project.Id, "to": "in_progress"})
	l.must(err)
	told, err := l.CountRecords(collections.Notifications, dbx.NewExp(
		"[[user]] = {:user} AND [[title]] LIKE {:title}", dbx.Params{"user": l.client.Id, "title": "Tagihan " + i.Number() + " lunas"}))
	l.must(err)
	want := int64(0)
	if fresh.Status() == collections.Paid {
		want = 1
	}
	if starts != want || told != want {
		l.t.Fatalf("I7, I9: invoice %s, project started %d times, client told %d times", fresh.Status(), starts, told)
	}
}

// checkAtTheEnd compares our books with the provider's, and with themselves.
func (l *life) checkAtTheEnd() {
	l.checkAlways()
	truth := l.truth()
	for _, a := range l.attempts() {
		tx, known := truth[a.OrderID()]
		booked := l.sum(collections.Ledger, "amount", dbx.HashExp{"attempt": a.Id, "kind": "payment"})
		settled := int64(0)
		if known && tx.SettlementTime != "" {
			settled = a.Amount()
		}
		if refunded := l.refundedThere(a); booked != settled || fmt.Sprintf("%d.00", refunded) != orZero(tx.RefundAmount) {
			l.t.Fatalf("I1: %s is %s at the provider (refunded %s); the ledger has %d paid, %d refunded",
				a.OrderID(), tx.TransactionStatus, tx.RefundAmount, booked, refunded)
		}
		if a.TxnID() != "" {
			l.checkPlaced(a.TxnID())
		}
	}
	for n := range l.references {
		l.checkPlaced("transfer:" + n)
	}
	for _, i := range l.invoices {
		l.checkRefundState(i.Id)
	}
	var proof proofAnswer
	l.Do(l.tb, "GET", "/api/admin/payments/proof", l.admin.Token, nil).Want(200).JSON(&proof)
	if !proof.Holds || proof.All.Difference != 0 {
		for _, txn := range proof.Unbalanced {
			l.show(txn)
		}
		l.t.Fatalf("I4: the proof of money fails: %+v, unbalanced %v", proof.All, proof.Unbalanced)
	}
	for _, kind := range moneyJobs {
		if n, err := l.CountRecords(collections.Jobs, dbx.HashExp{"kind": kind, "state": collections.JobQueued}); err != nil || n > 0 {
			l.t.Fatalf("%d jobs %s never end: %v", n, kind, err)
		}
	}
}

// checkPlaced adds up one payment by itself: what it brought pays an invoice,
// has gone back, or waits in exceptions; never more, and never less, but for
// what the payer's bank took back before it could be placed.
func (l *life) checkPlaced(txn string) {
	about := dbx.NewExp("[[provider_txn_id]] = {:txn} OR [[payment_key]] = {:txn}", dbx.Params{"txn": txn})
	paid := l.sum(collections.Ledger, "amount", dbx.And(about, dbx.HashExp{"kind": "payment"}))
	refunded := -l.sum(collections.Ledger, "amount", dbx.And(about, dbx.HashExp{"kind": []any{"refund", "chargeback"}}))
	applied := l.sum(collections.Ledger, "applied", about)
	here := dbx.HashExp{"provider_txn_id": txn, "state": []any{"open", "refunding", "waived"}}
	claim := dbx.NewExp("[[kind]] IN ('refund', 'chargeback') OR [[dedupe_key]] LIKE 'refund:%' OR [[dedupe_key]] LIKE 'partial_refund:%'")
	held := l.sum(collections.MoneyExceptions, "amount", dbx.And(here, dbx.Not(claim))) -
		l.sum(collections.MoneyExceptions, "returned", dbx.And(here, dbx.Not(claim)))
	disputed := l.sum(collections.MoneyExceptions, "amount", dbx.HashExp{"provider_txn_id": txn, "kind": "chargeback"})
	keeps := max(applied-max(refunded-(paid-applied), 0), 0) // of what pays invoices
	if rest := paid - keeps - refunded - held; rest < 0 || rest > disputed || refunded > paid {
		l.show(txn)
		l.t.Fatalf("I4: %s brought %d; %d pays invoices, %d went back, %d is in exceptions, %d disputed", txn, paid, keeps, refunded, held, disputed)
	}
}

// checkRefundState compares what an invoice says was given back of it with
// where the money of its payments is.
func (l *life) checkRefundState(id string) {
	i, err := collections.FindInvoice(l, id)
	l.must(err)
	kept, uncertain := int64(0), false
	txns := []string{}
	l.must(l.DB().NewQuery("SELECT DISTINCT CASE WHEN provider_txn_id != '' THEN provider_txn_id ELSE payment_key END FROM ledger WHERE invoice = {:id} AND applied > 0").
		Bind(dbx.Params{"id": id}).Column(&txns))
	for _, txn := range txns {
		about := dbx.NewExp("[[provider_txn_id]] = {:txn} OR [[payment_key]] = {:txn}", dbx.Params{"txn": txn})
		paid := l.sum(collections.Ledger, "amount", dbx.And(about, dbx.HashExp{"kind": "payment"}))
		refunded := -l.sum(collections.Ledger, "amount", dbx.And(about, dbx.HashExp{"kind": []any{"refund", "chargeback"}}))
		applied := l.sum(collections.Ledger, "applied", about)
		here := l.sum(collections.Ledger, "applied", dbx.And(about, dbx.HashExp{"invoice": id}))
		switch gone := max(refunded-(paid-applied), 0); {
		case gone == 0:
			kept += here
		case gone >= applied: // all
		case here == applied:
			kept += here - gone
		default: // it pays several invoices, and a part is gone: of which, people decide
			uncertain = true
		}
	}
	want := collections.RefundPartial
	switch applied := l.sum(collections.Ledger, "applied", dbx.HashExp{"invoice": id}); {
	case uncertain:
		return
	case kept == applied || kept >= i.Amount(): // what went back was paid anew
		want = collections.RefundNone
	case kept == 0 && applied >= i.Amount():
		want = collections.RefundFull
	}
	if i.RefundState() != want {
		for _, txn := range txns {
			l.show(txn)
		}
		l.t.Fatalf("invoice %s of %d keeps %d and says refund %q, want %q", i.Id, i.Amount(), kept, i.RefundState(), want)
	}
}

// show prints all that the books say about a payment.
func (l *life) show(txn string) {
	for _, c := range []string{collections.Ledger, collections.MoneyExceptions} {
		rows, err := l.FindAllRecords(c, dbx.Or(dbx.HashExp{"provider_txn_id": txn}, dbx.NewExp("[[dedupe_key]] LIKE {:txn}", dbx.Params{"txn": "%" + txn + "%"})))
		l.must(err)
		for _, r := range rows {
			l.tb.Logf("%s: %s %s amount %d applied %d returned %d invoice %s key %s payment %s", c, r.GetString("kind"), r.GetString("state"),
				r.GetInt("amount"), r.GetInt("applied"), r.GetInt("returned"), r.GetString("invoice"), r.GetString("dedupe_key"), r.GetString("payment_key"))
		}
	}
}

// truth is what the provider knows, by order id.
func (l *life) truth() map[string]sandbox.Transaction {
	truth := map[string]sandbox.Transaction{}
	for _, tx := range l.provider.State().Transactions {
		truth[tx.OrderID] = tx
	}
	return truth
}

// refundedThere is what the ledger says that the provider gave back.
func (l *life) refundedThere(a *collections.PaymentAttempt) int64 {
	return -l.sum(collections.Ledger, "amount", dbx.And(
		dbx.HashExp{"attempt": a.Id, "kind": "refund"}, dbx.NewExp("[[dedupe_key]] NOT LIKE 'refund:transfer:%'")))
}

// refundedByTransfer is what people sent back of it themselves.
func (l *life) refundedByTransfer(a *collections.PaymentAttempt) int64 {
	return -l.sum(collections.Ledger, "amount", dbx.And(
		dbx.HashExp{"attempt": a.Id, "kind": "refund"}, dbx.NewExp("[[dedupe_key]] LIKE 'refund:transfer:%'")))
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
