package collections

import (
	"github.com/pocketbase/pocketbase/core"
)

// The JSON shapes of records that more than one plugin answers with. Times are
// UTC in PocketBase's text form ("2026-11-22 10:00:00.000Z"), empty when unset;
// amounts are whole rupiah.

// ProjectView is a project without its credentials.
type ProjectView struct {
	ID           string `json:"id"`
	User         string `json:"user" doc:"The client's id"`
	Name         string `json:"name"`
	Type         string `json:"type" enum:"sekolah,berita,company"`
	Status       string `json:"status" enum:"pending_payment,in_progress,review,completed,cancelled"`
	StatusNote   string `json:"status_note" doc:"Words that came with the last change of status"`
	URL          string `json:"url"`
	Tier         string `json:"tier"`
	Template     string `json:"template"`
	Brief        string `json:"brief"`
	DueAt        string `json:"due_at"`
	SupportUntil string `json:"support_until"`
	Created      string `json:"created"`
	Updated      string `json:"updated"`
}

// View returns the shape for JSON answers.
func (p *Project) View() ProjectView {
	return ProjectView{
		ID: p.Id, User: p.Owner(), Name: p.Name(), Type: p.Type(), Status: string(p.Status()),
		StatusNote: p.StatusNote(), URL: p.URL(), Tier: p.GetString("tier"), Template: p.GetString("template"),
		Brief: p.GetString("brief"), DueAt: p.DueAt().String(), SupportUntil: p.GetDateTime("support_until").String(),
		Created: p.GetDateTime("created").String(), Updated: p.GetDateTime("updated").String(),
	}
}

// ProjectDetail is a project with all that belongs to it.
type ProjectDetail struct {
	ProjectView
	Invoices    []InvoiceView      `json:"invoices"`
	Timeline    []ProjectEventView `json:"timeline" doc:"Oldest first"`
	Credentials *Credentials       `json:"credentials,omitempty"`
	ViewedAt    string             `json:"credentials_viewed_at,omitempty" doc:"When the client last had the credentials shown, UTC"`
}

// Detail collects what belongs to the project; the credentials are left to the
// caller, who knows who is asking.
func (p *Project) Detail(app core.App) (*ProjectDetail, error) {
	invoices, err := FindInvoices(app, p.Id)
	if err != nil {
		return nil, err
	}
	events, err := FindProjectEvents(app, p.Id)
	if err != nil {
		return nil, err
	}
	return &ProjectDetail{ProjectView: p.View(), Invoices: InvoiceViews(invoices), Timeline: ProjectEventViews(events)}, nil
}

// InvoiceView is an invoice.
type InvoiceView struct {
	ID          string `json:"id"`
	Project     string `json:"project"`
	Number      string `json:"number" doc:"As printed, e.g. INV/2026/XI/0001"`
	Amount      int64  `json:"amount" doc:"Rupiah, tax included"`
	DPP         int64  `json:"dpp" doc:"Tax base in rupiah; 0 without PPN"`
	PPN         int64  `json:"ppn" doc:"Tax in rupiah, part of the amount"`
	TaxRate     int64  `json:"tax_rate" doc:"Percent of the tax base"`
	DueAtStart  bool   `json:"due_at_start" doc:"Work waits for this invoice"`
	Status      string `json:"status" enum:"unpaid,paid,cancelled"`
	RefundState string `json:"refund_state" enum:"none,partial,full"`
	DueAt       string `json:"due_at"`
	PaidAt      string `json:"paid_at"`
	Instalment  int    `json:"instalment" doc:"Which part of the price, from 1"`
	Instalments int    `json:"instalments"`
	Created     string `json:"created"`
}

// View returns the shape for JSON answers.
func (i *Invoice) View() InvoiceView {
	return InvoiceView{
		ID: i.Id, Project: i.ProjectID(), Number: i.Number(), Amount: i.Amount(), DPP: i.DPP(), PPN: i.PPN(),
		TaxRate: i.TaxRate(), DueAtStart: i.DueAtStart(), Status: i.Status(), RefundState: i.RefundState(),
		DueAt: i.DueAt().String(), PaidAt: i.PaidAt().String(), Instalment: i.Instalment(),
		Instalments: i.Instalments(), Created: i.GetDateTime("created").String(),
	}
}

// InvoiceViews converts a list; the result is never nil.
func InvoiceViews(list []*Invoice) []InvoiceView {
	views := make([]InvoiceView, len(list))
	for n, i := range list {
		views[n] = i.View()
	}
	return views
}

// ProjectEventView is one line of a timeline.
type ProjectEventView struct {
	ID        string `json:"id"`
	Kind      string `json:"kind" enum:"ordered,status,payment_disputed"`
	From      string `json:"from"`
	To        string `json:"to"`
	ActorKind string `json:"actor_kind" enum:"system,payment,client,admin"`
	Note      string `json:"note"`
	Created   string `json:"created"`
}

// ProjectEventViews converts a list; the result is never nil.
func ProjectEventViews(list []*ProjectEvent) []ProjectEventView {
	views := make([]ProjectEventView, len(list))
	for n, e := range list {
		views[n] = ProjectEventView{
			ID: e.Id, Kind: e.Kind(), From: string(e.From()), To: string(e.To()),
			ActorKind: string(e.ActorKind()), Note: e.Note(), Created: e.Created().String(),
		}
	}
	return views
}

// UserView is a user as admins and the user see it.
type UserView struct {
	ID       string `json:"id"`
	Email    string `json:"email"`
	Name     string `json:"name"`
	Phone    string `json:"phone"`
	Role     string `json:"role" enum:"admin,client"`
	Locale   string `json:"locale" enum:"id,en"`
	Verified bool   `json:"verified"`
	Created  string `json:"created"`
}

// View returns the shape for JSON answers.
func (u *User) View() UserView {
	return UserView{
		ID: u.Id, Email: u.Email(), Name: u.Name(), Phone: u.Phone(), Role: u.Role(), Locale: u.Locale(),
		Verified: u.Verified(), Created: u.GetDateTime("created").String(),
	}
}
