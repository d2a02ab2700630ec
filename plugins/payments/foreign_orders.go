package payments

import (
	"fmt"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
)

// A merchant account can serve several shops, and the provider tells each of them
// of all orders. An admin says once, in the collection foreign_orders, how the
// orders of the others begin; until then each of them is a finding.

// maxForeign is how many beginnings there can be. They are compared one by one.
const maxForeign = 50

// outcomeForeign is a genuine notification about an order of another shop.
const outcomeForeign paystate.Outcome = "foreign"

func (p *plugin) bindForeignOrders() {
	p.app.OnRecordCreate(collections.ForeignOrders).BindFunc(checkForeign)
	p.app.OnRecordCreateExecute(collections.ForeignOrders).BindFunc(func(e *core.RecordEvent) error {
		app := e.App
		defer func() { e.App = app }()
		return app.RunInTransaction(func(txApp core.App) error {
			e.App = txApp
			if err := e.Next(); err != nil {
				return err
			}
			return closeForeign(txApp, e.Record)
		})
	})
}

// checkForeign refuses a beginning that could be one of ours, be it of an order
// that a restored backup has forgotten.
func checkForeign(e *core.RecordEvent) error {
	prefix := e.Record.GetString("prefix")
	if strings.HasPrefix(orderPrefix, prefix) || strings.HasPrefix(prefix, orderPrefix) {
		return collections.Invalid("validation_own_orders", "prefix", collections.Text{
			ID: "Order situs ini sendiri berawalan “" + orderPrefix + "”. Tulis awalan milik toko lain.",
			EN: "The orders of this site begin with “" + orderPrefix + "”. Write how those of the other shop begin.",
		})
	}
	n, err := e.App.CountRecords(collections.ForeignOrders)
	if err != nil {
		return fmt.Errorf("payments: count foreign orders: %w", err)
	}
	if n >= maxForeign {
		return collections.Invalid("validation_too_many", "prefix", collections.Text{
			ID: fmt.Sprintf("Paling banyak %d awalan. Hapus yang tidak dipakai lagi.", maxForeign),
			EN: fmt.Sprintf("At most %d beginnings. Delete those that are not in use any more.", maxForeign),
		})
	}
	return e.Next()
}

// isForeign reports whether a statement about an order that is not in our books is
// about another shop's. Of money that somebody has used here everything is heard.
func isForeign(app core.App, orderID, txn string) (bool, error) {
	rows := []*core.Record{}
	if err := app.RecordQuery(collections.ForeignOrders).Limit(maxForeign).All(&rows); err != nil {
		return false, fmt.Errorf("payments: find foreign orders: %w", err)
	}
	for _, row := range rows {
		if !strings.HasPrefix(orderID, row.GetString("prefix")) {
			continue
		}
		m, err := moneyOf(app, txn)
		return err == nil && m.Paid == 0, err
	}
	return false, nil
}

// closeForeign closes the findings about orders of the other shop.
func closeForeign(txApp core.App, row *core.Record) error {
	open := []*exception{}
	err := txApp.RecordQuery(collections.MoneyExceptions).AndWhere(dbx.HashExp{
		"kind": string(paystate.OrphanMoney), collections.ColumnState: collections.ExceptionOpen,
	}).All(&open)
	if err != nil {
		return fmt.Errorf("payments: find findings about foreign orders: %w", err)
	}
	by := collections.ActorOf(row)
	for _, x := range open {
		if !strings.HasPrefix(x.orderID(), row.GetString("prefix")) {
			continue
		}
		m, err := moneyOf(txApp, x.txnID())
		if err != nil {
			return err
		}
		if m.Paid > 0 { // it came to us after all
			continue
		}
		collections.SetActor(x.Record, by)
		x.Load(map[string]any{
			"state": collections.ExceptionWaived, "reason": "foreign order " + row.GetString("prefix") + "…: " + row.GetString("reason"),
			"decided_by": by.ID, "decided_at": collections.DateTime(collections.Now(txApp)),
		})
		if err := txApp.Save(x); err != nil {
			return fmt.Errorf("payments: close exception %s: %w", x.Id, err)
		}
	}
	return nil
}
