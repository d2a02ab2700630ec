package payments

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/internal/text"
	"jasaweb/plugins/payments/gateway"
)

// outcomeUnbooked is a genuine notification that could not be booked.
const outcomeUnbooked paystate.Outcome = kindUnbooked

// maxKept is how many characters of a compressed statement an exception holds.
const maxKept = 100_000

// errUnbooked is what remains of a statement that could not be booked: an
// exception, which somebody has been told of.
var errUnbooked = collections.Refuse("statement_unbooked", "state", collections.Text{
	ID: "Jawaban penyedia pembayaran tidak dapat dibukukan. Periksa temuan “unbooked” untuk order ini dulu.",
	EN: "The payment provider's answer cannot be booked. Look at the finding “unbooked” about this order first.",
})

// errUnknownOrder is a statement about an order that is not in our books. Any
// other record that is missing is a fault of the books.
var errUnknownOrder = fmt.Errorf("payments: unknown order: %w", collections.ErrNotFound)

// bookOrKeep runs book, which writes what t means, in a transaction. Refused for
// good it would be refused at every repetition, and the money would be in no
// book and no queue: then t becomes an exception, and the error is errUnbooked.
func (p *plugin) bookOrKeep(t *gateway.Transaction, book func(txApp core.App) error) error {
	err := runCaught(p.app, book)
	if forGood(err) { // or so it looks: another node's row may have come between
		err = runCaught(p.app, book)
	}
	if !forGood(err) && !(errors.Is(err, errPanic) && p.crashes.again(t) >= maxCrashes) {
		return err
	}
	p.app.Logger().Error("payments: a statement cannot be booked", "order_id", t.OrderID, "error", err)
	if keepErr := p.app.RunInTransaction(func(txApp core.App) error { return keep(txApp, t, err) }); keepErr != nil {
		return errors.Join(keepErr, err)
	}
	return fmt.Errorf("%w: %w", errUnbooked, err)
}

// errPanic is a statement at which the program breaks.
var errPanic = errors.New("panic")

// runCaught is RunInTransaction that makes an error of a panic, after all was
// rolled back.
func runCaught(app core.App, fn func(txApp core.App) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			app.Logger().Error("payments: panic", "value", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = fmt.Errorf("payments: %w: %v", errPanic, r)
		}
	}()
	return app.RunInTransaction(fn)
}

// maxCrashes is how often a statement may break the program before it counts as
// one that always does. The provider repeats a notification four times.
const maxCrashes = 3

// crashes counts on this node how often statements broke the program.
type crashes struct {
	mu    sync.Mutex
	times map[[sha256.Size]byte]int
}

func (c *crashes) again(t *gateway.Transaction) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.times == nil || len(c.times) >= 1000 { // forgotten, they are counted anew
		c.times = map[[sha256.Size]byte]int{}
	}
	key := sha256.Sum256([]byte(t.OrderID + " " + t.Statement))
	c.times[key]++
	return c.times[key]
}

// forGood reports whether a column, an index or a rule refuses a statement. A
// full disk or a busy database does not: what they refuse is worth repeating.
func forGood(err error) bool {
	var invalid validation.Errors
	var refused *collections.Error
	switch {
	case errors.Is(err, errUnknownOrder), errors.Is(err, collections.ErrStale):
		return false
	}
	return errors.As(err, &invalid) || errors.As(err, &refused)
}

// keep makes the exception. Of an unconfirmed statement the provider is asked as
// well: what could not be stored may have been in no signature.
func keep(txApp core.App, t *gateway.Transaction, cause error) error {
	digest := sha256.Sum256([]byte(t.Statement))
	x := collections.MoneyException{
		Kind: kindUnbooked, OrderID: text.Clip(t.OrderID, maxOrderID), TxnID: t.Notice.TxnID,
		Detail: text.Clip(cause.Error(), 1000), Statement: pack(t.Statement),
	}
	x.Key = "unbooked:" + x.OrderID + ":" + hex.EncodeToString(digest[:8])
	attempt, err := collections.FindAttemptByOrder(txApp, t.OrderID)
	if err == nil {
		x.Attempt, x.Invoice = attempt.Id, attempt.InvoiceID()
	} else if !isNotFound(err) {
		return err
	}
	if x.Amount, err = unbookedMoney(txApp, t, attempt); err != nil {
		return err
	}
	if err := raise(txApp, x); err != nil {
		return err
	}
	if t.Notice.Confirmed || attempt == nil {
		return nil
	}
	return enqueueVerify(txApp, t.OrderID, t.Notice.Status)
}

// unbookedMoney is the rupiah that the statement says have come and that nothing
// else counts: no ledger row, and no statement that was kept before.
func unbookedMoney(txApp core.App, t *gateway.Transaction, attempt *collections.PaymentAttempt) (int64, error) {
	n := t.Notice
	if !n.Status.Received() && (n.Confirmed || n.Code != "200") {
		return 0, nil
	}
	booked := dbx.HashExp{"provider_txn_id": n.TxnID, "kind": collections.LedgerPayment}
	if attempt != nil {
		booked = dbx.HashExp{"attempt": attempt.Id, "kind": collections.LedgerPayment}
	}
	counted := int64(0)
	if attempt != nil || n.TxnID != "" {
		var err error
		if counted, err = txApp.CountRecords(collections.Ledger, booked); err != nil {
			return 0, fmt.Errorf("payments: look up ledger of order %s: %w", t.OrderID, err)
		}
	}
	kept, err := statementsOf(txApp, t.OrderID)
	if err != nil {
		return 0, err
	}
	for _, x := range kept {
		counted += x.amount()
	}
	if counted > 0 {
		return 0, nil
	}
	return n.Gross, nil
}

// statementsOf are the open findings about statements of the order.
func statementsOf(txApp core.App, orderID string) ([]*exception, error) {
	list := []*exception{}
	err := txApp.RecordQuery(collections.MoneyExceptions).AndWhere(dbx.HashExp{
		"kind": kindUnbooked, collections.ColumnState: collections.ExceptionOpen, "order_id": text.Clip(orderID, maxOrderID),
	}).All(&list)
	if err != nil {
		return nil, fmt.Errorf("payments: find kept statements of %s: %w", orderID, err)
	}
	return list, nil
}

// release closes the findings about statements of an order whose confirmed state
// is in the books now: it says all that they said.
func release(txApp core.App, t *gateway.Transaction) error {
	if !t.Notice.Confirmed {
		return nil
	}
	kept, err := statementsOf(txApp, t.OrderID)
	if err != nil {
		return err
	}
	for _, x := range kept {
		if x.amount() > 0 && !t.Notice.Status.Received() {
			continue // the provider's answer may be older than its notification
		}
		x.Set(collections.ColumnState, collections.ExceptionApplied)
		x.Set("detail", text.Clip("the provider was asked, and its answer is booked; "+x.GetString("detail"), 1000))
		if err := txApp.Save(x); err != nil {
			return fmt.Errorf("payments: close exception %s: %w", x.Id, err)
		}
	}
	return nil
}

// pack compresses a statement for its column. Of one that does not fit even so,
// which no provider sends, the beginning is kept.
func pack(s string) string {
	for {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = io.WriteString(w, s) // into memory
		_ = w.Close()
		if packed := base64.StdEncoding.EncodeToString(b.Bytes()); len(packed) <= maxKept {
			return packed
		}
		s = strings.ToValidUTF8(s[:len(s)/2], "")
	}
}

func unpack(packed string) (string, error) {
	r, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(packed)))
	if err != nil {
		return "", fmt.Errorf("payments: unpack statement: %w", err)
	}
	s, err := io.ReadAll(r)
	if err != nil {
		return "", fmt.Errorf("payments: unpack statement: %w", err)
	}
	return string(s), nil
}

type statementInput struct {
	ID string `path:"id" maxLength:"50"`
}

type statementOutput struct {
	Statement string `json:"statement" doc:"JSON as the provider wrote it, without personal data and signature; empty when the finding is about no statement"`
}

// statement shows what the provider said where it could not be booked.
func (p *plugin) statement(e *core.RequestEvent, in *statementInput) (*statementOutput, error) {
	x, err := findException(e.App, in.ID)
	if err != nil {
		return nil, err
	}
	out := &statementOutput{}
	if packed := x.GetString("statement"); packed != "" {
		out.Statement, err = unpack(packed)
	}
	return out, err
}
