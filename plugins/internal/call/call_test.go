package call_test

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/plugintest"
)

type heard struct {
	Who       string `json:"who"`
	Lang      string `json:"lang"`
	Address   string `json:"address"`
	Site      string `json:"site"`
	Host      string `json:"host"`
	Body      string `json:"body"`
	Condition string `json:"condition"`
}

type noteInput struct {
	Body struct {
		Text string `json:"text" minLength:"3" maxLength:"10"`
	}
}

// newShop is an app with a small API and one page that asks it: what the page
// does is ask.
func newShop(t *testing.T, ask func(v *call.Visitor) (any, error)) *plugintest.App {
	t.Helper()
	return plugintest.New(t, func(app *plugintest.App) {
		listen := func(e *core.RequestEvent, text string) (*heard, error) {
			h := &heard{
				Lang: rest.Lang(e), Address: e.RealIP(), Site: e.Request.Header.Get("Sec-Fetch-Site"), Host: e.Request.Host, Body: text,
				Condition: e.Request.Header.Get("If-None-Match"),
			}
			if e.Auth != nil {
				h.Who = e.Auth.Id
			}
			return h, nil
		}
		rest.Bind(app,
			rest.Get("/api/hear", rest.Public, "Says what it hears", func(e *core.RequestEvent, _ *rest.None) (*heard, error) {
				http.SetCookie(e.Response, &http.Cookie{Name: "biskuit", Value: "1"})
				return listen(e, "")
			}),
			rest.Post("/api/note", rest.Client, "Takes a note", func(e *core.RequestEvent, in *noteInput) (*heard, error) {
				if in.Body.Text == "penuh" {
					return nil, collections.Refuse("full", "text", collections.Text{ID: "Sudah penuh.", EN: "It is full."})
				}
				return listen(e, in.Body.Text)
			}),
			rest.Post("/api/nothing", rest.Public, "Answers nothing", func(*core.RequestEvent, *rest.None) (*rest.None, error) { return nil, nil }),
			rest.Get("/api/broken", rest.Public, "Fails", func(*core.RequestEvent, *rest.None) (*heard, error) {
				return nil, errors.New("rahasia dapur")
			}),
		)
		api := call.New(app)
		app.OnServe().BindFunc(func(se *core.ServeEvent) error {
			se.Router.Any("/api/headers", func(e *core.RequestEvent) error {
				all := map[string]string{}
				for name, values := range e.Request.Header {
					all[name] = strings.Join(values, ", ")
				}
				return e.JSON(200, all)
			})
			return se.Next()
		})
		app.OnServe().BindFunc(func(se *core.ServeEvent) error {
			se.Router.POST("/halaman", func(e *core.RequestEvent) error {
				out, err := ask(api.As(e, e.Request.URL.Query().Get("lang")))
				if err != nil {
					return e.JSON(599, map[string]any{"error": err.Error(), "refusal": refusalOf(err)})
				}
				return e.JSON(200, out)
			})
			return se.Next()
		})
	})
}

func refusalOf(err error) any {
	refused, _ := errors.AsType[*call.Error](err)
	return refused
}

func TestAPIHearsTheVisitor(t *testing.T) {
	t.Parallel()
	a := newShop(t, func(v *call.Visitor) (any, error) { return call.Get[heard](v, "/api/hear?x=1") })
	user := a.NewUser(t, collections.RoleClient)
	req := a.Request(t, "POST", "/halaman?lang=en", user.Token, `{"a":1}`)
	req.Header.Set("Accept-Language", "id")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("If-None-Match", "x")
	req.RemoteAddr, req.Host = "203.0.113.9:4711", "agensi.test"
	rec := httptest.NewRecorder()
	a.Handler.ServeHTTP(rec, req)
	got := strings.TrimSpace(rec.Body.String())
	want := `{"who":"` + user.Id + `","lang":"en","address":"203.0.113.9","site":"same-origin","host":"agensi.test","body":"","condition":""}`
	if rec.Code != 200 || got != want {
		t.Errorf("%d %s\nwant %s", rec.Code, got, want)
	}
	if cookie := rec.Header().Get("Set-Cookie"); !strings.HasPrefix(cookie, "biskuit=1") {
		t.Errorf("the API's cookie did not reach the visitor: %q", cookie)
	}
}

// What the browser says about the page's own answer (which part of it, whether
// it has it already, in which packing) is no question to the API.
func TestHeadersAboutThePageStayWithThePage(t *testing.T) {
	t.Parallel()
	ask := "GET"
	a := newShop(t, func(v *call.Visitor) (any, error) {
		if ask == "POST" {
			return call.Post[map[string]string](v, "/api/headers", map[string]int{"a": 1})
		}
		return call.Get[map[string]string](v.With("X-Own", "ya"), "/api/headers")
	})
	req := a.Request(t, "POST", "/halaman?lang=en", "", "x=1")
	for name, value := range map[string]string{
		"Range": "bytes=0-1", "If-Range": `"x"`, "If-Match": `"x"`, "If-None-Match": `"x"`, "If-Modified-Since": "Mon, 02 Mar 2026 10:00:00 GMT",
		"If-Unmodified-Since": "Mon, 02 Mar 2026 10:00:00 GMT", "Accept": "text/html", "Accept-Encoding": "gzip", "Content-Type": "application/x-www-form-urlencoded",
		"Content-Length": "3", "Content-Encoding": "gzip", "Connection": "Upgrade", "Upgrade": "websocket", "Expect": "100-continue",
		"Accept-Language": "id", "User-Agent": "peramban", "Origin": "https://agensi.test", "Sec-Fetch-Site": "same-origin",
	} {
		req.Header.Set(name, value)
	}
	for method, want := range map[string]map[string]string{
		"GET":  {"Accept-Language": "en", "User-Agent": "peramban", "Origin": "https://agensi.test", "Sec-Fetch-Site": "same-origin", "X-Own": "ya"},
		"POST": {"Accept-Language": "en", "User-Agent": "peramban", "Origin": "https://agensi.test", "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"},
	} {
		ask = method
		got := map[string]string{}
		a.Send(t, req).Want(200).JSON(&got)
		if !maps.Equal(got, want) {
			t.Errorf("%s: the API heard %v\nwant %v", method, got, want)
		}
	}
}

func TestPageHasNoMoreRightsThanItsVisitor(t *testing.T) {
	t.Parallel()
	a := newShop(t, func(v *call.Visitor) (any, error) {
		return call.Post[heard](v, "/api/note", map[string]string{"text": "halo"})
	})
	user := a.NewUser(t, collections.RoleClient)
	a.Do(t, "POST", "/halaman", user.Token, nil).Want(200)
	for _, token := range []string{"", "palsu", a.Superuser(t)} {
		if r := a.Do(t, "POST", "/halaman", token, nil).Want(599); !strings.Contains(string(r.Body), "status 40") {
			t.Errorf("%q: %s", token, r.Body)
		}
	}
}

func TestRefusalsNameTheirFieldsInTheVisitorsLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, lang, status, message, code string }{
		{"penuh", "id", `"Status":409`, "Sudah penuh.", `"code":"full"`},
		{"penuh", "en", `"Status":409`, "It is full.", `"code":"full"`},
		{"x", "id", `"Status":400`, "Minimal 3 karakter.", `"code":"validation_length_too_short"`},
		{"x", "en", `"Status":400`, "Must be at least 3 character(s).", `"code":"validation_length_too_short"`},
	} {
		a := newShop(t, func(v *call.Visitor) (any, error) {
			return call.Post[heard](v, "/api/note", map[string]string{"text": c.text})
		})
		user := a.NewUser(t, collections.RoleClient)
		body := string(a.Do(t, "POST", "/halaman?lang="+c.lang, user.Token, nil).Want(599).Body)
		for _, want := range []string{c.status, c.message, c.code} {
			if !strings.Contains(body, want) {
				t.Errorf("%s in %s: %s lacks %s", c.text, c.lang, body, want)
			}
		}
	}
}

func TestFailuresTellNothing(t *testing.T) {
	t.Parallel()
	a := newShop(t, func(v *call.Visitor) (any, error) { return call.Get[heard](v, "/api/broken") })
	body := string(a.Do(t, "POST", "/halaman", "", nil).Want(599).Body)
	if strings.Contains(body, "rahasia") || !strings.Contains(body, `"Status":500`) {
		t.Error(body)
	}
	a = newShop(t, func(v *call.Visitor) (any, error) { return call.Get[heard](v, "/api/tidak-ada?kata=sandi") })
	body = string(a.Do(t, "POST", "/halaman", "", nil).Want(599).Body)
	if strings.Contains(body, "sandi") || !strings.Contains(body, "status 404") {
		t.Error(body)
	}
	a = newShop(t, func(v *call.Visitor) (any, error) { return call.Post[call.None](v, "/api/nothing", nil) })
	a.Do(t, "POST", "/halaman", "", nil).Want(200)
}
