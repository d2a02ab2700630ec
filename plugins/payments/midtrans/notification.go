package midtrans

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"jasaweb/collections/idr"
	"jasaweb/collections/paystate"
	"jasaweb/collections/wib"
	"jasaweb/plugins/payments/gateway"
)

// statement is the JSON that notifications, status answers and charge answers
// share. Midtrans writes nearly everything as text; numbers are taken as they
// stand, because the signature covers the characters.
type statement struct {
	StatusCode        verbatim   `json:"status_code"`
	StatusMessage     verbatim   `json:"status_message"`
	TransactionID     verbatim   `json:"transaction_id"`
	OrderID           verbatim   `json:"order_id"`
	MerchantID        verbatim   `json:"merchant_id"`
	GrossAmount       verbatim   `json:"gross_amount"`
	Currency          verbatim   `json:"currency"`
	TransactionStatus verbatim   `json:"transaction_status"`
	FraudStatus       verbatim   `json:"fraud_status"`
	SignatureKey      verbatim   `json:"signature_key"`
	QRString          verbatim   `json:"qr_string"`
	ExpiryTime        verbatim   `json:"expiry_time"`
	SettlementTime    verbatim   `json:"settlement_time"`
	Acquirer          verbatim   `json:"acquirer"`
	Issuer            verbatim   `json:"issuer"`
	TransactionType   verbatim   `json:"transaction_type"`
	CustomField1      verbatim   `json:"custom_field1"`
	Refunds           refundList `json:"refunds"`
	Metadata          metadata   `json:"metadata"`
}

type refundEntry struct {
	Key             verbatim `json:"refund_key"`
	ChargebackID    verbatim `json:"refund_chargeback_id"`
	Amount          verbatim `json:"refund_amount"`
	CreatedAt       verbatim `json:"created_at"`
	BankConfirmedAt verbatim `json:"bank_confirmed_at"`
}

// refundList is the list of refunds. A notification's is a claim, and an answer
// without a list that can be read leaves the question to people; neither is a
// reason not to read the rest.
type refundList []refundEntry

// UnmarshalJSON never fails: what has a foreign shape is no refund.
func (l *refundList) UnmarshalJSON(raw []byte) error {
	entries := []json.RawMessage{}
	if json.Unmarshal(raw, &entries) != nil {
		return nil
	}
	for _, entry := range entries {
		r := refundEntry{}
		if json.Unmarshal(entry, &r) == nil {
			*l = append(*l, r)
		}
	}
	return nil
}

// metadata holds the price without the fee when Midtrans puts its fee on top.
// The rest of it is free-form and may have any shape.
type metadata struct{ original string }

// UnmarshalJSON never fails: a foreign shape is no price.
func (m *metadata) UnmarshalJSON(raw []byte) error {
	var known struct {
		ExtraInfo struct {
			GrossAmountInfo struct {
				OriginalAmount verbatim `json:"original_amount"`
			} `json:"gross_amount_info"`
		} `json:"extra_info"`
	}
	if json.Unmarshal(raw, &known) == nil {
		m.original = string(known.ExtraInfo.GrossAmountInfo.OriginalAmount)
	}
	return nil
}

// verbatim is a JSON string, or a number or literal as its own characters.
type verbatim string

// UnmarshalJSON takes strings decoded and everything else literally.
func (t *verbatim) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		*t = verbatim(s)
		return nil
	}
	if !bytes.Equal(raw, []byte("null")) {
		*t = verbatim(raw)
	}
	return nil
}

var (
	codeForm  = regexp.MustCompile(`^\d{3}$`)
	orderForm = regexp.MustCompile(`^[A-Za-z0-9\-_~.]{1,255}$`)
	txnForm   = regexp.MustCompile(`^[!-~]{1,100}$`)
)

// trialPrefix begins the order ids of the notifications that Midtrans' dashboard
// sends to try an address; merchant id and a random name follow.
const trialPrefix = "payment_notif_test_"

// Hear reads and verifies a notification.
func (c *Client) Hear(body []byte) (n *gateway.Notification, err error) {
	defer func() {
		if r := recover(); r != nil {
			n, err = c.hearSigned(body, r)
		}
	}()
	return c.hear(body)
}

func (c *Client) hear(body []byte) (*gateway.Notification, error) {
	s, err := parseStatement(body)
	if err != nil {
		return nil, fmt.Errorf("midtrans: hear: %w", err)
	}
	if err := s.checkSigned(); err != nil {
		if s.SignatureKey == "" && strings.HasPrefix(string(s.OrderID), trialPrefix) {
			err = fmt.Errorf("%w, unsigned: %w", gateway.ErrTrial, err)
		}
		return nil, fmt.Errorf("midtrans: hear: %w", err)
	}
	key, ok := c.keys.Verify(string(s.OrderID), string(s.StatusCode), string(s.GrossAmount), string(s.SignatureKey))
	if !ok {
		return nil, fmt.Errorf("midtrans: hear: %w", gateway.ErrSignature)
	}
	if strings.HasPrefix(string(s.OrderID), trialPrefix) {
		return nil, fmt.Errorf("midtrans: hear: %w", gateway.ErrTrial)
	}
	t := s.transaction(c.config.MerchantID, false, body)
	t.Believe(c.now())
	return &gateway.Notification{
		Transaction: t, Key: key,
		Status: gateway.Word(string(s.TransactionStatus)), Gross: string(s.GrossAmount),
	}, nil
}

// hearSigned is what remains of a notification at which reading broke: the fields
// that its signature covers, if it is genuine. They tell that money came.
func (c *Client) hearSigned(body []byte, broken any) (*gateway.Notification, error) {
	var fields struct {
		OrderID     verbatim `json:"order_id"`
		StatusCode  verbatim `json:"status_code"`
		GrossAmount verbatim `json:"gross_amount"`
		Signature   verbatim `json:"signature_key"`
	}
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, fmt.Errorf("midtrans: hear: %w: %v", gateway.ErrMalformed, err)
	}
	s := &statement{OrderID: fields.OrderID, StatusCode: fields.StatusCode, GrossAmount: fields.GrossAmount, SignatureKey: fields.Signature}
	if err := s.checkSigned(); err != nil {
		return nil, fmt.Errorf("midtrans: hear: %w", err)
	}
	key, ok := c.keys.Verify(string(s.OrderID), string(s.StatusCode), string(s.GrossAmount), string(s.SignatureKey))
	if !ok {
		return nil, fmt.Errorf("midtrans: hear: %w", gateway.ErrSignature)
	}
	t := s.transaction(c.config.MerchantID, false, body)
	return &gateway.Notification{Transaction: t, Key: key, Gross: string(s.GrossAmount)},
		fmt.Errorf("midtrans: hear: %w: panic: %v", gateway.ErrUnreadable, broken)
}

// parseStatement reads one JSON object.
func parseStatement(body []byte) (*statement, error) {
	s := &statement{}
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(s); err != nil {
		return nil, fmt.Errorf("%w: %v", gateway.ErrMalformed, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: more than one value", gateway.ErrMalformed)
	}
	return s, nil
}

// checkSigned checks the form of all that a notification's signature covers. The strict forms keep an order id from lending characters
// to the status code beside it. What the signature does not cover may be missing
// or have any form: a genuine notice is heard, and the provider is asked.
func (s *statement) checkSigned() error {
	for _, required := range []verbatim{s.OrderID, s.StatusCode, s.GrossAmount, s.SignatureKey} {
		if required == "" {
			return fmt.Errorf("%w: a required field is missing", gateway.ErrMalformed)
		}
	}
	_, err := idr.ParseGross(string(s.GrossAmount))
	if errors.Is(err, idr.ErrForm) || !orderForm.MatchString(string(s.OrderID)) || !codeForm.MatchString(string(s.StatusCode)) {
		return fmt.Errorf("%w: a field has a foreign form", gateway.ErrMalformed)
	}
	return nil
}

// isWhole reports whether the statement names what it is about: a status by
// itself proves nothing.
func (s *statement) isWhole() bool {
	_, err := idr.ParseGross(string(s.GrossAmount))
	return s.TransactionStatus != "" && s.txnID() != "" && !errors.Is(err, idr.ErrForm)
}

// notice converts the statement. Merchant is our own id; "" accepts any.
func (s *statement) notice(merchant string, confirmed bool) paystate.Notice {
	gross, err := idr.ParseGross(string(s.GrossAmount))
	n := paystate.Notice{
		Status: paystate.Status(s.TransactionStatus), Code: string(s.StatusCode), Fraud: string(s.FraudStatus),
		Currency: string(s.Currency), TxnID: s.txnID(), Gross: gross, Whole: err == nil,
		ForeignMerchant: merchant != "" && s.MerchantID != "" && string(s.MerchantID) != merchant,
		Confirmed:       confirmed,
	}
	if n.Status == "partial_chargeback" {
		n.Status = paystate.Chargeback
	}
	if n.Currency == "" {
		n.Currency = "IDR" // old statements leave it out; QRIS knows no other
	}
	if original := s.Metadata.original; original != "" {
		if amount, err := idr.ParseGross(withDecimals(original)); err == nil {
			n.Original = amount
		}
	}
	n.Refunds = s.refunds()
	return n
}

// txnID is the transaction's id, or none when it has a foreign form: no signature
// covers it, so it is a reason to ask and none to refuse the rest.
func (s *statement) txnID() string {
	if !txnForm.MatchString(string(s.TransactionID)) {
		return ""
	}
	return string(s.TransactionID)
}

func (s *statement) refunds() []paystate.Refund {
	list := []paystate.Refund{}
	for _, r := range s.Refunds {
		key := gateway.Printable(string(r.Key))
		if key == "" {
			key = gateway.Printable(string(r.ChargebackID))
		}
		amount, err := idr.ParseGross(withDecimals(string(r.Amount)))
		if err != nil || key == "" {
			continue // without key or amount there is nothing to book; the API is asked anyway
		}
		list = append(list, paystate.Refund{Key: key, Amount: amount, At: providerTime(r.CreatedAt), Confirmed: gateway.Word(string(r.BankConfirmedAt))})
	}
	return list
}

func withDecimals(amount string) string {
	if strings.Contains(amount, ".") {
		return amount
	}
	return amount + ".00"
}

// transaction converts the statement of a body. An answer of the API is
// confirmed by nature, a notification is not.
func (s *statement) transaction(merchant string, confirmed bool, body []byte) *gateway.Transaction {
	return &gateway.Transaction{
		OrderID: string(s.OrderID), InvoiceID: string(s.CustomField1), QRString: string(s.QRString),
		ExpiresAt: providerTime(s.ExpiryTime), SettledAt: providerTime(s.SettlementTime),
		Acquirer: gateway.Word(string(s.Acquirer)), Issuer: gateway.Word(string(s.Issuer)), Type: gateway.Word(string(s.TransactionType)),
		Notice: s.notice(merchant, confirmed), Statement: redact(body),
	}
}

// providerTime reads the provider's WIB time without a zone; zero when it has
// none or another form.
func providerTime(t verbatim) time.Time {
	at, err := wib.ParseProvider(string(t))
	if err != nil {
		return time.Time{}
	}
	return at
}
