package paystate

import (
	"fmt"
	"testing"
	"time"
)

// The model walks through every state that a provider with two charges of one
// invoice and this program can reach together, deciding by the real functions.
//
// What the provider has said once stays deliverable for ever, as a webhook and
// as an answer of its API. So every order, repetition and delay is walked, and
// loss is the walk in which it is never delivered.

// charge is what the provider holds for an order.
type charge uint8

const (
	none charge = iota
	waiting
	expired
	cancelled
	settled
	partly       // a part given back
	partlyWholly // then the rest
	wholly       // all given back at once
	disputed     // taken back by the payer's bank
	charges
)

var (
	partA = Refund{Key: "a", Amount: 400_000}
	partB = Refund{Key: "b", Amount: price - 400_000}
	partC = Refund{Key: "c", Amount: price}
	parts = []Refund{partA, partB, partC}
)

// truth is each charge's status and refunds, and what may become of it. Money
// may arrive after the charge was closed.
var truth = [charges]struct {
	status  Status
	refunds []Refund
	next    []charge
}{
	none:         {},
	waiting:      {Pending, nil, []charge{expired, cancelled, settled}},
	expired:      {Expire, nil, []charge{settled}},
	cancelled:    {Cancel, nil, []charge{settled}},
	settled:      {Settlement, nil, []charge{partly, wholly, disputed}},
	partly:       {PartialRefund, []Refund{partA}, []charge{partlyWholly}},
	partlyWholly: {Refunded, []Refund{partA, partB}, nil},
	wholly:       {Refunded, []Refund{partC}, nil},
	disputed:     {Chargeback, nil, nil},
}

var txns = [2]string{"t0", "t1"}

// statement is what the provider says about a charge.
func statement(i int, c charge, confirmed bool) Notice {
	s := truth[c].status
	return Notice{
		Status: s, Code: webhookCodes[s], Fraud: "accept", Currency: "IDR", TxnID: txns[i], Gross: price, Whole: true,
		Refunds: truth[c].refunds, Confirmed: confirmed,
	}
}

// row is an attempt with its ledger entries and exceptions. Refunds are bits in
// the order of parts.
type row struct {
	status                    Status // "" before the attempt is opened
	txn                       string
	booked                    bool
	refunds                   uint8
	payments                  uint8
	paid, applied, held, back int64
	withPayment               int64 // of back, what was booked together with the payment
	dispute                   bool
}

// world is a state of the model.
type world struct {
	provider [2]charge
	said     [2]uint16 // a bit for every charge that the provider went through
	rows     [2]row
	invoice  InvoiceState
}

func (w *world) applied() int64 { return w.rows[0].applied + w.rows[1].applied }

type decider func(Invoice, Attempt, Notice) Result

// deliver applies one statement as the program does, and says what is wrong with
// the decision.
func (w *world) deliver(decide decider, i int, n Notice) error {
	a := &w.rows[i]
	attempt := Attempt{Status: a.status, Amount: price, TxnID: a.txn, Booked: a.booked}
	for bit, part := range parts {
		if a.refunds&(1<<bit) != 0 {
			attempt.Refunds = append(attempt.Refunds, part)
		}
	}
	r := decide(Invoice{Amount: price, Applied: w.applied(), State: w.invoice}, attempt, n)
	if r.Outcome == Verify {
		if n.Confirmed {
			return fmt.Errorf("asking in a circle about %s", n.Status)
		}
		return w.deliver(decide, i, statement(i, w.provider[i], true))
	}
	if r.Paid && w.invoice != InvoiceUnpaid {
		return fmt.Errorf("I3: a %s invoice was paid", w.invoice)
	}
	if !balanced(r) {
		return fmt.Errorf("I4: money in no bucket or in two: %+v", r)
	}
	if r.Attempt.Status.Rank() < a.status.Rank() {
		return fmt.Errorf("I5: %s after %s", r.Attempt.Status, a.status)
	}
	a.status, a.txn, a.booked = r.Attempt.Status, r.Attempt.TxnID, r.Attempt.Booked
	a.refunds = 0
	for _, refund := range r.Attempt.Refunds {
		for bit, part := range parts {
			if part.Key == refund.Key {
				a.refunds |= 1 << bit
			}
		}
	}
	return w.write(a, r)
}

// write is the ledger, the exceptions and the invoice.
func (w *world) write(a *row, r Result) error {
	first := a.payments == 0
	for _, e := range r.Entries {
		if e.Kind == PaymentEntry {
			a.payments++
			a.paid += e.Amount
			a.applied += e.Applied
			continue
		}
		a.back -= e.Amount
		if first {
			a.withPayment -= e.Amount
		}
	}
	for _, x := range r.Exceptions {
		if x.Kind != ChargebackDisputed {
			a.held += x.Amount
		} else if a.dispute = true; first {
			a.held += x.Amount
		}
	}
	if r.Paid {
		w.invoice = InvoicePaid
	}
	if a.payments > 1 {
		return fmt.Errorf("I2: payment %s booked twice", a.txn)
	}
	if a.paid != a.applied+a.held+a.withPayment {
		return fmt.Errorf("I4: %d received, %d applied, %d held, %d given back before", a.paid, a.applied, a.held, a.withPayment)
	}
	if paid := w.applied() >= price; paid != (w.invoice == InvoicePaid) || w.applied() > price {
		return fmt.Errorf("I3: invoice %s with %d applied", w.invoice, w.applied())
	}
	return nil
}

// reconciled asks the provider about every attempt and compares all the books.
func (w world) reconciled(decide decider, sequence [2]int) error {
	for _, i := range sequence {
		if w.provider[i] == none {
			continue
		}
		if err := w.deliver(decide, i, statement(i, w.provider[i], true)); err != nil {
			return err
		}
	}
	good := false // there is money that nobody asked back
	for i, a := range w.rows {
		want := truth[w.provider[i]]
		var received, returned int64
		if want.status.Received() {
			received = price
		}
		for _, refund := range want.refunds {
			returned += refund.Amount
		}
		if a.paid != received || a.back != returned {
			return fmt.Errorf("I1: attempt %d: ledger has %d and gave back %d, the provider %d and %d", i, a.paid, a.back, received, returned)
		}
		if w.provider[i] != none && a.status != want.status {
			return fmt.Errorf("I8: attempt %d ended as %s, the provider says %s", i, a.status, want.status)
		}
		if a.dispute != (want.status == Chargeback) {
			return fmt.Errorf("I4: attempt %d is %s, exception of a chargeback: %v", i, want.status, a.dispute)
		}
		good = good || w.provider[i] == settled
	}
	if good && w.invoice == InvoiceUnpaid {
		return fmt.Errorf("I8: the money is here and the invoice is unpaid")
	}
	return nil
}

// explore walks through all states. It returns their number, that of the
// transitions, and the first violation.
func explore(decide decider) (states, transitions int, violation error) {
	start := world{invoice: InvoiceUnpaid}
	seen := map[world]bool{start: true}
	queue := []world{start}
	for len(queue) > 0 {
		w := queue[0]
		queue = queue[1:]
		for _, sequence := range [][2]int{{0, 1}, {1, 0}} {
			if err := w.reconciled(decide, sequence); err != nil {
				return len(seen), transitions, fmt.Errorf("%w, reconciling %+v", err, w)
			}
		}
		next, err := w.successors(decide)
		if err != nil {
			return len(seen), transitions, fmt.Errorf("%w, after %+v", err, w)
		}
		transitions += len(next)
		for _, n := range next {
			if !seen[n] {
				seen[n] = true
				queue = append(queue, n)
			}
		}
	}
	return len(seen), transitions, nil
}

func (w world) successors(decide decider) ([]world, error) {
	list := []world{}
	if w.invoice == InvoiceUnpaid { // an admin cancels it
		n := w
		n.invoice = InvoiceCancelled
		list = append(list, n)
	}
	for i := range w.rows {
		list = append(list, w.moves(i)...)
		for c := waiting; c < charges; c++ {
			if w.said[i]&(1<<c) == 0 {
				continue
			}
			statements := []Notice{statement(i, c, false), statement(i, c, true)}
			if c == settled { // its signature fits this forgery, too
				statements = append(statements, statement(i, wholly, false))
			}
			for _, s := range statements {
				n := w
				if err := n.deliver(decide, i, s); err != nil {
					return nil, fmt.Errorf("%w, hearing %+v", err, s)
				}
				list = append(list, n)
			}
		}
	}
	return list, nil
}

// moves are the steps of an attempt and of its charge at the provider.
func (w world) moves(i int) []world {
	list := []world{}
	other := w.rows[1-i].status
	if w.rows[i].status == "" && w.invoice == InvoiceUnpaid && !other.Open() && (i == 0 || other != "") {
		n := w
		n.rows[i].status = Creating
		list = append(list, n)
	}
	next := truth[w.provider[i]].next
	if w.provider[i] == none && w.rows[i].status != "" {
		next = []charge{waiting} // the charge arrives; its answer may be lost
	}
	for _, c := range next {
		n := w
		n.provider[i] = c
		n.said[i] |= 1 << c
		list = append(list, n)
	}
	return list
}

func TestPW59_ModelHoldsInEveryState(t *testing.T) {
	t.Parallel()
	start := time.Now()
	states, transitions, violation := explore(Decide)
	t.Logf("%d states, %d transitions in %v", states, transitions, time.Since(start).Round(time.Millisecond))
	if violation != nil {
		t.Fatal(violation)
	}
	if states < 1000 {
		t.Errorf("only %d states: the model does not move", states)
	}
}

// Each of these is a decision function that somebody might have written, and
// the model must notice.
func TestPW59_ModelCatchesMutants(t *testing.T) {
	t.Parallel()
	for name, mutant := range map[string]decider{
		"last write wins": func(i Invoice, a Attempt, n Notice) Result {
			r := Decide(i, a, n)
			if r.Outcome != Verify {
				r.Attempt.Status = n.Status
			}
			return r
		},
		"only a settlement books": func(i Invoice, a Attempt, n Notice) Result {
			r := Decide(i, a, n)
			if n.Status.Rank() > Settlement.Rank() && !a.Booked && r.Outcome != Verify {
				r.Entries, r.Exceptions, r.Attempt.Booked = nil, nil, false
			}
			return r
		},
		"a refund pays the invoice": func(i Invoice, a Attempt, n Notice) Result {
			if r := Decide(i, a, n); n.Status.Rank() <= Settlement.Rank() || a.Booked || r.Outcome == Verify {
				return r
			}
			refund := n.Refunds
			n.Status, n.Refunds = Settlement, nil
			r := Decide(i, a, n)
			for _, x := range refund {
				r.Entries = append(r.Entries, refundEntry(x, n))
			}
			r.Attempt.Refunds = refund
			return r
		},
		"no exception is recorded": func(i Invoice, a Attempt, n Notice) Result {
			r := Decide(i, a, n)
			r.Exceptions = nil
			return r
		},
		"chargebacks are nobody's business": func(i Invoice, a Attempt, n Notice) Result {
			r := Decide(i, a, n)
			if n.Status == Chargeback && a.Booked {
				r.Exceptions = nil
			}
			return r
		},
		"every webhook is believed": func(i Invoice, a Attempt, n Notice) Result {
			n.Confirmed = true
			return Decide(i, a, n)
		},
		"the ledger is not asked": func(i Invoice, a Attempt, n Notice) Result {
			a.Booked = false
			return Decide(i, a, n)
		},
		"known refunds are forgotten": func(i Invoice, a Attempt, n Notice) Result {
			a.Refunds = nil
			return Decide(i, a, n)
		},
		"a cancelled invoice takes money": func(i Invoice, a Attempt, n Notice) Result {
			if i.State == InvoiceCancelled {
				i.State = InvoiceUnpaid
			}
			return Decide(i, a, n)
		},
		"a paid invoice takes money": func(i Invoice, a Attempt, n Notice) Result {
			if i.State == InvoicePaid {
				i.State, i.Applied = InvoiceUnpaid, 0
			}
			return Decide(i, a, n)
		},
		"money after the expiry is ignored": func(i Invoice, a Attempt, n Notice) Result {
			if a.Status.Rank() == Expire.Rank() {
				return Result{Attempt: a, Outcome: Stale}
			}
			return Decide(i, a, n)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			states, _, violation := explore(mutant)
			if violation == nil {
				t.Fatalf("not caught in %d states", states)
			}
			t.Logf("caught after %d states: %.60s", states, violation)
		})
	}
}
