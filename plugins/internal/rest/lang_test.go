package rest_test

import (
	"net/http/httptest"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/internal/rest"
)

func TestLang(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"":                                    "id",
		"*":                                   "id",
		"fr":                                  "id",
		"en":                                  "en",
		"EN-us":                               "en",
		"en-US,en;q=0.9,id;q=0.8":             "en",
		"id-ID,id;q=0.9,en-US;q=0.8,en;q=0.7": "id",
		"en;q=0.3, id;q=0.7":                  "id",
		"fr, en;q=0.5":                        "en",
		"in-ID, en;q=0.9":                     "id",
		"id;q=0, en;q=0.1":                    "en",
		"en;q=0":                              "id",
		"en;q=x, id;q=0.1":                    "id",
		",,;;q=,en":                           "en",
		"indonesian":                          "id",
		"english":                             "id",
	} {
		e := &core.RequestEvent{}
		e.Request = httptest.NewRequest("GET", "/", nil)
		e.Request.Header.Set("Accept-Language", header)
		if got := rest.Lang(e); got != want {
			t.Errorf("Lang(%q) = %q, want %q", header, got, want)
		}
	}
}

func TestGuardSpeaksBothLanguages(t *testing.T) {
	t.Parallel()
	s := newSite(t, rest.Get("/api/x", rest.Admin, "X", ping), rest.Post("/api/y", rest.Public, "Y", echo))
	for _, c := range []struct {
		method, path, token, body string
		id, en                    string
	}{
		{"GET", "/api/x", "", "", "Silakan masuk terlebih dahulu.", "Please sign in first."},
		{"GET", "/api/x", s.owner, "", "Anda tidak berhak melakukan tindakan ini.", "You are not allowed to perform this request."},
		{"POST", "/api/y", "", "{", "Isi permintaan bukan JSON yang valid.", "The request body isn't valid JSON."},
		{"POST", "/api/y", "", "{}", "Sebagian isian tidak valid. Periksa kembali.", "Some of the submitted data is invalid."},
	} {
		for lang, want := range map[string]string{"id": c.id, "en": c.en} {
			if a := s.do(c.method, c.path, c.token, c.body, "Accept-Language", lang); a.Message != want {
				t.Errorf("%s in %s: %q, want %q", c.path, lang, a.Message, want)
			}
		}
	}
}
