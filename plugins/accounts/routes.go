package accounts

import (
	"jasaweb/plugins/internal/rest"
)

func (p *plugin) routes() []rest.Route {
	return []rest.Route{
		rest.Post("/api/auth/register", rest.Public, "Open a client account", p.register, rest.Status(201)),
		rest.Post("/api/auth/login", rest.Public, "Sign in with e-mail and password", p.login),
		rest.Post("/api/auth/logout", rest.Client, "Sign out, here or everywhere", p.logout, rest.Status(204)),
		rest.Get("/api/auth/me", rest.Client, "Who is signed in", p.me),
	}
}
