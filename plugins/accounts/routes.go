package accounts

import (
	"net/http"

	"jasaweb/plugins/internal/rest"
)

func (p *plugin) routes() []rest.Route {
	return []rest.Route{
		rest.Post("/api/auth/register", rest.Public, "Open a client account", p.register, rest.Status(201)),
		rest.Post("/api/auth/login", rest.Public, "Sign in with e-mail and password", p.login),
		rest.Post("/api/auth/logout", rest.Client, "Sign out, here or everywhere", p.logout, rest.Status(204)),
		rest.Get("/api/auth/me", rest.Client, "Who is signed in", p.me),
		rest.Post("/api/auth/password-reset", rest.Public, "Mail a link to choose a new password", p.requestPasswordReset),
		rest.Post("/api/auth/password-reset/confirm", rest.Public, "Choose a new password by the link of the mail", p.confirmPasswordReset),
		rest.Post("/api/auth/verification", rest.Public, "Mail the link that verifies the address again", p.requestVerification),
		rest.Post("/api/auth/verification/confirm", rest.Public, "Verify the address by the link of the mail", p.confirmVerification),
		rest.Post("/api/auth/email-change/confirm", rest.Public, "Take the new address by the link of the mail", p.confirmEmailChange),
		rest.Get("/api/auth/providers", rest.Public, "Accounts elsewhere that one can sign in with", p.listProviders),
		rest.Raw(http.MethodGet, startPath, rest.Public, "Go to a provider to sign in", p.startOAuth2, rest.Status(http.StatusSeeOther),
			rest.Query("next", "The page to come back to")),
		rest.Raw(http.MethodGet, callbackPath, rest.Public, "Come back from a provider", p.finishOAuth2, rest.Status(http.StatusSeeOther),
			rest.Query("code", "From the provider"), rest.Query("state", "From the provider"), rest.Query("error", "From the provider")),
		rest.Get("/api/account", rest.Client, "My account", p.showAccount),
		rest.Put("/api/account", rest.Client, "Change my name, telephone, language or mails", p.changeProfile),
		rest.Raw(http.MethodPut, "/api/account/avatar", rest.Client, "Change my picture", p.changeAvatar,
			rest.MaxBody(maxAvatar), rest.Reads[avatarForm]("multipart/form-data"), rest.Answers[account]("application/json")),
		rest.Delete("/api/account/avatar", rest.Client, "Remove my picture", p.removeAvatar),
		rest.Get("/api/account/export", rest.Client, "Everything that is kept about me", p.export),
		rest.Post("/api/account/close", rest.Client, "Close my account for good", p.closeAccount, rest.Errors(409)),
		rest.Post("/api/account/email", rest.Client, "Mail a link to a new address", p.requestEmailChange),
		rest.Post("/api/account/password", rest.Client, "Change my password", p.changePassword),
		rest.Get("/api/account/sessions", rest.Client, "Where I am signed in", p.listSessions),
		rest.Post("/api/account/sessions/{id}/end", rest.Client, "End one of my sessions", p.endSession),
		rest.Get("/api/account/sign-ins", rest.Client, "Who signed in to my account", p.listSignIns),
		rest.Post("/api/account/sign-ins/{id}/deny", rest.Client, "That was not me: end every session", p.denySignIn),
	}
}
