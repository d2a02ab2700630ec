package api

import (
	"strings"
	"testing"

	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

func fixed(v any) func(*agency) any { return func(*agency) any { return v } }

// routeCases is one entry per route, grouped as the plugins are.
func routeCases() []routeCase {
	all := []routeCase{}
	for _, group := range []func() []routeCase{
		accountRoutes,
		recoveryRoutes,
		profileRoutes,
		providerRoutes,
		portalRoutes,
		moveRoutes,
		paymentRoutes,
		documentRoutes,
		notificationRoutes,
		moneyRoutes,
		adminUserRoutes,
		adminProjectRoutes,
		vaultRoutes,
		contentRoutes,
		docRoutes,
		observabilityRoutes,
	} {
		all = append(all, group()...)
	}
	return all
}

func accountRoutes() []routeCase {
	registration := func(pairs ...any) map[string]any {
		m := body("name", "SD Baru", "email", "baru@contoh.test", "password", "rahasia-123")
		for k, v := range body(pairs...) {
			m[k] = v
		}
		return m
	}
	return []routeCase{
		{
			route: "POST /api/auth/register", body: fixed(registration()), want: created(everyone),
			bad: join(broken(), []badInput{
				{name: "no e-mail", body: registration("email", "bukan"), status: 400, fields: []string{"email"}},
				{name: "short password", body: registration("password", "123"), status: 400, fields: []string{"password"}},
				{name: "number as name", body: registration("name", 5), status: 400, fields: []string{"name"}},
				{name: "own role", body: registration("role", "admin"), status: 400, fields: []string{"role"}},
			}),
		},
		{
			route: "POST /api/auth/login", want: everyone,
			body: func(a *agency) any { return body("email", a.Owner.Email(), "password", plugintest.Password) },
			bad: join(broken(), []badInput{
				{name: "SQL as e-mail", body: body("email", "' OR 1=1--", "password", "x"), status: 400, traced: true},
				{name: "no password", body: body("email", "a@contoh.test"), status: 400, fields: []string{"password"}},
				{name: "list as password", body: body("email", "a@contoh.test", "password", []any{}), status: 400, fields: []string{"password"}},
			}),
		},
		{
			route: "POST /api/auth/logout", want: empty(clients), body: fixed(body("everywhere", true)),
			bad: join(broken(), []badInput{{name: "text as bool", body: body("everywhere", "ya"), status: 400, fields: []string{"everywhere"}}}),
		},
		{route: "GET /api/auth/me", want: clients},
	}
}

func portalRoutes() []routeCase {
	order := func(pairs ...any) map[string]any {
		m := body("name", "SD Negeri 1", "tier", "dasar")
		for k, v := range body(pairs...) {
			m[k] = v
		}
		return m
	}
	return []routeCase{
		{route: "GET /api/projects", want: clients, bad: lists("/api/projects")},
		{route: "GET /api/invoices", want: clients, bad: lists("/api/invoices")},
		{route: "GET /api/pricing", want: everyone, bad: lists("/api/pricing")},
		{route: "GET /api/templates", want: everyone, bad: lists("/api/templates")},
		{route: "GET /api/projects/{id}", path: at("/api/projects/{project}"), want: onlyOwner, bad: noSuch("/api/projects/%s", nil)},
		{route: "GET /api/invoices/{id}", path: at("/api/invoices/{invoice}"), want: onlyOwner, bad: noSuch("/api/invoices/%s", nil)},
		{
			route: "POST /api/projects", body: fixed(order()), want: created(clients),
			bad: join(broken(), []badInput{
				{name: "no name", body: body("tier", "dasar"), status: 400, fields: []string{"name"}},
				{name: "unknown tier", body: order("tier", "emas"), status: 400, fields: []string{"tier"}},
				{name: "SQL as tier", body: order("tier", "x' OR 1=1--"), status: 400, fields: []string{"tier"}},
				{name: "tier of another kind", body: order("type", "berita"), status: 400, fields: []string{"tier"}},
				{name: "kind without a tier", body: body("name", "A", "type", "berita"), status: 400, fields: []string{"type"}},
				{name: "nothing to choose by", body: body("name", "A"), status: 400, fields: []string{"type"}},
				{name: "unknown template", body: order("template", badID), status: 400, fields: []string{"template"}},
				{name: "own price", body: order("price", -5), status: 400, fields: []string{"price"}},
				{name: "foreign owner", body: order("user", badID), status: 400, fields: []string{"user"}},
			}),
		},
	}
}

// moveRoutes are the client's changes of status.
func moveRoutes() []routeCase {
	review := func(t *testing.T, a *agency) { a.ToReview(t) }
	return []routeCase{
		{
			route: "POST /api/projects/{id}/approve", path: at("/api/projects/{project}/approve"), ready: review,
			want: onlyOwner, bad: noSuch("/api/projects/%s/approve", nil),
		},
		{
			route: "POST /api/projects/{id}/revise", path: at("/api/projects/{project}/revise"), ready: review,
			body: fixed(body("note", "Logonya "+htmlTag)), want: onlyOwner,
			bad: join(broken(), noSuch("/api/projects/%s/revise", body("note", "x")), []badInput{
				{name: "no note", body: body(), status: 400, fields: []string{"note"}},
				{name: "empty note", body: body("note", ""), status: 400, fields: []string{"note"}},
				{name: "number as note", body: body("note", 1), status: 400, fields: []string{"note"}},
			}),
		},
		{
			route: "POST /api/projects/{id}/cancel", path: at("/api/projects/{project}/cancel"), want: onlyOwner,
			bad: join(noSuch("/api/projects/%s/cancel", nil), []badInput{
				{name: "approve before review", path: "/api/projects/{project}/approve", status: 409, fields: []string{"status"}},
				{name: "revise before review", path: "/api/projects/{project}/revise", body: body("note", "x"), status: 409, fields: []string{"status"}},
			}),
		},
	}
}

func paymentRoutes() []routeCase {
	paid := func(t *testing.T, a *agency) {
		a.Do(t, "POST", "/api/invoices/"+a.Invoice.Id+"/pay", a.Owner.Token, nil).Want(200)
	}
	return []routeCase{
		{
			route: "POST /api/invoices/{id}/pay", path: at("/api/invoices/{invoice}/pay"), want: onlyOwner,
			bad: noSuch("/api/invoices/%s/pay", nil),
		},
		{
			route: "GET /api/invoices/{id}/payment", path: at("/api/invoices/{invoice}/payment"), ready: paid,
			want: onlyOwner, bad: noSuch("/api/invoices/%s/payment", nil),
		},
		{route: "GET /api/admin/payments/health", want: onlyAdmin},
		{
			route: "GET /api/invoices/{id}/qr.svg", path: at("/api/invoices/{invoice}/qr.svg"), ready: paid,
			want: onlyOwner, bad: noSuch("/api/invoices/%s/qr.svg", nil)[:2],
		},
		{
			route: "GET /api/invoices/{id}/qr.png", path: at("/api/invoices/{invoice}/qr.png"), ready: paid,
			want: onlyOwner, bad: noSuch("/api/invoices/%s/qr.png", nil)[:2],
		},
		{
			// Authenticated by the signature, whoever else is signed in.
			route: "POST /api/webhooks/midtrans", want: everyone,
			body: func(a *agency) any { return programtest.SignedNotification() },
			bad: []badInput{
				{name: "broken JSON", body: `{"order_id":`, status: 400},
				{name: "empty", body: "", status: 400},
				{name: "missing fields", body: body("order_id", "JW1"), status: 400},
				{name: "forged", body: programtest.ForgedNotification(), status: 401},
				{name: "100 kB", body: `{"order_id":"` + strings.Repeat("a", huge) + `"}`, status: 413},
			},
		},
	}
}

func adminUserRoutes() []routeCase {
	user := func(pairs ...any) map[string]any {
		m := body("name", "Budi", "email", "budi@contoh.test", "password", "rahasia-123")
		for k, v := range body(pairs...) {
			m[k] = v
		}
		return m
	}
	path := at("/api/admin/users/{other}")
	return []routeCase{
		{route: "GET /api/admin/users", want: onlyAdmin, bad: lists("/api/admin/users")},
		{
			route: "POST /api/admin/users", body: fixed(user("role", "admin")), want: created(onlyAdmin),
			bad: join(broken(), []badInput{
				{name: "unknown role", body: user("role", "raja"), status: 400, fields: []string{"role"}},
				{name: "no e-mail", body: user("email", "x@"), status: 400, fields: []string{"email"}},
				{name: "phone in letters", body: user("phone", "<b>"), status: 400, fields: []string{"phone"}},
			}),
		},
		{
			route: "PUT /api/admin/users/{id}", path: path, body: fixed(body("name", "Nama Lain", "role", "admin")), want: onlyAdmin,
			bad: join(broken(), noSuch("/api/admin/users/%s", body("name", "x")), []badInput{
				{name: "empty name", body: body("name", ""), status: 400, fields: []string{"name"}},
				{name: "number as role", body: body("role", 1), status: 400, fields: []string{"role"}},
				{name: "short password", body: body("password", "1"), status: 400, fields: []string{"password"}},
			}),
		},
		{route: "POST /api/admin/users/{id}/sign-out", path: at("/api/admin/users/{other}/sign-out"), want: empty(onlyAdmin), bad: noSuch("/api/admin/users/%s/sign-out", nil)},
		{
			route: "DELETE /api/admin/users/{id}", path: path, want: empty(onlyAdmin),
			bad: join(noSuch("/api/admin/users/%s", nil), []badInput{
				{name: "has projects", path: "/api/admin/users/{owner}", status: 409, fields: []string{"id"}},
			}),
		},
	}
}

func adminProjectRoutes() []routeCase {
	path := at("/api/admin/projects/{project}")
	login := func(pairs ...any) map[string]any {
		m := body("admin_url", "https://a.id", "username", "a", "password", "b")
		for k, v := range body(pairs...) {
			m[k] = v
		}
		return body("credentials", m)
	}
	return []routeCase{
		{route: "GET /api/admin/projects", want: onlyAdmin, bad: lists("/api/admin/projects")},
		{route: "GET /api/admin/projects/{id}", path: path, want: onlyAdmin, bad: noSuch("/api/admin/projects/%s", nil)},
		{
			route: "PUT /api/admin/projects/{id}", path: path, want: onlyAdmin,
			ready: func(t *testing.T, a *agency) { a.ToReview(t) },
			body:  fixed(body("status", "completed", "url", "https://sd.sch.id", "due_at", "2026-12-01T00:00:00Z")),
			bad: join(broken(), noSuch("/api/admin/projects/%s", body("url", "https://a.id")), []badInput{
				{name: "script as address", body: body("url", "javascript:alert(1)"), status: 400, fields: []string{"url"}},
				{name: "unknown status", body: body("status", "selesai"), status: 400, fields: []string{"status"}},
				{name: "back to the start", body: body("status", "pending_payment"), status: 409, fields: []string{"status"}},
				{name: "cancel without a word", body: body("status", "cancelled"), status: 400, fields: []string{"status_note"}},
				{name: "no date", body: body("due_at", "besok"), status: 400, fields: []string{"due_at"}},
				{name: "half a login", body: login("password", ""), status: 400, fields: []string{"credentials"}},
				{name: "script as login address", body: login("admin_url", "javascript:1"), status: 400, fields: []string{"credentials"}},
				{name: "text as login", body: body("credentials", "admin/admin"), status: 400, fields: []string{"credentials"}},
			}),
		},
	}
}
