package payments_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
)

// patience is a wire that notes until when its callers wait for the provider.
type patience struct {
	gateway.Gateway

	mu    sync.Mutex
	until map[string]time.Time
}

func (w *patience) note(ctx context.Context, call string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.until[call], _ = ctx.Deadline()
}

func (w *patience) Charge(ctx context.Context, c gateway.Charge) (*gateway.Transaction, error) {
	w.note(ctx, "charge")
	return w.Gateway.Charge(ctx, c)
}

func (w *patience) Status(ctx context.Context, orderID string) (*gateway.Transaction, error) {
	w.note(ctx, "status")
	return w.Gateway.Status(ctx, orderID)
}

func (w *patience) Cancel(ctx context.Context, orderID, key string) (*gateway.Transaction, error) {
	w.note(ctx, "cancel")
	return w.Gateway.Cancel(ctx, orderID, key)
}

// Whoever asks the provider waits so long, by the machine's clock: a deadline that
// was set between two moments lies between both of them and the time that it gives.
func TestHowLongTheProviderIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := &patience{until: map[string]time.Time{}}
	shop := openShop(t, terms{keys: key, wire: func(g gateway.Gateway) gateway.Gateway { w.Gateway = g; return w }})
	s := &till{shop, shop.NewUser(t, collections.RoleAdmin)}
	start := time.Now()
	wait := func(what, call string, want time.Duration, do func()) {
		t.Helper()
		before := time.Now()
		do()
		if until := w.until[call]; until.Before(before.Add(want)) || until.After(time.Now().Add(want)) {
			t.Errorf("%s waits for %s, want %s", what, until.Sub(before), want)
		}
	}
	wait("a person who pays", "charge", 10*time.Second, func() { s.pay(t) })
	s.SetNow(start.Add(20 * time.Second))
	wait("a page that waits", "status", 3*time.Second, func() { s.watch(t) })
	wait("the reconciler", "status", 10*time.Second, func() { s.later(t, start, 61*time.Second) })
	wait("an admin who cancels", "cancel", 15*time.Second, func() {
		s.onInvoice(t, s.invoice.Id, "cancel", map[string]any{"reason": "salah pesan"}).Want(200)
	})
}

// A code is shown again while two minutes of its hour are left.
func TestACodeIsShownAgainToItsLastMinutes(t *testing.T) {
	t.Parallel()
	for left, again := range map[time.Duration]bool{2 * time.Minute: true, 2*time.Minute - time.Second: false} {
		s, w := wiredShop(t)
		now := time.Now().Truncate(time.Second)
		s.SetNow(now)
		var asked time.Duration
		w.charge = func(c gateway.Charge) (*gateway.Transaction, error) {
			asked = c.Lifetime
			w.charge = nil
			return w.Gateway.Charge(t.Context(), c)
		}
		first := s.pay(t)
		if asked != time.Hour {
			t.Errorf("a code is asked for with %s", asked)
		}
		expires, err := time.Parse("2006-01-02 15:04:05.000Z", first.ExpiresAt)
		if err != nil {
			t.Fatal(err)
		}
		s.SetNow(expires.Add(-left))
		if second := s.pay(t); (second.OrderID == first.OrderID) != again {
			t.Errorf("%s before its end: %s after %s", left, second.OrderID, first.OrderID)
		}
	}
}

// A page that waits makes us ask once in ten seconds.
func TestAWaitingPageAsksEveryTenSeconds(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now().Truncate(time.Millisecond)
	s.SetNow(start)
	s.pay(t)
	for _, c := range []struct {
		after time.Duration
		asked int
	}{
		{10*time.Second - time.Millisecond, 0}, {10 * time.Second, 1}, {20*time.Second - time.Millisecond, 1}, {20 * time.Second, 2},
	} {
		s.SetNow(start.Add(c.after))
		s.watch(t)
		if w.asked() != c.asked {
			t.Errorf("%s after the charge: %d calls, want %d", c.after, w.asked(), c.asked)
		}
	}
}

// A charge that may still be on its way is given up after the seven minutes in which
// it could be repeated, and those that a slow answer takes.
func TestAChargeWithoutAnAnswerIsGivenUp(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]paystate.Status{7*time.Minute - time.Millisecond: paystate.Unknown, 7 * time.Minute: paystate.Failure} {
		s, w := wiredShop(t)
		start := time.Now().Truncate(time.Millisecond)
		s.SetNow(start)
		w.charge = func(gateway.Charge) (*gateway.Transaction, error) {
			return nil, &gateway.APIError{Class: gateway.ErrAmbiguous}
		}
		s.Do(t, "POST", "/api/invoices/"+s.invoice.Id+"/pay", s.client.Token, nil).WantError(503)
		rows, err := s.FindAllRecords(collections.PaymentAttempts)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d attempts, %v", len(rows), err)
		}
		s.later(t, start, after) // the provider knows nothing of it
		s.wantStatus(t, rows[0].GetString("order_id"), want)
	}
}

// One claim takes twenty attempts and asks about four of them at once; for five
// minutes they are nobody else's.
func TestHowMuchTheReconcilerTakesAtOnce(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	now := time.Now().Truncate(time.Millisecond)
	s.SetNow(now)
	s.closedAttempts(t, 21)
	run := collections.FindJobHandler(s, "payment.reconcile")
	asking, answer := make(chan struct{}, 99), make(chan struct{})
	w.status = func(*gateway.Transaction, error) (*gateway.Transaction, error) {
		asking <- struct{}{}
		<-answer
		return nil, &gateway.APIError{Class: gateway.ErrNotFound}
	}
	var jobs sync.WaitGroup
	start := func() {
		jobs.Go(func() {
			if err := run(context.WithoutCancel(t.Context()), s, nil); err != nil {
				t.Error(err)
			}
		})
	}
	start()
	for range 4 {
		<-asking
	}
	time.Sleep(200 * time.Millisecond)
	if n := len(asking); n != 0 {
		t.Errorf("%d more than four at once", n)
	}
	due := func() int64 {
		return s.count(t, collections.PaymentAttempts, dbx.NewExp("next_check_at != '' AND next_check_at <= {:now}",
			dbx.Params{"now": collections.DateTime(s.Now()).String()}))
	}
	if n := due(); n != 1 {
		t.Errorf("%d attempts are left, want one of 21", n)
	}
	s.SetNow(now.Add(5*time.Minute - time.Millisecond))
	if n := due(); n != 1 {
		t.Errorf("just before the end of the lease %d attempts are due", n)
	}
	s.SetNow(now.Add(5 * time.Minute))
	if n := due(); n != 21 {
		t.Errorf("at the end of the lease %d attempts are due", n)
	}
	close(answer)
	jobs.Wait()
}

// The nightly sweep looks fourteen days back; at older money once in seven days,
// until fourteen days after its window; and a notification's text stays for 180 days.
func TestHowFarTheSweepLooks(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		first, second time.Duration // nights after the payment; 0: none
		calls         int           // in the last of them
	}{
		"two weeks":             {14 * day, 0, 1},
		"asked lately":          {14 * day, 21*day - time.Millisecond, 0},
		"asked a week ago":      {14 * day, 21 * day, 1},
		"end of the window":     {59 * day, 0, 1},
		"after the window":      {59*day + time.Millisecond, 0, 0},
		"two weeks, lately":     {13 * day, 14 * day, 1}, // every night at first
		"two weeks, one moment": {13 * day, 14*day + time.Millisecond, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, w := wiredShop(t)
			start := time.Now().Truncate(time.Millisecond)
			s.SetNow(start)
			order := s.pay(t).OrderID
			must(t, s.provider.Pay(order))
			n := s.notify(t, order, "settlement", "200")
			s.post(t, n).Want(200)
			s.night(t, start, c.first)
			if c.second != 0 {
				before := w.asked()
				s.night(t, start, c.second)
				if got := w.asked() - before; got != c.calls {
					t.Errorf("%d calls, want %d", got, c.calls)
				}
			} else if w.asked() != c.calls {
				t.Errorf("%d calls, want %d", w.asked(), c.calls)
			}
		})
	}
	s, _ := wiredShop(t)
	start := time.Now().Truncate(time.Millisecond)
	s.SetNow(start)
	s.post(t, s.notify(t, s.pay(t).OrderID, "settlement", "200")).Want(200)
	received := s.inbox(t).GetDateTime("received_at").Time()
	s.night(t, received, 180*day)
	if s.inbox(t).GetString("body_redacted") == "" {
		t.Error("the text is gone before its 180 days are over")
	}
	s.SetNow(received.Add(180*day + time.Millisecond))
	must(t, collections.FindJobHandler(s, "payment.sweep")(t.Context(), s, nil))
	if s.inbox(t).GetString("body_redacted") != "" {
		t.Error("the text is kept for longer than 180 days")
	}
}

// A proof of transfer has 5 MiB, an invoice five open ones.
func TestHowManyProofsAndHowLarge(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	picture := func(size int) []byte { return append(bytes.Clone(png), make([]byte, size-len(png))...) }
	if r := s.send(t, s.client.Token, s.invoice.Id, "b.png", picture(5<<20+1)); r.Code != 400 {
		t.Errorf("5 MiB and a byte: %d", r.Code)
	}
	for n := range 5 {
		content := png
		if n == 0 {
			content = picture(5 << 20)
		}
		if r := s.send(t, s.client.Token, s.invoice.Id, "b.png", content); r.Code != 201 {
			t.Fatalf("proof %d: %d %s", n+1, r.Code, r.Body)
		}
	}
	if r := s.send(t, s.client.Token, s.invoice.Id, "b.png", png); r.Code != 409 {
		t.Errorf("the sixth: %d %s", r.Code, r.Body)
	}
}

// Reasons, references and ids have a length, and one letter more changes nothing.
func TestWordsOfMoneyHaveALength(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	before := s.Hash(t)
	for _, n := range []int{2, 1001} {
		s.onInvoice(t, s.invoice.Id, "cancel", map[string]any{"reason": strings.Repeat("x", n)}).WantError(400, "reason")
	}
	if s.Hash(t) != before {
		t.Error("a refused reason left traces")
	}
	for n, status := range map[int]int{50: 404, 51: 400} {
		id := strings.Repeat("i", n)
		s.onInvoice(t, id, "cancel", map[string]any{"reason": "salah"}).WantError(status)
		s.Do(t, "POST", "/api/invoices/"+id+"/pay", s.client.Token, nil).WantError(status)
		s.Do(t, "GET", "/api/invoices/"+id+"/payment", s.client.Token, nil).WantError(status)
		s.onException(t, id, "refund", because()).WantError(status)
	}
	s.onInvoice(t, s.invoice.Id, "cancel", map[string]any{"reason": strings.Repeat("é", 1000)}).Want(200)
	short := newTill(t)
	short.onInvoice(t, short.invoice.Id, "cancel", map[string]any{"reason": "dua"}).Want(200)
}

// A notification of 64 KiB is heard, one of a byte more is not.
func TestANotificationHasALength(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	n := s.notify(t, s.pay(t).OrderID, "settlement", "200")
	of := func(size int) string {
		raw, err := json.Marshal(n.with("metadata", ""))
		must(t, err)
		raw, err = json.Marshal(n.with("metadata", strings.Repeat("a", size-len(raw))))
		must(t, err)
		return string(raw)
	}
	before := s.Hash(t)
	if r := s.post(t, of(64<<10+1)); r.Status != 400 && r.Status != 413 {
		t.Errorf("status %d, want 400 or 413", r.Status)
	}
	if s.Hash(t) != before {
		t.Error("left traces")
	}
	s.post(t, of(64<<10)).Want(200)
	s.wantPaidOnce(t)
}
