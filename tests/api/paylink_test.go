package api

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jasaweb/collections"
)

// follow sends a request with the token of a pay link.
func (a *agency) follow(t *testing.T, method, path, session, token string) *httptest.ResponseRecorder {
	t.Helper()
	req := a.Request(t, method, path, session, nil)
	req.Header.Set("Link-Token", token)
	rec := httptest.NewRecorder()
	a.Handler.ServeHTTP(rec, req)
	return rec
}

func TestPayLinkPaysItsInvoiceAndNothingElse(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	token := a.PayLink(t)
	mine := "/api/invoices/" + a.Invoice.Id
	foreign := collections.InvoiceViews(a.Invoices(t))[1].ID
	for _, session := range []string{"", a.Other.Token} {
		for path, status := range map[string]int{
			"GET /api/pay-link": 200, "POST " + mine + "/pay": 200, "GET " + mine + "/payment": 200, "GET " + mine + "/qr.svg": 200, "GET " + mine: 200,
		} {
			method, path, _ := strings.Cut(path, " ")
			if path != "/api/pay-link" && method == "GET" {
				a.follow(t, "POST", mine+"/pay", session, token) // so that there is a code
			}
			if rec := a.follow(t, method, path, session, token); rec.Code != status {
				t.Errorf("%s %s: %d %s", method, path, rec.Code, rec.Body)
			}
		}
		for _, line := range []string{
			"GET /api/invoices/" + foreign, "POST /api/invoices/" + foreign + "/pay", "GET /api/invoices/" + foreign + "/payment",
			"GET /api/projects/" + a.Project.Id, "POST /api/projects/" + a.Project.Id + "/cancel", "POST " + mine + "/link", "GET " + mine + "/pdf",
		} {
			method, path, _ := strings.Cut(line, " ")
			if rec := a.follow(t, method, path, session, token); rec.Code != 401 && rec.Code != 404 {
				t.Errorf("%s: %d %s", line, rec.Code, rec.Body)
			}
		}
		if rec := a.follow(t, "GET", "/api/auth/me", session, token); strings.Contains(rec.Body.String(), a.Owner.Id) {
			t.Error("the link signs its holder in")
		}
	}
}

func TestPayLinkEnds(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	token := a.PayLink(t)
	pay := "/api/invoices/" + a.Invoice.Id + "/pay"
	for name, bad := range map[string]string{"none": "", "nonsense": "x", "changed": token[:len(token)-2] + "xx", "long": strings.Repeat("a", 900)} {
		if rec := a.follow(t, "POST", pay, "", bad); rec.Code != 401 {
			t.Errorf("%s pays: %d", name, rec.Code)
		}
		if rec := a.follow(t, "GET", "/api/pay-link", "", bad); rec.Code != 410 || !strings.Contains(rec.Body.String(), "tidak berlaku") {
			t.Errorf("%s opens: %d %s", name, rec.Code, rec.Body)
		}
	}
	a.SetNow(time.Now().AddDate(0, 2, 0))
	if rec := a.follow(t, "POST", pay, "", token); rec.Code != 401 {
		t.Errorf("it still pays after two months: %d", rec.Code)
	}
	if rec := a.follow(t, "GET", "/api/pay-link", "", token); rec.Code != 410 {
		t.Errorf("it still opens after two months: %d", rec.Code)
	}
}
