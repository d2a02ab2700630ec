package portal

import (
	"errors"
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

type orderInput struct {
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
		"template": in.Body.Template, "brief": in.Body.Brief,
	})
	collections.SetActor(record, clientOf(e))
	if err := e.App.Save(record); err != nil {
		return nil, fmt.Errorf("portal: order: %w", err)
	}
	invoices, err := collections.FindInvoices(e.App, record.Id)
	if err != nil {
		return nil, err
	}
	return &ordered{Project: collections.AsProject(record).View(), Invoices: collections.InvoiceViews(invoices)}, nil
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
