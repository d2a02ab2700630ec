package portal

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

func (p *plugin) listProjects(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[collections.ProjectView], error) {
	return rest.List(e, collections.Projects, in, dbx.HashExp{"user": e.Auth.Id},
		func(r *core.Record) collections.ProjectView { return collections.AsProject(r).View() })
}

type byID struct {
	ID string `path:"id" maxLength:"50"`
}

func (p *plugin) project(e *core.RequestEvent, in *byID) (*collections.ProjectDetail, error) {
	project, err := collections.FindOwnProject(e.App, in.ID, e.Auth.Id)
	if err != nil {
		return nil, err
	}
	return p.detail(e.App, project, clientOf(e))
}

// detail adds what belongs to the project. The login is the client's only once
// the work is accepted and paid: status completed.
func (p *plugin) detail(app core.App, project *collections.Project, by collections.Actor) (*collections.ProjectDetail, error) {
	d, err := project.Detail(app)
	if err != nil {
		return nil, err
	}
	if project.Status() == collections.Completed {
		if d.Credentials, err = project.AnswerCredentials(app, p.config.Credentials, by); err != nil {
			return nil, err
		}
		viewed, err := collections.LastAudit(app, collections.AuditCredentialsViewed, collections.Projects, project.Id)
		if err != nil {
			return nil, err
		}
		d.ViewedAt = viewed.String()
	}
	return d, nil
}

func (p *plugin) approve(e *core.RequestEvent, in *byID) (*collections.ProjectDetail, error) {
	return p.move(e, in.ID, collections.Completed, "")
}

type reviseInput struct {
	ID   string `path:"id" maxLength:"50"`
	Body struct {
		Note string `json:"note" minLength:"1" maxLength:"2000" doc:"What should change"`
	}
}

func (p *plugin) revise(e *core.RequestEvent, in *reviseInput) (*collections.ProjectDetail, error) {
	return p.move(e, in.ID, collections.InProgress, in.Body.Note)
}

func (p *plugin) cancel(e *core.RequestEvent, in *byID) (*collections.ProjectDetail, error) {
	return p.move(e, in.ID, collections.Cancelled, "")
}

// move changes the status of an own project; the hooks decide whether it may.
func (p *plugin) move(e *core.RequestEvent, id string, to collections.Status, note string) (*collections.ProjectDetail, error) {
	var detail *collections.ProjectDetail
	err := e.App.RunInTransaction(func(txApp core.App) error {
		project, err := collections.FindOwnProject(txApp, id, e.Auth.Id)
		if err != nil {
			return err
		}
		if project.Status() == to { // pressed twice: nothing to change, and nothing to praise
			return collections.CheckTransition(project.Status(), to, collections.ByClient, note)
		}
		if to == collections.Cancelled {
			if err := checkNothingPaid(txApp, project); err != nil {
				return err
			}
		}
		project.SetStatus(to)
		project.SetStatusNote(note)
		by := clientOf(e)
		collections.SetActor(project.Record, by)
		if err := txApp.Save(project); err != nil {
			return fmt.Errorf("portal: move project %s to %s: %w", id, to, err)
		}
		detail, err = p.detail(txApp, project, by)
		return err
	})
	return detail, err
}

// checkNothingPaid keeps a client from cancelling what has been paid for, be it
// in part: giving money back is the agency's to do.
func checkNothingPaid(txApp core.App, project *collections.Project) error {
	invoices, err := collections.FindInvoices(txApp, project.Id)
	if err != nil {
		return err
	}
	for _, i := range invoices {
		if i.Status() == collections.Paid {
			return collections.Refuse("invoice_paid", "status", collections.Text{
				ID: "Tagihan " + i.Number() + " sudah dibayar. Hubungi kami untuk membatalkan.",
				EN: "Invoice " + i.Number() + " is paid already. Please contact us to cancel.",
			})
		}
	}
	return nil
}

// clientOf is the actor of these routes: on the client's side even an admin
// acts as the client that ordered.
func clientOf(e *core.RequestEvent) collections.Actor {
	actor := collections.RequestActor(e)
	actor.Kind = collections.ByClient
	return actor
}
