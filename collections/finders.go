package collections

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// FindProject returns the project with id, ErrNotFound if there is none.
func FindProject(app core.App, id string) (*Project, error) {
	record, err := find(app, Projects, dbx.HashExp{"id": id})
	if err != nil {
		return nil, err
	}
	return AsProject(record), nil
}

// FindOwnProject returns the project with id if owner ordered it; a foreign
// one is as missing as none: ErrNotFound.
func FindOwnProject(app core.App, id, owner string) (*Project, error) {
	record, err := find(app, Projects, dbx.HashExp{"id": id, "user": owner})
	if err != nil {
		return nil, err
	}
	return AsProject(record), nil
}

// FindInvoice returns the invoice with id, ErrNotFound if there is none.
func FindInvoice(app core.App, id string) (*Invoice, error) {
	record, err := find(app, Invoices, dbx.HashExp{"id": id})
	if err != nil {
		return nil, err
	}
	return AsInvoice(record), nil
}

// FindOwnInvoice returns the invoice with id if owner owes it, else ErrNotFound.
func FindOwnInvoice(app core.App, id, owner string) (*Invoice, error) {
	record, err := find(app, Invoices, dbx.HashExp{"id": id, "user": owner})
	if err != nil {
		return nil, err
	}
	return AsInvoice(record), nil
}

// FindInvoices returns the project's invoices, in the order of the instalments.
func FindInvoices(app core.App, projectID string) ([]*Invoice, error) {
	list := []*Invoice{}
	err := app.RecordQuery(Invoices).AndWhere(dbx.HashExp{"project": projectID}).
		OrderBy("instalment ASC", "id ASC").All(&list)
	if err != nil {
		return nil, fmt.Errorf("collections: find invoices of project %s: %w", projectID, err)
	}
	return list, nil
}

// FindProjectEvents returns the project's timeline, oldest first.
func FindProjectEvents(app core.App, projectID string) ([]*ProjectEvent, error) {
	list := []*ProjectEvent{}
	err := app.RecordQuery(ProjectEvents).AndWhere(dbx.HashExp{"project": projectID}).
		OrderBy("created ASC", "id ASC").All(&list)
	if err != nil {
		return nil, fmt.Errorf("collections: find events of project %s: %w", projectID, err)
	}
	return list, nil
}

// FindUser returns the user with id, ErrNotFound if there is none.
func FindUser(app core.App, id string) (*User, error) {
	record, err := find(app, Users, dbx.HashExp{"id": id})
	if err != nil {
		return nil, err
	}
	return AsUser(record), nil
}

// FindAttemptByOrder returns the attempt with the provider's order id.
func FindAttemptByOrder(app core.App, orderID string) (*PaymentAttempt, error) {
	record, err := find(app, PaymentAttempts, dbx.HashExp{"order_id": orderID})
	if err != nil {
		return nil, err
	}
	return AsPaymentAttempt(record), nil
}

// FindAttempt returns the attempt with id.
func FindAttempt(app core.App, id string) (*PaymentAttempt, error) {
	record, err := find(app, PaymentAttempts, dbx.HashExp{"id": id})
	if err != nil {
		return nil, err
	}
	return AsPaymentAttempt(record), nil
}

func find(app core.App, collection string, where dbx.Expression) (*core.Record, error) {
	record := &core.Record{}
	err := app.RecordQuery(collection).AndWhere(where).Limit(1).One(record)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("collections: find in %s: %w", collection, err)
	}
	return record, nil
}

// FindTier returns the active pricing tier with the id or identifier, else
// ErrNotFound.
func FindTier(app core.App, idOrIdentifier string) (*PricingTier, error) {
	record, err := find(app, PricingTiers, dbx.And(
		dbx.HashExp{"is_active": true},
		dbx.Or(dbx.HashExp{"id": idOrIdentifier}, dbx.HashExp{"identifier": idOrIdentifier}),
	))
	if err != nil {
		return nil, err
	}
	return AsPricingTier(record), nil
}

// FindTierOfType returns the first active tier for a kind of website, in the
// order in which the site shows them, else ErrNotFound.
func FindTierOfType(app core.App, projectType string) (*PricingTier, error) {
	tiers := []*PricingTier{}
	err := app.RecordQuery(PricingTiers).AndWhere(dbx.HashExp{"is_active": true, "type": projectType}).
		OrderBy("sort_order ASC", "id ASC").Limit(1).All(&tiers)
	if err != nil {
		return nil, fmt.Errorf("collections: find tier for %s: %w", projectType, err)
	}
	if len(tiers) == 0 {
		return nil, ErrNotFound
	}
	return tiers[0], nil
}

// isDemo reports whether a record belongs to the demo; a missing one does not.
func isDemo(app core.App, collection, id string) (bool, error) {
	if id == "" {
		return false, nil
	}
	n, err := app.CountRecords(collection, dbx.HashExp{"id": id, ColumnDemo: true})
	if err != nil {
		return false, fmt.Errorf("collections: find in %s: %w", collection, err)
	}
	return n > 0, nil
}
