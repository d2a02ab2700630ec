package payments

import (
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

type refundExceptionInput struct {
	ID   string `path:"id" maxLength:"50"`
	Body struct {
		Reason    string `json:"reason" minLength:"3" maxLength:"1000"`
		Reference string `json:"reference,omitempty" maxLength:"100" doc:"The bank's reference, if the money went back by transfer and not through the provider"`
	}
}

// refundException gives the money of an exception back.
func (p *plugin) refundException(e *core.RequestEvent, in *refundExceptionInput) (*exceptionView, error) {
	reason, err := reasonOf(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	back, err := newReturn(in.Body.Reference)
	if err != nil {
		return nil, err
	}
	of, err := checkRefund(e.App, in.ID, back)
	if err != nil {
		return nil, err
	}
	var x *exception
	err = p.dispose(e.Request.Context(), of, func(txApp core.App, _ source, conditions terms) (err error) {
		if x, err = holdOpen(txApp, in.ID); err != nil {
			return err
		}
		if err := x.checkKept(txApp); err != nil {
			return err
		}
		if err := back.check(txApp, conditions, x.txnID(), x.left()); err != nil {
			return err
		}
		x.decide(e, collections.ExceptionRefunding, reason)
		return back.start(txApp, x)
	})
	if err != nil {
		return nil, err
	}
	view, err := viewOf(e.App, x)
	return &view, err
}

// checkRefund finds what speaks against a refund before anything is written. The
// provider is asked only about what we cannot refuse by ourselves.
func checkRefund(app core.App, id string, back moneyReturn) (source, error) {
	x, err := findException(app, id)
	if err == nil {
		err = x.checkOpen()
	}
	if err == nil && x.kind() != kindRefund {
		err = x.checkPlaceable()
	}
	if err == nil {
		err = x.checkTerms(app, back)
	}
	if err != nil {
		return source{}, err
	}
	return sourceOf(app, x)
}

// checkTerms refuses by what is on record about the payment.
func (x *exception) checkTerms(app core.App, back moneyReturn) error {
	if back.byTransfer() {
		return nil
	}
	if x.byTransfer() {
		return errReturnByTransfer
	}
	attempt, err := x.attempt(app)
	if attempt == nil || err != nil {
		return err
	}
	m, err := moneyOf(app, x.txnID())
	if err != nil || m.Paid == 0 {
		return err
	}
	return attemptTerms(attempt).check(collections.Now(app), x.left(), m.Paid)
}

// checkKept refuses to give back money of an invoice that is gone from there:
// since the wish was made it may have gone back another way.
func (x *exception) checkKept(txApp core.App) error {
	if x.kind() != kindRefund {
		return nil
	}
	kept, err := keptOf(txApp, x.invoiceID(), x.txnID())
	if err == nil && kept < x.left() {
		err = errRefundTooHigh
	}
	return err
}
