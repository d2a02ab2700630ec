package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/internal/rest"
)

type pong struct {
	OK bool `json:"ok"`
}

func ping(*core.RequestEvent, *rest.None) (*pong, error) { return &pong{true}, nil }

func rawPing(e *core.RequestEvent) error { return e.JSON(200, pong{true}) }

func TestAccessLevels(t *testing.T) {
	t.Parallel()
	levels := []struct {
		access                                           rest.Access
		guest, client, admin, superuser, otherCollection int
	}{
		{rest.Public, 200, 200, 200, 200, 200},
		{rest.Webhook, 200, 200, 200, 200, 200},
		{rest.SignedIn, 401, 200, 200, 200, 403},
		{rest.Client, 401, 200, 200, 403, 403},
		{rest.Admin, 401, 403, 200, 200, 403},
	}
	var routes []rest.Route
	path := func(raw string, a rest.Access) string {
		return "/api/" + raw + "/" + strings.ReplaceAll(a.String(), " ", "-")
	}
	for _, l := range levels {
		routes = append(routes,
			rest.Get(path("typed", l.access), l.access, "Ping", ping),
			rest.Raw("GET", path("raw", l.access), l.access, "Ping", rawPing))
	}
	s := newSite(t, routes...)
	clerk, err := signUp(s, "clerks", "clerk@example.com", "admin")
	if err != nil {
		t.Fatal(err)
	}

	for _, l := range levels {
		for _, kind := range []string{"typed", "raw"} {
			for _, who := range []struct {
				name, token string
				want        int
			}{
				{"guest", "", l.guest},
				{"broken token", s.owner + "x", l.guest},
				{"client", s.owner, l.client},
				{"client with Bearer", "Bearer " + s.owner, l.client},
				{"admin", s.admin, l.admin},
				{"superuser", s.superuser, l.superuser},
				{"record of another auth collection", clerk, l.otherCollection},
			} {
				a := s.do("GET", path(kind, l.access), who.token, "")
				if a.code != who.want {
					t.Errorf("%s %s as %s: %d, want %d", kind, l.access, who.name, a.code, who.want)
				}
				if noStore := a.header.Get("Cache-Control") == "no-store"; noStore != (l.access != rest.Public) {
					t.Errorf("%s %s as %s: Cache-Control %q", kind, l.access, who.name, a.header.Get("Cache-Control"))
				}
			}
		}
	}
}

// The role is read from the database at each request, not from the token.
func TestDemotedAdminIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, rest.Get("/api/x", rest.Admin, "X", ping))
	s.do("GET", "/api/x", s.admin, "").want(t, 200)
	record, err := s.FindAuthRecordByEmail("users", "admin@example.com")
	if err != nil {
		t.Fatal(err)
	}
	record.Set("role", "client")
	if err := s.Save(record); err != nil {
		t.Fatal(err)
	}
	s.do("GET", "/api/x", s.admin, "").want(t, 403)
}

type textInput struct {
	Body struct {
		Text string `json:"text"`
	}
}

func echo(_ *core.RequestEvent, in *textInput) (*struct {
	Text string `json:"text"`
}, error) {
	return &struct {
		Text string `json:"text"`
	}{in.Body.Text}, nil
}

func TestGuestIsRefusedBeforeTheBodyIsRead(t *testing.T) {
	t.Parallel()
	s := newSite(t,
		rest.Post("/api/typed", rest.Client, "X", echo),
		rest.Raw("POST", "/api/raw", rest.Client, "X", rawPing))
	for _, path := range []string{"/api/typed", "/api/raw"} {
		for name, body := range map[string]string{"broken": "{", "big": strings.Repeat("x", 100_000), "empty": ""} {
			if a := s.do("POST", path, "", body); a.code != 401 {
				t.Errorf("%s with a %s body: %d, want 401", path, name, a.code)
			}
		}
	}
}

func TestWebhookIsOutsideTheRateLimiter(t *testing.T) {
	t.Parallel()
	s := newApp(t)
	s.Settings().RateLimits.Enabled = true
	s.Settings().RateLimits.Rules = []core.RateLimitRule{{Label: "/api/", MaxRequests: 3, Duration: 60}}
	rest.Bind(s,
		rest.Raw("POST", "/api/webhooks/x", rest.Webhook, "X", rawPing),
		rest.Get("/api/free", rest.Public, "X", ping, rest.Unbind("pbRateLimit")),
		rest.Get("/api/x", rest.Public, "X", ping))
	s.serve()
	last := 0
	for range 5 {
		s.do("POST", "/api/webhooks/x", "", "").want(t, 200)
		s.do("GET", "/api/free", "", "").want(t, 200)
		last = s.do("GET", "/api/x", "", "").code
	}
	if last != http.StatusTooManyRequests {
		t.Fatalf("an ordinary route answers %d after 5 requests, want 429", last)
	}
}

func TestUnknownPathAndMethodAnswerLikePocketBase(t *testing.T) {
	t.Parallel()
	s := newSite(t, rest.Get("/api/x", rest.Public, "X", ping))
	for _, r := range [][2]string{{"GET", "/api/x/"}, {"POST", "/api/x"}, {"GET", "/api/y"}} {
		s.do(r[0], r[1], "", "").want(t, 404)
	}
	s.do("HEAD", "/api/x", "", "").want(t, 200)
}
