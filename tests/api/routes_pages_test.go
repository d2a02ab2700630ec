package api

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"jasaweb/plugins/openapi"
)

var pathParameter = regexp.MustCompile(`\{[^}]*\}`)

// Every page keeps out whom its access level keeps out: guests are sent to the
// login, clients read that an admin's page is not theirs. Forms that another
// site sends are refused whoever is signed in.
func TestEveryPageKeepsOut(t *testing.T) {
	a := newAgency(t)
	ask := func(method, path, token string, headers ...string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(method, path, nil)
		req.Header.Set("Accept", "text/html")
		if token != "" {
			req.Header.Set("Cookie", "jw="+token)
		}
		for n := 0; n+1 < len(headers); n += 2 {
			req.Header.Set(headers[n], headers[n+1])
		}
		rec := httptest.NewRecorder()
		a.Handler.ServeHTTP(rec, req)
		return rec
	}
	lines := openapi.Pages(a)
	if len(lines) < 2 {
		t.Fatalf("%d pages", len(lines))
	}
	before := a.Hash(t)
	for _, line := range lines {
		f := strings.Fields(line)
		method, path, access := f[0], pathParameter.ReplaceAllString(f[1], "tidakada0000000"), strings.Fields(line[57:])[0]
		if f[1] == "/{$}" {
			path = "/"
		}
		guest := ask(method, path, "")
		toLogin := guest.Code == 303 && strings.HasPrefix(strings.TrimPrefix(guest.Header().Get("Location"), "/en"), "/login?next=")
		if toLogin != (access != "public") {
			t.Errorf("%s %s (%s): a guest gets %d %s", method, path, access, guest.Code, guest.Header().Get("Location"))
		}
		if access == "admin" { // a form of the client's own may do what it says
			if code := ask(method, path, a.Tokens["owner"]).Code; code != 403 {
				t.Errorf("%s %s: a client gets %d", method, path, code)
			}
		}
		if code := ask(method, path, a.Tokens["admin"], "Sec-Fetch-Site", "cross-site").Code; method == "POST" && code != 403 {
			t.Errorf("%s %s: another site's form gets %d", method, path, code)
		}
	}
	if a.Hash(t) != before {
		t.Error("asking for pages changed something")
	}
}
