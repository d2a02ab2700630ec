package api

import (
	"testing"

	"github.com/pocketbase/dbx"

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
	email := func(a *agency) any { return body("email", a.Owner.Email()) }
	badEmails := join(broken(), []badInput{
		{name: "no address", body: body("email", "bukan"), status: 400, fields: []string{"email"}},
		{name: "number as address", body: body("email", 1), status: 400, fields: []string{"email"}},
	})
	var signIn, session string
	return []routeCase{
		{route: "POST /api/auth/password-reset", want: empty(everyone), body: email, bad: badEmails},
		{route: "POST /api/auth/verification", want: empty(everyone), body: email, bad: badEmails},
		{
			route: "POST /api/auth/password-reset/confirm", want: empty(everyone),
			body: func(a *agency) any {
				return body("token", mailLink(a.Owner.NewPasswordResetToken()), "password", "kata-sandi-baru")
			},
			bad: join(broken(), []badInput{
				{name: "forged", body: body("token", link, "password", "kata-sandi-baru"), status: 400, fields: []string{"token"}},
				{name: "short password", body: body("token", link, "password", "a"), status: 400, fields: []string{"password"}},
			}),
		},
		{
			route: "POST /api/auth/verification/confirm", want: empty(everyone),
			body: func(a *agency) any { return body("token", mailLink(a.Owner.NewVerificationToken())) },
			bad:  join(broken(), []badInput{{name: "forged", body: body("token", link), status: 400, fields: []string{"token"}}}),
		},
		{
			route: "POST /api/auth/email-change/confirm", want: empty(everyone),
			body: func(a *agency) any {
				return body("token", mailLink(a.Owner.NewEmailChangeToken("pindah@contoh.test")), "password", plugintest.Password)
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
		{route: "GET /api/account/sessions", want: clients, bad: lists("/api/account/sessions")},
		{
			route: "POST /api/account/sessions/{id}/end", path: func(*agency) string { return "/api/account/sessions/" + session + "/end" },
			ready: func(t *testing.T, a *agency) {
				a.Do(t, "POST", "/api/auth/login", "", body("email", a.Owner.Email(), "password", plugintest.Password)).Want(200)
				rows, err := a.FindRecordsByFilter(collections.Sessions, "record = {:owner}", "-began", 1, 0, dbx.Params{"owner": a.Owner.Id})
				if err != nil || len(rows) != 1 {
					t.Fatal(len(rows), err)
				}
				session = rows[0].Id
			},
			want: empty(onlyOwner), bad: noSuch("/api/account/sessions/%s/end", nil),
		},
		{
			route: "POST /api/account/sign-ins/{id}/deny", path: func(*agency) string { return "/api/account/sign-ins/" + signIn + "/deny" },
			ready: func(t *testing.T, a *agency) {
				a.Do(t, "POST", "/api/auth/login", "", body("email", a.Owner.Email(), "password", plugintest.Password)).Want(200)
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

// profileRoutes are what one does with one's own account.
func profileRoutes() []routeCase {
	noOrder := func(t *testing.T, a *agency) {
		a.Do(t, "POST", "/api/projects/"+a.Project.Id+"/cancel", a.Owner.Token, nil).Want(200)
	}
	return []routeCase{
		{route: "GET /api/account", want: clients},
		{
			route: "PUT /api/account", want: clients, body: fixed(body("name", "Nama Baru", "phone", "0812 3456 7890")),
			bad: join(broken(), []badInput{
				{name: "no name", body: body("name", ""), status: 400, fields: []string{"name"}},
				{name: "letters as phone", body: body("phone", "abc"), status: 400, fields: []string{"phone"}},
				{name: "own role", body: body("role", "admin"), status: 400, fields: []string{"role"}},
			}),
		},
		{
			route: "PUT /api/account/avatar", want: clients,
			body: func(*agency) any {
				return plugintest.Form{ContentType: "multipart/form-data; boundary=x", Content: "--x\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a.png\"\r\n\r\n" +
					"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\r\n--x--\r\n"}
			},
			bad: []badInput{
				{name: "JSON", body: body("avatar", "x"), status: 400, fields: []string{"avatar"}},
				{name: "no file", body: plugintest.Form{ContentType: "multipart/form-data; boundary=x", Content: "--x--\r\n"}, status: 400, fields: []string{"avatar"}},
			},
		},
		{route: "DELETE /api/account/avatar", want: empty(clients)},
		{route: "GET /api/account/export", want: clients, traced: true},
		{
			route: "POST /api/account/close", want: empty(clients), body: fixed(body("password", plugintest.Password)), ready: noOrder,
			bad: join(broken(), []badInput{
				{name: "wrong", body: body("password", "salah"), status: 400, fields: []string{"password"}, traced: true},
				{name: "none", body: body(), status: 400, fields: []string{"password"}},
			}),
		},
	}
}

// providerRoutes lead to accounts elsewhere; none is configured here, so every
// way ends early.
func providerRoutes() []routeCase {
	back := [5]int{303, 303, 303, 303, 303}
	return []routeCase{
		{route: "GET /api/auth/providers", want: everyone},
		{route: "GET /api/auth/oauth2/{provider}", path: at("/api/auth/oauth2/google"), want: [5]int{404, 404, 404, 404, 404}},
		{route: "GET /api/auth/oauth2-callback", want: back},
	}
}
