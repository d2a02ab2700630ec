package payments_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"pgregory.net/rapid"

	"jasaweb/collections"
	"jasaweb/plugins/payments/midtrans/sandbox"
	"jasaweb/plugins/plugintest"
)

// moneyJobs are the jobs that the walk runs, each until it succeeds.
var moneyJobs = []string{collections.JobCancelCharge, "payment.verify", "payment.refund"}

// decisions are the steps of people; a long walk must have seen each accepted.
var decisions = []string{
	"apply", "give back", "give back by transfer", "waive", "refund", "refund by transfer", "transfer", "cancel invoice",
	"dispute won", "dispute lost",
}

// faults are the provider's that a step can switch on. Those that change a
// signature are the webhook's tests' business: here every notice is genuine.
var faults = []string{
	"before_charge_response", "charge_timeout_but_created", "charge_5xx", "charge_429", "status_down", "status_stale",
	"missing_fraud", "numeric_gross", "code_mismatch",
}

// step does one thing that can happen. Refusals are fine; what must hold is
// checked after each.
func (l *life) step() {
	actions := map[string]func(){
		"order":      l.orderAnother,
		"pay":        l.pressPay,
		"buy":        l.buy,
		"twice":      l.payTwice,
		"watch":      l.watch,
		"wallet":     func() { l.atProvider(l.provider.Pay) },
		"late":       func() { l.atProvider(l.provider.PayLate) },
		"expire":     func() { l.atProvider(l.provider.Expire) },
		"deny":       func() { l.atProvider(l.provider.Deny) },
		"chargeback": func() { l.atProvider(l.provider.Chargeback) },
		"partial":    func() { l.refundElsewhere(400_000) },
		"full":       func() { l.refundElsewhere(0) },
		"deliver":    func() { l.deliver(false) },
		"again":      func() { l.deliver(true) },
		"tamper":     l.tamper,
		"adorn":      l.adorn,
		"lose":       func() { l.take(false) },
		"cancel":     l.cancelProject,
		"crash":      func() { l.failing = rapid.SampledFrom(crashable).Draw(l.t, "crash at") },
		"run jobs":   func() { l.runJobs() },
		"time":       l.passTime,
		"fault":      l.fault,
		"calm":       l.calm,
		"decide":     l.decide,
	}
	names := []string{"decide", "decide", "decide", "decide", "decide", "decide", "buy", "buy", "twice", "twice", "pay", "pay", "pay", "wallet", "wallet", "late", "late",
		"deliver", "deliver", "deliver", "deliver", "again", "run jobs", "run jobs", "time", "fault", "calm", "calm", "order", "order", "watch",
		"expire", "deny", "chargeback", "partial", "full", "tamper", "adorn", "lose", "cancel", "crash"}
	actions[rapid.SampledFrom(names).Draw(l.t, "action")]()
}

func (l *life) orderAnother() {
	if len(l.projects) < 3 {
		l.failing = ""
		l.order()
	}
}

// pick draws by position, which reads better in a report than the record.
func pick[T any](l *life, list []T, what string) T {
	return list[rapid.IntRange(0, len(list)-1).Draw(l.t, what)]
}

func (l *life) invoice() *collections.Invoice {
	return pick(l, l.invoices, "invoice")
}

func (l *life) pressPay() {
	l.count("pay", l.Do(l.tb, "POST", "/api/invoices/"+l.invoice().Id+"/pay", l.client.Token, nil))
}

// buy is what happens most of the time: a code is shown and paid, and soon we
// hear of it.
func (l *life) buy() {
	l.pressPay()
	l.atProvider(l.provider.Pay)
	for range 3 {
		l.deliver(false)
	}
}

// payTwice pays a code that had run out, and the one that took its place.
func (l *life) payTwice() {
	before := len(l.attempts())
	i := l.invoice()
	for range 2 {
		l.count("pay", l.Do(l.tb, "POST", "/api/invoices/"+i.Id+"/pay", l.client.Token, nil))
		if list := l.attempts(); len(list) == before+1 {
			_ = l.provider.Expire(list[before].OrderID())
			l.deliver(false)
			l.deliver(false)
		}
	}
	for _, a := range l.attempts()[before:] {
		_ = l.provider.Pay(a.OrderID())
		_ = l.provider.PayLate(a.OrderID())
		l.deliver(false)
	}
}

// watch is the client's page, which makes the provider be asked now and then.
func (l *life) watch() {
	l.count("watch", l.Do(l.tb, "GET", "/api/invoices/"+l.invoice().Id+"/payment", l.client.Token, nil))
}

// count notes what was accepted.
func (l *life) count(what string, r *plugintest.Response) {
	if r.Status < 300 {
		l.took[what]++
	}
}

// passTime moves our clock on. The provider's stands behind then, as clocks do,
// by what codes and patience last.
func (l *life) passTime() {
	l.ahead += time.Duration(rapid.SampledFrom([]int{1, 6, 59, 90}).Draw(l.t, "minutes")) * time.Minute
	l.SetNow(time.Now().UTC().Add(l.ahead))
}

func (l *life) fault() {
	name := rapid.SampledFrom(faults).Draw(l.t, "fault")
	rules, err := sandbox.ParseChaos(fmt.Appendf(nil, `{%q:1}`, name))
	l.must(err)
	l.must(l.provider.SetChaos(rules...))
	l.took["fault "+name]++
}

func (l *life) calm() {
	l.failing = ""
	l.must(l.provider.SetChaos())
}

// attempts are all attempts of this life's invoices.
func (l *life) attempts() []*collections.PaymentAttempt {
	list := []*collections.PaymentAttempt{}
	ids := []any{}
	for _, i := range l.invoices {
		ids = append(ids, i.Id)
	}
	l.must(l.RecordQuery(collections.PaymentAttempts).AndWhere(dbx.HashExp{"invoice": ids}).OrderBy("order_id").All(&list))
	return list
}

func (l *life) atProvider(do func(orderID string) error) {
	if list := l.attempts(); len(list) > 0 {
		_ = do(pick(l, list, "attempt").OrderID()) // the provider may refuse
	}
}

// refundElsewhere gives money back in the provider's dashboard. Nobody does that
// with what was sent back by bank already: no program could undo it.
func (l *life) refundElsewhere(amount int64) {
	list := l.attempts()
	if len(list) == 0 {
		return
	}
	if a := pick(l, list, "attempt"); l.refundedByTransfer(a) == 0 && l.provider.Refund(a.OrderID(), amount) == nil {
		l.took["refund elsewhere"]++
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
	if l.count("deliver", r); r.Status == 503 && !keep {
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

// adorn delivers a genuine notification in which unsigned words are odd.
func (l *life) adorn() {
	body := l.take(true)
	if body == "" {
		return
	}
	n := notice{}
	l.must(json.Unmarshal([]byte(body), &n))
	field := rapid.SampledFrom([]string{"issuer", "acquirer", "transaction_type", "custom_field3", "transaction_id", "fraud_status", "refunds", "settlement_time"}).Draw(l.t, "field")
	n[field] = rapid.SampledFrom([]any{"", strings.Repeat("é", 63), "a\x00b", strings.Repeat("&", 3000), []any{7}}).Draw(l.t, "value")
	if r := l.Do(l.tb, "POST", webhook, "", n); r.Status != 200 && r.Status != 503 {
		l.t.Fatalf("an odd %s was answered %d: %s", field, r.Status, r.Body)
	}
}

func (l *life) cancelProject() {
	p, err := collections.FindProject(l, pick(l, l.projects, "project").Id)
	l.must(err)
	l.Do(l.tb, "PATCH", "/api/collections/projects/records/"+p.Id, l.Superuser(l.tb),
		map[string]any{"status": "cancelled", "status_note": fmt.Sprint("batal ", p.Status())})
}

// decide is something that an admin does about money.
func (l *life) decide() {
	switch what := rapid.SampledFrom(decisions).Draw(l.t, "decision"); what {
	case "transfer":
		l.recordTransfer()
	case "cancel invoice":
		l.press(what, "/api/admin/invoices/"+l.invoice().Id+"/cancel", because())
	case "refund", "refund by transfer":
		l.refundInvoice(what)
	default:
		l.decideException(what)
	}
}

// press makes a request of the admin, which may be refused but must not fail
// unless a crash was planned.
func (l *life) press(what, path string, body map[string]any) {
	planned := l.failing != ""
	r := l.Do(l.tb, "POST", path, l.admin.Token, body)
	if l.count(what, r); r.Status == 500 && !planned {
		l.t.Fatalf("%s: %s", what, r.Body)
	}
}

// reference is of few, so that the same one comes twice now and then.
func (l *life) reference() string {
	return fmt.Sprintf("%s-%d", l.client.Id, rapid.IntRange(1, 5).Draw(l.t, "reference"))
}

func (l *life) recordTransfer() {
	ref := l.reference()
	l.references[strings.ToUpper(strings.ReplaceAll(ref, "-", ""))] = true
	l.press("transfer", "/api/admin/invoices/"+l.invoice().Id+"/record-payment", map[string]any{
		"amount": rapid.SampledFrom([]int{500_000, price, 2_000_000}).Draw(l.t, "amount"), "method": "transfer", "reference": ref,
	})
}

// refundInvoice gives back money that pays an invoice, perhaps behind the back of
// the provider's dashboard.
func (l *life) refundInvoice(what string) {
	body := because("amount", rapid.SampledFrom([]int{400_000, 1_100_000, price}).Draw(l.t, "amount"))
	if what == "refund by transfer" {
		body["reference"] = "B" + l.reference()
	}
	l.press(what, "/api/admin/invoices/"+l.invoice().Id+"/refund", body)
}

func (l *life) decideException(what string) {
	ids := []any{}
	for _, i := range l.invoices {
		ids = append(ids, i.Id)
	}
	rows := []*core.Record{}
	where := dbx.HashExp{"invoice": ids}
	if !rapid.Bool().Draw(l.t, "any state") {
		where["state"] = "open"
	}
	l.must(l.RecordQuery(collections.MoneyExceptions).AndWhere(where).OrderBy("rowid").All(&rows)) // as they came, so that a walk can be repeated
	if len(rows) == 0 {
		return
	}
	path := "/api/admin/payments/exceptions/" + pick(l, rows, "exception").Id
	switch what {
	case "apply":
		l.press(what, path+"/apply", into(l.target().Id))
	case "give back":
		l.press(what, path+"/refund", because())
	case "give back by transfer":
		l.press(what, path+"/refund", because("reference", "B"+l.reference()))
	case "waive":
		l.press(what, path+"/waive", because())
	case "dispute won", "dispute lost":
		l.press(what, path+"/dispute", because("outcome", strings.TrimPrefix(what, "dispute ")))
	}
}

// target is an invoice to use money for: mostly one that can take it.
func (l *life) target() *collections.Invoice {
	unpaid := []*collections.Invoice{}
	for _, i := range l.invoices {
		fresh, err := collections.FindInvoice(l, i.Id)
		l.must(err)
		if fresh.Status() == collections.Unpaid {
			unpaid = append(unpaid, fresh)
		}
	}
	if len(unpaid) == 0 || rapid.IntRange(0, 3).Draw(l.t, "any") == 0 {
		return l.invoice()
	}
	return pick(l, unpaid, "unpaid invoice")
}

// runJobs runs what is queued about payments, once each.
func (l *life) runJobs() {
	for _, kind := range moneyJobs {
		rows, err := l.FindAllRecords(collections.Jobs, dbx.HashExp{"kind": kind, "state": collections.JobQueued})
		l.must(err)
		for _, r := range rows {
			if l.runJob(kind, r.GetString("args")) {
				_, err := l.DB().Update(collections.Jobs, dbx.Params{"state": collections.JobDone}, dbx.HashExp{"id": r.Id}).Execute()
				l.must(err)
				l.took[kind]++
			}
		}
	}
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
	l.calm()
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
