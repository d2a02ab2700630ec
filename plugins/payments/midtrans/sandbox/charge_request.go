package sandbox

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"
)

// Limits of a charge.
const (
	maxGross      = 10_000_000 // rupiah, of one QRIS payment
	maxOrderID    = 50
	maxItemText   = 50
	maxText       = 255
	maxPostalCode = 10
	defaultLife   = 15 * time.Minute
	minLife       = 20 * time.Second
	maxLife       = 7 * day
	maxItemAmount = 1_000_000_000 // far above the cap, so that a product of two fits
	orderTimeForm = "2006-01-02 15:04:05 -0700"
)

var orderIDForm = regexp.MustCompile(`^[A-Za-z0-9\-_~.]+$`)

// chargeRequest is the body of a charge.
type chargeRequest struct {
	PaymentType string `json:"payment_type"`
	Details     struct {
		OrderID     string  `json:"order_id"`
		GrossAmount integer `json:"gross_amount"`
	} `json:"transaction_details"`
	Items    []item   `json:"item_details"`
	Customer customer `json:"customer_details"`
	QRIS     struct {
		Acquirer string `json:"acquirer"`
	} `json:"qris"`
	CustomExpiry *customExpiry `json:"custom_expiry"`
	CustomField1 string        `json:"custom_field1"`
	CustomField2 string        `json:"custom_field2"`
	CustomField3 string        `json:"custom_field3"`
	Metadata     metadata      `json:"metadata"`
}

// metadata is any JSON object.
type metadata map[string]json.RawMessage

type item struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`
	Price        integer `json:"price"` // negative for a discount
	Quantity     integer `json:"quantity"`
	Brand        string  `json:"brand"`
	Category     string  `json:"category"`
	MerchantName string  `json:"merchant_name"`
	URL          string  `json:"url"`
}

type customer struct {
	FirstName string  `json:"first_name"`
	LastName  string  `json:"last_name"`
	Email     string  `json:"email"`
	Phone     string  `json:"phone"`
	Billing   address `json:"billing_address"`
	Shipping  address `json:"shipping_address"`
}

type address struct {
	FirstName   string `json:"first_name"`
	LastName    string `json:"last_name"`
	Email       string `json:"email"`
	Phone       string `json:"phone"`
	Address     string `json:"address"`
	City        string `json:"city"`
	PostalCode  string `json:"postal_code"`
	CountryCode string `json:"country_code"`
}

type customExpiry struct {
	OrderTime string  `json:"order_time"`
	Duration  integer `json:"expiry_duration"`
	Unit      string  `json:"unit"`
}

// problems lists what is wrong with the fields, one message each.
func (r *chargeRequest) problems() (problems []string) {
	note := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	short := func(field, value string, limit int) {
		if utf8.RuneCountInString(value) > limit {
			note("%s is too long, the maximum is %d", field, limit)
		}
	}
	if r.PaymentType == "" {
		note("payment_type is required")
	}
	switch id := r.Details.OrderID; {
	case id == "":
		note("transaction_details.order_id is required")
	case len(id) > maxOrderID:
		note("transaction_details.order_id is too long, the maximum is %d", maxOrderID)
	case !orderIDForm.MatchString(id):
		note("transaction_details.order_id has other characters than A-Z a-z 0-9 - _ ~ .")
	}
	switch gross := r.Details.GrossAmount; {
	case !gross.given:
		note("transaction_details.gross_amount is required")
	case gross.fraction:
		note("transaction_details.gross_amount must be an integer")
	case gross.n < 1 || gross.n > maxGross:
		note("transaction_details.gross_amount must be between 1 and %d", maxGross)
	}
	if a := r.QRIS.Acquirer; a != "" && a != AcquirerGoPay && a != AcquirerShopee {
		note("qris.acquirer must be %s or %s", AcquirerGoPay, AcquirerShopee)
	}
	short("custom_field1", r.CustomField1, maxText)
	short("custom_field2", r.CustomField2, maxText)
	short("custom_field3", r.CustomField3, maxText)
	r.Customer.check(short)
	return append(problems, r.itemProblems()...)
}

// itemProblems checks the items and that they add up to the gross amount.
func (r *chargeRequest) itemProblems() (problems []string) {
	if len(r.Items) == 0 {
		return nil
	}
	note := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	var sum int64
	for n, i := range r.Items {
		field := fmt.Sprintf("item_details[%d].", n)
		for _, text := range []struct{ name, value string }{
			{"id", i.ID}, {"name", i.Name}, {"brand", i.Brand}, {"category", i.Category}, {"merchant_name", i.MerchantName},
		} {
			if utf8.RuneCountInString(text.value) > maxItemText {
				note("%s%s is too long, the maximum is %d", field, text.name, maxItemText)
			}
		}
		if utf8.RuneCountInString(i.URL) > maxText {
			note("%surl is too long, the maximum is %d", field, maxText)
		}
		if i.Name == "" {
			note("%sname is required", field)
		}
		if !i.Price.given || i.Price.fraction || i.Price.n > maxItemAmount || i.Price.n < -maxItemAmount {
			note("%sprice must be an integer", field)
		}
		if i.Quantity.fraction || i.Quantity.n < 1 || i.Quantity.n > maxItemAmount {
			note("%squantity must be an integer of at least 1", field)
		}
		sum += i.Price.n * i.Quantity.n
	}
	if len(problems) == 0 && sum != r.Details.GrossAmount.n {
		note("transaction_details.gross_amount is not equal to the sum of item_details")
	}
	return problems
}

// check applies the lengths of the customer's fields.
func (c *customer) check(short func(field, value string, limit int)) {
	short("customer_details.first_name", c.FirstName, maxText)
	short("customer_details.last_name", c.LastName, maxText)
	short("customer_details.email", c.Email, maxText)
	short("customer_details.phone", c.Phone, maxText)
	for name, a := range map[string]address{"billing_address": c.Billing, "shipping_address": c.Shipping} {
		field := "customer_details." + name + "."
		short(field+"first_name", a.FirstName, maxText)
		short(field+"last_name", a.LastName, maxText)
		short(field+"email", a.Email, maxText)
		short(field+"phone", a.Phone, maxText)
		short(field+"address", a.Address, maxText)
		short(field+"city", a.City, maxText)
		short(field+"postal_code", a.PostalCode, maxPostalCode)
		short(field+"country_code", a.CountryCode, maxPostalCode)
	}
}

// expiryUnits are those of custom_expiry; without one it is minutes.
var expiryUnits = map[string]time.Duration{"": time.Minute, "second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": day}

// life is how long from now a transaction can be paid.
func (e *customExpiry) life(now time.Time) (life time.Duration, problems []string) {
	if e == nil {
		return defaultLife, nil
	}
	unit, known := expiryUnits[e.Unit]
	if !known {
		problems = append(problems, "custom_expiry.unit must be second, minute, hour or day")
	}
	from := now
	if e.OrderTime != "" {
		var err error
		if from, err = time.Parse(orderTimeForm, e.OrderTime); err != nil {
			problems = append(problems, "custom_expiry.order_time must look like 2026-01-31 15:04:05 +0700")
		}
	}
	switch d := e.Duration; {
	case !d.given:
		problems = append(problems, "custom_expiry.expiry_duration is required")
	case d.fraction || d.n < 1 || d.n > int64(maxLife/time.Second):
		problems = append(problems, "custom_expiry.expiry_duration must be an integer of 20 seconds to 7 days")
	default:
		life = time.Duration(d.n) * unit
	}
	if len(problems) > 0 {
		return 0, problems
	}
	if life < minLife || life > maxLife {
		return 0, []string{"custom_expiry.expiry_duration must be 20 seconds to 7 days"}
	}
	if life = from.Add(life).Sub(now); life <= 0 || life > maxLife+minLife {
		return 0, []string{"custom_expiry.order_time makes the transaction expire in the past or after more than 7 days"}
	}
	return life, nil
}
