package main

import (
	"testing"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// mailLink is the token of a link; it fails with a reason that the test's log shows.
func mailLink(s string, err error) string {
	if err != nil {
		panic(err)
	}
	return s
}

// recoveryRoutes are the ways back into an account, and what happened at its door.
func recoveryRoutes() []routeCase {
	const link = "bukan.tautan.asli"
	email := func(a *agency) any { return body("email", a.owner.Email()) }
	badEmails := join(broken(), []badInput{
		{name: "no address", body: body("email", "bukan"), status: 400, fields: []string{"email"}},
		{name: "number as address", body: body("email", 1), status: 400, fields: []string{"email"}},
	})
	var signIn string
	return []routeCase{
		{route: "POST /api/auth/password-reset", want: empty(everyone), body: email, bad: badEmails},
		{route: "POST /api/auth/verification", want: empty(everyone), body: email, bad: badEmails},
		{
			route: "POST /api/auth/password-reset/confirm", want: empty(everyone),
			body: func(a *agency) any {
				return body("token", mailLink(a.owner.NewPasswordResetToken()), "password", "kata-sandi-baru")
			},
			bad: join(broken(), []badInput{
				{name: "forged", body: body("token", link, "password", "kata-sandi-baru"), status: 400, fields: []string{"token"}},
				{name: "short password", body: body("token", link, "password", "a"), status: 400, fields: []string{"password"}},
			}),
		},
		{
			route: "POST /api/auth/verification/confirm", want: empty(everyone),
			body: func(a *agency) any { return body("token", mailLink(a.owner.NewVerificationToken())) },
			bad:  join(broken(), []badInput{{name: "forged", body: body("token", link), status: 400, fields: []string{"token"}}}),
		},
		{
			route: "POST /api/auth/email-change/confirm", want: empty(everyone),
			body: func(a *agency) any {
				return body("token", mailLink(a.owner.NewEmailChangeToken("pindah@contoh.test")), "password", plugintest.Password)
			},
			bad: join(broken(), []badInput{{name: "forged", body: body("token", link, "password", "x"), status: 400, fields: []string{"token"}}}),
		},
		{
			route: "POST /api/account/email", want: empty(clients), body: fixed(body("email", "pindah@contoh.test")), bad: badEmails,
		},
		{
			route: "POST /api/account/password", want: clients,
			body: fixed(body("old_password", plugintest.Password, "password", "kata-sandi-baru")),
			bad: join(broken(), []badInput{
				{name: "short", body: body("old_password", plugintest.Password, "password", "a"), status: 400, fields: []string{"password"}},
				{name: "wrong", body: body("old_password", "salah", "password", "kata-sandi-baru"), status: 400, fields: []string{"old_password"}, traced: true},
			}),
		},
		{route: "GET /api/account/sign-ins", want: clients, bad: lists("/api/account/sign-ins")},
		{
			route: "POST /api/account/sign-ins/{id}/deny", path: func(*agency) string { return "/api/account/sign-ins/" + signIn + "/deny" },
			ready: func(t *testing.T, a *agency) {
				a.Do(t, "POST", "/api/auth/login", "", body("email", a.owner.Email(), "password", plugintest.Password)).Want(200)
				rows, err := a.FindRecordsByFilter(collections.AuditLogs, "action = 'login'", "-created", 1, 0)
				if err != nil || len(rows) != 1 {
					t.Fatal(len(rows), err)
				}
				signIn = rows[0].Id
			},
			want: empty(onlyOwner), bad: noSuch("/api/account/sign-ins/%s/deny", nil),
		},
	}
}
