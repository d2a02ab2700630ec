package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

func init() {
	register(func(app core.App) error {
		for _, create := range []func(core.App) error{createPaymentAttempts, createWebhookInbox, createLedger, createMoneyExceptions} {
			if err := create(app); err != nil {
				return err
			}
		}
		return nil
	}, drop("money_exceptions", "ledger", "webhook_inbox", "payment_attempts"))
}

func createPaymentAttempts(app core.App) error {
	invoice, err := relation(app, "invoice", "invoices", true)
	if err != nil {
		return err
	}
	c := core.NewBaseCollection("payment_attempts")
	c.ListRule, c.ViewRule = rule(isAdmin), rule(isAdmin)
	amount := requiredRupiah("amount", 1)
	amount.Max = types.Pointer(10000000.0) // QRIS carries no more
	c.Fields.Add(
		invoice,
		&core.NumberField{Name: "seq", OnlyInt: true, Required: true, Min: types.Pointer(1.0)},
		&core.TextField{Name: "order_id", Required: true, Max: 50},
		&core.TextField{Name: "idem_key", Required: true, Max: 46},
		amount,
		&core.SelectField{Name: "status", Required: true, MaxSelect: 1, Values: []string{
			"creating", "unknown", "pending", "expire", "cancel", "deny", "failure",
			"settlement", "partial_refund", "refund", "chargeback",
		}},
		&core.TextField{Name: "provider_txn_id", Max: 100},
		&core.TextField{Name: "qr_string", Max: 1000},
		&core.JSONField{Name: "refunds", MaxSize: 20000},
		&core.DateField{Name: "expires_at"},
		&core.TextField{Name: "acquirer", Max: 50},
		&core.TextField{Name: "issuer", Max: 50},
		&core.DateField{Name: "settled_at"},
		&core.DateField{Name: "closed_at"},
		&core.DateField{Name: "next_check_at"},
		&core.DateField{Name: "checked_at"},
		&core.NumberField{Name: "checks", OnlyInt: true, Min: types.Pointer(0.0)},
		demoFlag(),
	)
	c.Fields.Add(timestamps()...)
	c.AddIndex("idx_payment_attempts_order", true, "order_id", "")
	c.AddIndex("idx_payment_attempts_txn", true, "provider_txn_id", "provider_txn_id != ''")
	c.AddIndex("idx_payment_attempts_seq", true, "invoice, seq", "")
	// One charge at a time: two tabs that press "pay" get the same QR.
	c.AddIndex("idx_payment_attempts_open", true, "invoice", "status IN ('creating','unknown','pending')")
	c.AddIndex("idx_payment_attempts_check", false, "next_check_at", "")
	c.AddIndex("idx_payment_attempts_created", false, "created", "")
	return app.Save(c)
}

func createWebhookInbox(app core.App) error {
	attempt, err := relation(app, "attempt", "payment_attempts", false)
	if err != nil {
		return err
	}
	c := core.NewBaseCollection("webhook_inbox")
	c.ListRule, c.ViewRule = rule(isAdmin), rule(isAdmin)
	c.Fields.Add(
		&core.DateField{Name: "received_at", Required: true},
		&core.TextField{Name: "ip", Max: 50},
		&core.TextField{Name: "body_sha256", Required: true, Max: 64},
		&core.TextField{Name: "body_redacted", Max: 70000},
		&core.TextField{Name: "order_id", Max: 50},
		&core.TextField{Name: "txn_id", Max: 100},
		&core.TextField{Name: "tstatus", Max: 50},
		&core.TextField{Name: "code", Max: 3},
		&core.TextField{Name: "gross", Max: 20},
		&core.BoolField{Name: "sig_ok"},
		&core.TextField{Name: "key_id", Max: 20},
		&core.TextField{Name: "outcome", Max: 50},
		attempt,
		&core.NumberField{Name: "deliveries", OnlyInt: true, Min: types.Pointer(1.0)},
	)
	c.Fields.Add(timestamps()...)
	c.AddIndex("idx_webhook_inbox_sha", true, "body_sha256", "")
	c.AddIndex("idx_webhook_inbox_order", false, "order_id, received_at", "")
	c.AddIndex("idx_webhook_inbox_received", false, "received_at", "")
	return app.Save(c)
}

// moneyRelations are what money can be about; both may be empty.
func moneyRelations(app core.App) ([]core.Field, error) {
	invoice, err := relation(app, "invoice", "invoices", false)
	if err != nil {
		return nil, err
	}
	attempt, err := relation(app, "attempt", "payment_attempts", false)
	if err != nil {
		return nil, err
	}
	return []core.Field{invoice, attempt}, nil
}

func createLedger(app core.App) error {
	about, err := moneyRelations(app)
	if err != nil {
		return err
	}
	c := core.NewBaseCollection("ledger")
	c.ListRule, c.ViewRule = rule(isAdmin), rule(isAdmin)
	c.Fields.Add(about...)
	c.Fields.Add(
		&core.SelectField{Name: "kind", Required: true, MaxSelect: 1, Values: []string{"payment", "refund", "adjust"}},
		&core.NumberField{Name: "amount", OnlyInt: true},
		// What of this movement counts towards the invoice, fixed as it is booked.
		&core.NumberField{Name: "applied", OnlyInt: true},
		// The provider's transaction, by which a refund finds its payment.
		&core.TextField{Name: "provider_txn_id", Max: 100},
		&core.TextField{Name: "dedupe_key", Required: true, Max: 200},
		&core.DateField{Name: "at", Required: true},
		demoFlag(),
	)
	c.Fields.Add(&core.AutodateField{Name: "created", OnCreate: true})
	c.AddIndex("idx_ledger_dedupe", true, "dedupe_key", "")
	c.AddIndex("idx_ledger_invoice", false, "invoice", "")
	c.AddIndex("idx_ledger_at", false, "at", "")
	if err := app.Save(c); err != nil {
		return err
	}
	return appendOnly(app, "ledger")
}

func createMoneyExceptions(app core.App) error {
	about, err := moneyRelations(app)
	if err != nil {
		return err
	}
	c := core.NewBaseCollection("money_exceptions")
	c.ListRule, c.ViewRule = rule(isAdmin), rule(isAdmin)
	c.Fields.Add(about...)
	c.Fields.Add(
		&core.SelectField{Name: "kind", Required: true, MaxSelect: 1, Values: []string{
			"duplicate", "late", "overpaid", "mismatch", "orphan", "unconfirmed", "chargeback",
		}},
		&core.NumberField{Name: "amount", OnlyInt: true},
		&core.SelectField{Name: "state", Required: true, MaxSelect: 1, Values: []string{"open", "refunding", "refunded", "applied", "waived"}},
		&core.TextField{Name: "order_id", Max: 50},
		&core.TextField{Name: "provider_txn_id", Max: 100},
		&core.TextField{Name: "detail", Max: 1000},
		&core.TextField{Name: "dedupe_key", Required: true, Max: 200},
		demoFlag(),
	)
	c.Fields.Add(timestamps()...)
	c.AddIndex("idx_money_exceptions_dedupe", true, "dedupe_key", "")
	c.AddIndex("idx_money_exceptions_state", false, "state, created", "")
	return app.Save(c)
}
