package portal

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// tierView is a package as visitors see it.
type tierView struct {
	ID             string   `json:"id"`
	Identifier     string   `json:"identifier"`
	Name           string   `json:"name"`
	Type           string   `json:"type" enum:"sekolah,berita,company"`
	NameEN         string   `json:"name_en" doc:"Empty: not translated"`
	Description    string   `json:"description"`
	DescriptionEN  string   `json:"description_en"`
	Features       []string `json:"features"`
	FeaturesEN     []string `json:"features_en"`
	Price          int64    `json:"price" doc:"Rupiah, before PPN"`
	RenewalPrice   int64    `json:"renewal_price" doc:"Rupiah for a year from the second year on; 0: not told"`
	PPN            int64    `json:"ppn" doc:"Rupiah on top of the price; 0 when the agency charges none"`
	Total          int64    `json:"total" doc:"Rupiah, price and PPN: what the invoices of an order add up to"`
	DepositPercent int64    `json:"deposit_percent"`
	Deposit        int64    `json:"deposit" doc:"Rupiah with PPN that work waits for"`
	IsPopular      bool     `json:"is_popular"`
	SortOrder      int      `json:"sort_order"`
}

func (p *plugin) listPricing(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[tierView], error) {
	if in.Sort == "" {
		in.Sort = "sort_order"
	}
	agency, err := collections.FindAgency(e.App)
	if err != nil {
		return nil, err
	}
	return rest.List(e, collections.PricingTiers, in, dbx.HashExp{"is_active": true}, func(r *core.Record) tierView {
		t := collections.AsPricingTier(r)
		terms := agency.Terms(t)
		return tierView{
			ID: t.Id, Identifier: t.Identifier(), Name: t.Name(), Type: t.Type(), Description: t.GetString("description"),
			NameEN: t.GetString("name_en"), DescriptionEN: t.GetString("description_en"),
			Features: t.Features(), FeaturesEN: t.FeaturesEN(), Price: t.Price(), RenewalPrice: t.GetInt64("renewal_price"), DepositPercent: t.DepositPercent(),
			PPN: terms.PPN, Total: terms.Total, Deposit: terms.Deposit(), IsPopular: t.GetBool("is_popular"), SortOrder: t.GetInt("sort_order"),
		}
	})
}

// templateView is a design as visitors see it.
type templateView struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	Category      string `json:"category" enum:"sekolah,berita,company"`
	Description   string `json:"description"`
	DescriptionEN string `json:"description_en" doc:"Empty: not translated"`
	ImageURL      string `json:"image_url" doc:"Path on this host; empty without an image"`
	DemoURL       string `json:"demo_url"`
	SortOrder     int    `json:"sort_order"`
}

func (p *plugin) listTemplates(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[templateView], error) {
	if in.Sort == "" {
		in.Sort = "sort_order"
	}
	return rest.List(e, collections.Templates, in, dbx.HashExp{"is_archived": false}, func(r *core.Record) templateView {
		v := templateView{
			ID: r.Id, Name: r.GetString("name"), Category: r.GetString("category"),
			Description: r.GetString("description"), DescriptionEN: r.GetString("description_en"),
			DemoURL: r.GetString("demo_url"), SortOrder: r.GetInt("sort_order"),
		}
		if image := r.GetString("image"); image != "" {
			v.ImageURL = "/api/files/" + r.BaseFilesPath() + "/" + image
		}
		return v
	})
}

// agencyView is what the agency says about itself.
type agencyView struct {
	Name         string `json:"name"`
	Address      string `json:"address"`
	NPWP         string `json:"npwp"`
	Email        string `json:"email"`
	Phone        string `json:"phone"`
	SupportHours string `json:"support_hours"`
	PKP          bool   `json:"pkp" doc:"Prices are before PPN"`
	TaxRate      int64  `json:"tax_rate" doc:"PPN in percent of the tax base, with pkp"`
	BankName     string `json:"bank_name" doc:"Empty: the agency takes no bank transfers"`
	BankAccount  string `json:"bank_account"`
	BankHolder   string `json:"bank_holder"`
}

func (p *plugin) agency(e *core.RequestEvent, _ *rest.None) (*agencyView, error) {
	a, err := collections.FindAgency(e.App)
	if err != nil {
		return nil, err
	}
	return &agencyView{
		Name: a.Name(), Address: a.GetString("address"), NPWP: a.GetString("npwp"), Email: a.GetString("email"), Phone: a.GetString("phone"),
		SupportHours: a.GetString("support_hours"),
		PKP:          a.PKP(), TaxRate: a.TaxRate(),
		BankName: a.GetString("bank_name"), BankAccount: a.GetString("bank_account"), BankHolder: a.GetString("bank_holder"),
	}, nil
}
