package api

import (
	"path/filepath"
	"time"

	"jasaweb/collections/links"
	"jasaweb/collections/secret"
)

// notificationRoutes are a user's own inbox, and the link in mails that stops
// them (its working is tested with the plugin).
func notificationRoutes() []routeCase {
	return []routeCase{
		{route: "GET /api/notifications", want: clients, bad: lists("/api/notifications")},
		{
			route: "POST /api/notifications/read", body: fixed(body("all", true)), want: clients,
			bad: join(broken(), []badInput{
				{name: "nothing named", body: body(), status: 400, fields: []string{"ids"}},
				{name: "some and all", body: body("ids", []any{badID}, "all", true), status: 400, fields: []string{"ids"}},
				{name: "text as list", body: body("ids", "x"), status: 400, fields: []string{"ids"}},
				{name: "text as bool", body: body("all", "ya"), status: 400, fields: []string{"all"}},
			}),
		},
		{route: "GET /api/notifications/preferences", want: clients},
		{
			route: "PUT /api/notifications/preferences", body: fixed(body("mail_off", []any{"reminder"})), want: clients,
			bad: join(broken(), []badInput{
				{name: "money", body: body("mail_off", []any{"payment"}), status: 400, fields: []string{"mail_off"}},
				{name: "unknown kind", body: body("mail_off", []any{"x' OR 1=1--"}), status: 400, fields: []string{"mail_off"}},
				{name: "text as list", body: body("mail_off", "reminder"), status: 400, fields: []string{"mail_off"}},
			}),
		},
		{route: "GET /api/notifications/unsubscribe", path: unsubscribeLink, want: everyone, bad: badLinks()},
		{route: "POST /api/notifications/unsubscribe", path: unsubscribeLink, want: everyone, bad: badLinks()},
	}
}

const unsubscribePath = "/api/notifications/unsubscribe?token="

// unsubscribeLink is the link in a mail to the owner.
func unsubscribeLink(a *agency) string {
	signer := links.NewSigner(secret.Key("", func() string { return filepath.Join(a.DataDir(), "links.key") }))
	token, err := signer.Sign(links.Link{Purpose: links.Unsubscribe, ID: a.Owner.Id + "/reminder", Expires: time.Now().Add(time.Hour)}, time.Now())
	if err != nil {
		panic(err) // the key can not be read
	}
	return unsubscribePath + token
}

func badLinks() []badInput {
	return []badInput{
		{name: "no token", path: unsubscribePath, status: 404},
		{name: "no such token", path: unsubscribePath + "x.y.z", status: 404},
		{name: "SQL as token", path: unsubscribePath + sqlID, status: 404},
	}
}
