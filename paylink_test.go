package main

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

// payLink asks for the pay link of the agency's invoice and returns its token.
func (a *agency) payLink(t *testing.T) string {
	t.Helper()
	address, _ := a.Do(t, "POST", "/api/invoices/"+a.invoice.Id+"/link", a.owner.Token, nil).Want(200).Map()["pay_url"].(string)
	_, token, found := strings.Cut(address, "/i/")
	if !found || token == "" {
		t.Fatalf("pay_url = %q", address)
	}
	return token
}

func TestPayLinkPaysItsInvoiceAndNothingElse(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	token := a.payLink(t)
	mine := "/api/invoices/" + a.invoice.Id
	foreign := collections.InvoiceViews(mustInvoices(t, a))[1].ID
	for _, session := range []string{"", a.other.Token} {
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
			"GET /api/projects/" + a.project.Id, "POST /api/projects/" + a.project.Id + "/cancel", "POST " + mine + "/link", "GET " + mine + "/pdf",
		} {
			method, path, _ := strings.Cut(line, " ")
			if rec := a.follow(t, method, path, session, token); rec.Code != 401 && rec.Code != 404 {
				t.Errorf("%s: %d %s", line, rec.Code, rec.Body)
			}
		}
		if rec := a.follow(t, "GET", "/api/auth/me", session, token); strings.Contains(rec.Body.String(), a.owner.Id) {
			t.Error("the link signs its holder in")
		}
	}
}

func TestPayLinkEnds(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	token := a.payLink(t)
	pay := "/api/invoices/" + a.invoice.Id + "/pay"
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

func mustInvoices(t *testing.T, a *agency) []*collections.Invoice {
	t.Helper()
	list, err := collections.FindInvoices(a, a.project.Id)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d invoices, %v", len(list), err)
	}
	return list
}
