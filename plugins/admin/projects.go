package admin

import (
	"fmt"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

func (p *plugin) listProjects(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[collections.ProjectView], error) {
	return rest.List(e, collections.Projects, in, nil,
		func(r *core.Record) collections.ProjectView { return collections.AsProject(r).View() })
}

func (p *plugin) project(e *core.RequestEvent, in *byID) (*collections.ProjectDetail, error) {
	project, err := collections.FindProject(e.App, in.ID)
	if err != nil {
		return nil, err
	}
	return p.detail(e.App, project, collections.RequestActor(e))
}

// detail shows the credentials in every status: the admin fills them in.
func (p *plugin) detail(app core.App, project *collections.Project, by collections.Actor) (*collections.ProjectDetail, error) {
	d, err := project.Detail(app)
	if err != nil {
		return nil, err
	}
	d.Credentials, err = project.AnswerCredentials(app, p.config.Credentials, by)
	return d, err
}

type updateProjectInput struct {
	ID   string `path:"id" maxLength:"50"`
	Body struct {
		Status       *string                  `json:"status,omitempty" enum:"pending_payment,in_progress,review,completed,cancelled"`
		Note         string                   `json:"note,omitempty" maxLength:"2000" doc:"Words for the client; needed to cancel work that has begun"`
		Name         *string                  `json:"name,omitempty" minLength:"1" maxLength:"255"`
		URL          *string                  `json:"url,omitempty" maxLength:"255" doc:"Address of the website (http or https)"`
		Credentials  *collections.Credentials `json:"credentials,omitempty"`
		DueAt        *time.Time               `json:"due_at,omitempty" doc:"Promised delivery"`
		SupportUntil *time.Time               `json:"support_until,omitempty"`
		Version      string                   `json:"version,omitempty" maxLength:"30" doc:"The project's updated as the caller saw it; if somebody changed it since, nothing is saved and data.version says who changed what"`
	}
}

// updateProject changes what is given and then moves the project on.
func (p *plugin) updateProject(e *core.RequestEvent, in *updateProjectInput) (*collections.ProjectDetail, error) {
	var detail *collections.ProjectDetail
	err := e.App.RunInTransaction(func(txApp core.App) error {
		project, err := collections.FindProject(txApp, in.ID)
		if err != nil {
			return err
		}
		if err := checkVersion(txApp, project, in.Body.Version); err != nil {
			return err
		}
		if err := in.apply(project); err != nil {
			return err
		}
		by := collections.RequestActor(e)
		collections.SetActor(project.Record, by)
		if err := txApp.Save(project); err != nil {
			return fmt.Errorf("admin: update project %s: %w", in.ID, err)
		}
		detail, err = p.detail(txApp, project, by)
		return err
	})
	return detail, err
}

func (in *updateProjectInput) apply(project *collections.Project) error {
	body := in.Body
	if body.URL != nil && *body.URL != "" && !collections.WebURL(*body.URL) {
		return collections.Invalid("validation_invalid_url", "url", collections.Text{
			ID: "Alamat website harus diawali http:// atau https://.", EN: "The address must start with http:// or https://.",
		})
	}
	if body.Credentials != nil {
		if err := body.Credentials.Validate(); err != nil {
			return err
		}
		project.SetCredentials(body.Credentials)
	}
	for field, value := range map[string]*string{"name": body.Name, "url": body.URL} {
		if value != nil {
			project.Set(field, *value)
		}
	}
	for field, value := range map[string]*time.Time{"due_at": body.DueAt, "support_until": body.SupportUntil} {
		if value != nil {
			project.Set(field, collections.DateTime(*value))
		}
	}
	if body.Status != nil && collections.Status(*body.Status) != project.Status() {
		project.SetStatus(collections.Status(*body.Status))
		project.SetStatusNote(body.Note)
	} else if body.Note != "" {
		return collections.Invalid("note_without_status", "note", collections.Text{
			ID: "Catatan hanya disimpan bersama perubahan status.", EN: "A note is kept together with a change of status only.",
		})
	}
	return nil
}
