package admin

import (
	"jasaweb/plugins/internal/rest"
)

func (p *plugin) routes() []rest.Route {
	return []rest.Route{
		rest.Get("/api/admin/users", rest.Admin, "All users", p.listUsers),
		rest.Post("/api/admin/users", rest.Admin, "Create a client or an admin", p.createUser, rest.Status(201)),
		rest.Put("/api/admin/users/{id}", rest.Admin, "Change a user", p.updateUser),
		rest.Delete("/api/admin/users/{id}", rest.Admin, "Delete a user without projects", p.deleteUser, rest.Status(204)),
		rest.Post("/api/admin/users/{id}/sign-out", rest.Admin, "End every session of a user", p.signOutUser),
		rest.Get("/api/admin/projects", rest.Admin, "All projects", p.listProjects),
		rest.Get("/api/admin/projects/{id}", rest.Admin, "A project with invoices, timeline and credentials", p.project),
		rest.Put("/api/admin/projects/{id}", rest.Admin, "Move a project on", p.updateProject),
	}
}
