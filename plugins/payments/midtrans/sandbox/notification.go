package sandbox

import (
	"crypto/sha512"
	"encoding/hex"
	"maps"
	"slices"

	"jasaweb/collections/idr"
	"jasaweb/collections/wib"
)

// Sign returns the signature of a notification: the plain SHA-512, in hex, of
// the order id, the status code, the gross amount and the server key in a row.
// It is no HMAC, and it covers neither the status nor the refunds.
func Sign(orderID, statusCode, grossAmount, serverKey string) string {
	sum := sha512.Sum512([]byte(orderID + statusCode + grossAmount + serverKey))
	return hex.EncodeToString(sum[:])
}

// notificationCode is the status_code that a notification has for each status.
var notificationCode = map[string]string{
	StatusPending: "201", StatusSettlement: "200", StatusPartialRefund: "200", StatusRefund: "200",
	StatusChargeback: "200", StatusExpire: "202", StatusCancel: "202", StatusDeny: "202",
}

// statusCode is the status_code with which GET status answers. That of cancel
// and deny is not documented.
var statusCode = map[string]string{
	StatusPending: "201", StatusSettlement: "200", StatusPartialRefund: "200", StatusRefund: "200",
	StatusChargeback: "200", StatusExpire: "407", StatusCancel: "200", StatusDeny: "202",
}

// summary is what every answer and notification about t has.
func (s *Server) summary(t *transaction, code, message string) map[string]any {
	return map[string]any{
		"status_code": code, "status_message": message,
		"transaction_id": t.id, "order_id": t.orderID, "merchant_id": s.config.MerchantID,
		"gross_amount": idr.Gross(t.gross + t.fee), "currency": "IDR", "payment_type": "qris",
		"transaction_time": wib.FormatProvider(t.created), "transaction_status": t.status,
		"fraud_status": "accept", "acquirer": t.acquirer, "expiry_time": wib.FormatProvider(t.expires),
	}
}

// document is a signed notification or the answer of GET status; the two have
// the same shape.
func (s *Server) document(t *transaction, code, message string) map[string]any {
	d := s.summary(t, code, message)
	d["signature_key"] = Sign(t.orderID, code, idr.Gross(t.gross+t.fee), s.config.ServerKey)
	maps.Copy(d, t.echoed)
	if t.fee > 0 {
		d["metadata"] = t.feeMetadata()
	}
	if p := t.payment; p != nil {
		d["settlement_time"], d["issuer"], d["transaction_type"] = wib.FormatProvider(p.at), p.issuer, "off-us"
		if p.onUs {
			d["transaction_type"] = "on-us"
		}
		if t.acquirer == AcquirerShopee {
			d["shopeepay_reference_number"], d["reference_id"] = p.crossReference, t.id
		} else {
			d["merchant_cross_reference_id"] = p.crossReference
		}
	}
	if len(t.refunds) > 0 {
		d["refund_amount"], d["refunds"] = idr.Gross(t.refunded()), slices.Clone(t.refunds) // written out without the lock
	}
	return d
}

// announce writes a notification of t's present state for each of its URLs. The
// caller holds the lock and dispatches them.
func (s *Server) announce(t *transaction) ([]*delivery, error) {
	var announced []*delivery
	for _, target := range t.notifyURLs {
		o := &outgoing{
			t: t, body: s.document(t, notificationCode[t.status], "midtrans payment notification"), serverKey: s.config.ServerKey,
		}
		if t.status == StatusSettlement {
			o.hold = s.lateness(notifyLate)
		}
		s.spoil(o)
		issued, err := s.issue(o, target)
		if err != nil {
			return nil, err
		}
		announced = append(announced, issued...)
	}
	return announced, nil
}
