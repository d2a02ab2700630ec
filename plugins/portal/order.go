package portal

import (
	"errors"
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

type orderInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"100" doc:"The same key of the same client is the same order, once"`
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"255" doc:"Name of the school, newspaper or company"`
		Type     string `json:"type,omitempty" enum:"sekolah,berita,company" doc:"Takes the first package of this kind; not needed with a tier"`
		Tier     string `json:"tier,omitempty" maxLength:"50" doc:"Id or identifier of a package"`
		Template string `json:"template,omitempty" maxLength:"50" doc:"Id of a design"`
		Brief    string `json:"brief,omitempty" maxLength:"10000" doc:"Wishes in own words"`
	}
}

// ordered is a fresh project with its invoices.
type ordered struct {
	Project  collections.ProjectView   `json:"project"`
	Invoices []collections.InvoiceView `json:"invoices"`
}

// order creates the project; a hook writes its invoices in the same transaction.
// The same order sent again, by its key or within a minute by its words, answers
// with the project that is there.
func (p *plugin) order(e *core.RequestEvent, in *orderInput) (*ordered, error) {
	tier, err := chooseTier(e.App, in.Body.Tier, in.Body.Type)
	if err != nil {
		return nil, err
	}
	c, err := e.App.FindCachedCollectionByNameOrId(collections.Projects)
	if err != nil {
		return nil, fmt.Errorf("portal: order: %w", err)
	}
	record := core.NewRecord(c)
	record.Load(map[string]any{
		"user": e.Auth.Id, "name": in.Body.Name, "type": tier.Type(), "tier": tier.Id,
		"template": in.Body.Template, "brief": in.Body.Brief, "order_key": in.Key,
	})
	collections.SetActor(record, clientOf(e))
	err = e.App.Save(record)
	if errors.Is(err, collections.ErrOrderedAlready) {
		return findOrdered(e.App, collections.AsProject(record))
	}
	if err != nil {
		return nil, fmt.Errorf("portal: order: %w", err)
	}
	return asOrdered(e.App, collections.AsProject(record))
}

// findOrdered returns the project that a refused order repeats.
func findOrdered(app core.App, refused *collections.Project) (*ordered, error) {
	known, err := collections.FindRepeatedOrder(app, refused)
	if err != nil {
		return nil, err
	}
	if known == nil { // another one refused it, and has been taken back since
		return nil, collections.ErrOrderedAlready
	}
	if !known.SameOrder(refused) {
		return nil, collections.Refuse("idempotency_key_used", "", collections.Text{
			ID: "Idempotency-Key ini sudah dipakai untuk pesanan lain.", EN: "This Idempotency-Key belongs to another order.",
		})
	}
	return asOrdered(app, known)
}

func asOrdered(app core.App, project *collections.Project) (*ordered, error) {
	invoices, err := collections.FindInvoices(app, project.Id)
	if err != nil {
		return nil, err
	}
	return &ordered{Project: project.View(), Invoices: collections.InvoiceViews(invoices)}, nil
}

// chooseTier finds the package by name or, without one, the first of the kind.
func chooseTier(app core.App, tier, projectType string) (*collections.PricingTier, error) {
	find, arg, field := collections.FindTier, tier, "tier"
	if tier == "" {
		find, arg, field = collections.FindTierOfType, projectType, "type"
	}
	found, err := find(app, arg)
	if errors.Is(err, collections.ErrNotFound) || (err == nil && projectType != "" && found.Type() != projectType) {
		return nil, collections.NoSuchTier(field)
	}
	return found, err
}
