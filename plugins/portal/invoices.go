package portal

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

func (p *plugin) listInvoices(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[collections.InvoiceView], error) {
	return rest.List(e, collections.Invoices, in, dbx.HashExp{"user": e.Auth.Id},
		func(r *core.Record) collections.InvoiceView { return collections.AsInvoice(r).View() })
}

func (p *plugin) invoice(e *core.RequestEvent, in *byID) (*collections.InvoiceView, error) {
	i, err := collections.FindOwnInvoice(e.App, in.ID, e.Auth.Id)
	if err != nil {
		return nil, err
	}
	view := i.View()
	return &view, nil
}
