package notifications

import (
	"net/http"

	"jasaweb/plugins/internal/rest"
)

func (p *plugin) routes() []rest.Route {
	return []rest.Route{
		rest.Get("/api/notifications", rest.Client, "What I was told, newest first, and how much of it is unread", p.list),
		rest.Post("/api/notifications/read", rest.Client, "Mark notifications as read", p.read),
		rest.Get("/api/notifications/preferences", rest.Client, "Which notifications I get by mail", p.preferences),
		rest.Put("/api/notifications/preferences", rest.Client, "Choose which notifications I get by mail", p.setPreferences),
		rest.Raw(http.MethodGet, unsubscribePath, rest.Public, "The page behind the link to stop a kind of mail", p.askUnsubscribe,
			rest.Answers[string]("text/html"), rest.Query("token", "Of the link in the mail"), rest.Errors(http.StatusNotFound)),
		rest.Raw(http.MethodPost, unsubscribePath, rest.Public, "Stop the kind of mail that the link is about (RFC 8058)", p.unsubscribe,
			rest.Answers[string]("text/html"), rest.Query("token", "Of the link in the mail"), rest.Errors(http.StatusNotFound)),
	}
}
