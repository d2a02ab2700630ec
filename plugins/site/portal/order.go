package portal

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/pocketbase/pocketbase/tools/security"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// tier is a package on sale.
type tier struct {
	ID             string   `json:"id"`
	Identifier     string   `json:"identifier"`
	Name           string   `json:"name"`
	Type           string   `json:"type"`
	Description    string   `json:"description"`
	Features       []string `json:"features"`
	Price          int64    `json:"price"`
	PPN            int64    `json:"ppn"`
	Total          int64    `json:"total"`
	DepositPercent int64    `json:"deposit_percent"`
	Deposit        int64    `json:"deposit"`
}

// design is a template to choose.
type design struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Category string `json:"category"`
}

// agency is who takes the money.
type agency struct {
	Name         string `json:"name"`
	Address      string `json:"address"`
	NPWP         string `json:"npwp"`
	Email        string `json:"email"`
	Phone        string `json:"phone"`
	SupportHours string `json:"support_hours"`
	PKP          bool   `json:"pkp"`
	TaxRate      int64  `json:"tax_rate"`
	BankName     string `json:"bank_name"`
	BankAccount  string `json:"bank_account"`
	BankHolder   string `json:"bank_holder"`
}

// orderPage is the one screen between signing up and paying.
type orderPage struct {
	Problems view.Problems
	Key      string // names this form, so that it orders once
	Name     view.Field
	Tier     view.Select
	Design   view.Select
	Brief    view.Textarea
	Tax      string // PPN in percent of the price; "": prices are without
	Closed   bool   // nothing is on sale
}

// choice is what the visitor chose so far: in the address on the way here from
// the public pages, in the form afterwards.
type choice struct{ Name, Type, Tier, Template, Brief, Key string }

// orderKey names the order: the same words in the same form are sent once, however
// often the page is; other words in it, after going back, are another order.
func (c choice) orderKey() string {
	if c.Key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{c.Key, c.Name, c.Tier, c.Template, c.Brief}, "\x00")))
	return hex.EncodeToString(sum[:])
}

func chosen(values url.Values) choice {
	get := func(names ...string) string {
		for _, name := range names {
			if v := strings.TrimSpace(values.Get(name)); v != "" {
				return v
			}
		}
		return ""
	}
	return choice{Name: get("name", "nama"), Type: get("type", "jenis"), Tier: get("tier", "paket"), Template: get("template"), Brief: get("brief"), Key: get("key")}
}

func (p *plugin) orderForm(r *view.Request) (*view.Page, error) {
	return p.showOrder(r, chosen(r.Request.URL.Query()), nil)
}

func (p *plugin) showOrder(r *view.Request, c choice, refused *call.Error) (*view.Page, error) {
	v := p.visitor(r)
	tiers, err := call.Get[list[tier]](v, "/api/pricing?perPage=50")
	if err != nil {
		return nil, err
	}
	designs, err := call.Get[list[design]](v, "/api/templates?perPage=100")
	if err != nil {
		return nil, err
	}
	us, err := call.Get[agency](v, "/api/agency")
	if err != nil {
		return nil, err
	}
	data := orderPage{
		Name:   view.NewField("name", r.T("portal.order.name")).Help(r.T("portal.order.name.hint")).Limit(255).Complete("organization").Required(),
		Tier:   view.NewRadios("tier", r.T("portal.order.tier"), tierChoices(r, tiers.Items)...).Required(),
		Design: view.NewSelect("template", r.T("portal.order.design"), designChoices(r, designs.Items)...).Help(r.T("portal.order.design.hint")),
		Brief:  view.NewTextarea("brief", r.T("portal.order.brief")).Help(r.T("portal.order.brief.hint")).Limit(10_000),
		Key:    cmp.Or(c.Key, security.RandomString(20)),
		Closed: len(tiers.Items) == 0,
	}
	if us.PKP {
		data.Tax = idr.Effective(us.TaxRate, r.Lang)
	}
	data.Name, data.Design, data.Brief = data.Name.With(c.Name), data.Design.With(c.Template), data.Brief.With(c.Brief)
	data.Tier = data.Tier.With(suggested(tiers.Items, c, designs.Items))
	if refused != nil {
		data.Name = data.Name.Wrong(refused.Field("name"))
		missing := ""
		if c.Tier == "" {
			missing = r.T("portal.order.tier.missing") // the API speaks of one thing at a time
		}
		data.Tier = data.Tier.Wrong(cmp.Or(missing, refused.Field("tier"), refused.Field("type")))
		data.Design = data.Design.Wrong(refused.Field("template"))
		data.Brief = data.Brief.Wrong(refused.Field("brief"))
		data.Problems = view.NewProblems(general(refused, "name", "tier", "type", "template", "brief"), data.Name, data.Tier, data.Design, data.Brief)
	}
	answer := page("portal-order", r.T("portal.order.title"), data)
	if refused != nil {
		answer.Status = refused.Status
	}
	return answer, nil
}

// suggested is the package that fits what the visitor chose before: the package
// itself, or the first one of the kind.
func suggested(tiers []tier, c choice, designs []design) string {
	for _, d := range designs {
		if d.ID == c.Template && c.Type == "" {
			c.Type = d.Category
		}
	}
	for _, t := range tiers {
		if c.Tier == t.ID || c.Tier == t.Identifier {
			return t.ID
		}
	}
	for _, t := range tiers {
		if c.Type == t.Type {
			return t.ID
		}
	}
	return ""
}

func tierChoices(r *view.Request, tiers []tier) []view.Choice {
	choices := []view.Choice{}
	for _, t := range tiers {
		price := r.Money(t.Price)
		if t.PPN > 0 {
			price = r.T("portal.order.price.taxed", price, r.Money(t.PPN), r.Money(t.Total))
		}
		hint := r.T("portal.order.price.full", price)
		if t.DepositPercent < 100 {
			hint = r.T("portal.order.price.deposit", price, t.DepositPercent, r.Money(t.Deposit))
		}
		choices = append(choices, view.Choice{Value: t.ID, Label: t.Name, Hint: hint})
	}
	return choices
}

func designChoices(r *view.Request, designs []design) []view.Choice {
	choices := []view.Choice{{Value: "", Label: r.T("portal.order.design.none")}}
	for _, kind := range collections.ProjectTypes {
		for _, d := range designs {
			if d.Category == kind {
				choices = append(choices, view.Choice{Value: d.ID, Label: r.T("type."+kind) + ": " + d.Name})
			}
		}
	}
	return choices
}

// ordered is a fresh project with its invoices.
type ordered struct {
	Project  projectView   `json:"project"`
	Invoices []invoiceView `json:"invoices"`
}

// order places the order and goes straight to its first payment.
func (p *plugin) order(r *view.Request) (*view.Page, error) {
	if err := r.Request.ParseForm(); err != nil {
		return nil, r.BadRequestError("", err)
	}
	c := chosen(r.Request.PostForm)
	body := map[string]string{"name": c.Name, "tier": c.Tier}
	for field, value := range map[string]string{"template": c.Template, "brief": c.Brief} {
		if value != "" {
			body[field] = value
		}
	}
	if c.Tier == "" {
		delete(body, "tier") // the API then says that a package is missing
	}
	done, err := call.Post[ordered](p.visitor(r).With("Idempotency-Key", c.orderKey()), "/api/projects", body)
	if refused, ok := refusal(err); ok {
		return p.showOrder(r, c, refused)
	}
	if err != nil {
		return nil, err
	}
	for _, i := range done.Invoices {
		if i.Status == collections.Unpaid && i.DueAt != "" {
			return nil, r.SeeOther("/portal/tagihan/" + i.ID + "/bayar")
		}
	}
	return nil, r.SeeOther("/portal/web/" + done.Project.ID)
}
