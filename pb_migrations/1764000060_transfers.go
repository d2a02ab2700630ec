package migrations

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// proofLabel limits what clients send about their invoices; PocketBase's rules
// know whole paths and beginnings only, so it covers all that lies below.
const proofLabel = "POST /api/invoices/"

func init() {
	register(func(app core.App) error {
		for _, step := range []func(core.App) error{addDecisions, addTransferColumns, createTransferProofs, limitProofs} {
			if err := step(app); err != nil {
				return err
			}
		}
		return nil
	}, func(app core.App) error {
		s := app.Settings()
		s.RateLimits.Rules = slices.DeleteFunc(s.RateLimits.Rules, func(r core.RateLimitRule) bool { return r.Label == proofLabel })
		if err := app.Save(s); err != nil {
			return err
		}
		if err := drop("transfer_proofs")(app); err != nil {
			return err
		}
		for name, fields := range map[string][]string{
			"money_exceptions": {"returned", "applied_to", "decided_by", "decided_at", "reason"},
			"payment_attempts": {"transaction_type", "fee"}, "ledger": {"payment_key", "reference", "note", "booked_by"}, "invoices": {"cancel_reason"},
		} {
			c, err := app.FindCollectionByNameOrId(name)
			if err != nil {
				return err
			}
			for _, field := range fields {
				c.Fields.RemoveByName(field)
			}
			if err := app.Save(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// addDecisions gives exceptions what a person decided about them. An exception
// of kind refund is the wish to give back money that pays an invoice.
func addDecisions(app core.App) error {
	c, err := app.FindCollectionByNameOrId("money_exceptions")
	if err != nil {
		return err
	}
	target, err := relation(app, "applied_to", "invoices", false)
	if err != nil {
		return err
	}
	kind := c.Fields.GetByName("kind").(*core.SelectField)
	kind.Values = append(kind.Values, "refund")
	c.Fields.Add(
		rupiah("returned", 0), // what of the amount has gone back
		target,
		&core.TextField{Name: "decided_by", Max: 50}, // text: see project_events
		&core.DateField{Name: "decided_at"},
		&core.TextField{Name: "reason", Max: 1000},
	)
	c.AddIndex("idx_money_exceptions_txn", false, "provider_txn_id", "")
	return app.Save(c)
}

func addTransferColumns(app core.App) error {
	for name, fields := range map[string][]core.Field{
		"payment_attempts": {
			&core.TextField{Name: "transaction_type", Max: 50}, // on-us, off-us
			rupiah("fee", 0), // what the provider put on top of the amount
		},
		"ledger": {
			// The payment that a row is about, where no provider's transaction says it.
			&core.TextField{Name: "payment_key", Max: 200},
			&core.TextField{Name: "reference", Max: 100},
			&core.TextField{Name: "note", Max: 1000},
			&core.TextField{Name: "booked_by", Max: 50}, // text: see project_events
		},
		"invoices": {&core.TextField{Name: "cancel_reason", Max: 1000}},
	} {
		c, err := app.FindCollectionByNameOrId(name)
		if err != nil {
			return err
		}
		c.Fields.Add(fields...)
		if name == "ledger" {
			c.AddIndex("idx_ledger_txn", false, "provider_txn_id", "")
			c.AddIndex("idx_ledger_payment", false, "payment_key", "")
		}
		if err := app.Save(c); err != nil {
			return err
		}
	}
	return nil
}

// createTransferProofs is what clients send to show that they transferred.
func createTransferProofs(app core.App) error {
	invoice, err := relation(app, "invoice", "invoices", true)
	if err != nil {
		return err
	}
	user, err := relation(app, "user", "users", true)
	if err != nil {
		return err
	}
	c := core.NewBaseCollection("transfer_proofs")
	c.ListRule, c.ViewRule, c.UpdateRule = rule(ownOrAll), rule(ownOrAll), rule(isAdmin)
	c.Fields.Add(
		invoice, user,
		&core.FileField{Name: "file", Required: true, MaxSelect: 1, MaxSize: 5 << 20, Protected: true, MimeTypes: []string{
			"image/jpeg", "image/png", "image/webp", "application/pdf",
		}},
		&core.NumberField{Name: "amount", OnlyInt: true, Min: types.Pointer(0.0), Max: types.Pointer(9999999999.0)},
		&core.TextField{Name: "note", Max: 1000},
		&core.SelectField{Name: "state", Required: true, MaxSelect: 1, Values: []string{"open", "accepted", "rejected"}},
		demoFlag(),
	)
	c.Fields.Add(timestamps()...)
	c.AddIndex("idx_transfer_proofs_invoice", false, "invoice, created", "")
	c.AddIndex("idx_transfer_proofs_user", false, "user, created", "")
	c.AddIndex("idx_transfer_proofs_state", false, "state, created", "")
	return app.Save(c)
}

func limitProofs(app core.App) error {
	s := app.Settings()
	s.RateLimits.Rules = append(s.RateLimits.Rules, core.RateLimitRule{Label: proofLabel, MaxRequests: 300, Duration: 60})
	return app.Save(s)
}
