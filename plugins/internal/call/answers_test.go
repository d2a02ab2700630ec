package call_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/plugintest"
)

// newWire is an app whose API answers exactly what answer writes, past
// PocketBase's own response, and with a page that asks it.
func newWire(t *testing.T, answer http.HandlerFunc, ask func(v *call.Visitor)) {
	t.Helper()
	app := plugintest.New(t, func(app *plugintest.App) {
		api := call.New(app)
		app.OnServe().BindFunc(func(se *core.ServeEvent) error {
			se.Router.POST("/halaman", func(e *core.RequestEvent) error {
				ask(api.As(e, "id"))
				return e.NoContent(204)
			})
			if err := se.Next(); err != nil {
				return err
			}
			rest := se.Server.Handler
			se.Server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/api/wire" {
					answer(w, r)
					return
				}
				rest.ServeHTTP(w, r)
			})
			return nil
		})
	})
	req := app.Request(t, "POST", "/halaman", "", nil)
	req.Header.Set("X-Own", "peramban")
	rec := httptest.NewRecorder()
	app.Handler.ServeHTTP(rec, req)
	if rec.Code != 204 {
		t.Fatalf("the page answers %d %s", rec.Code, rec.Body)
	}
}

// What begins with a 2 is an answer; the first status that is no mere sign of life
// counts, as on the wire.
func TestStatusTellsAnswersFromRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		write  func(w http.ResponseWriter)
		status int // 0: an answer
	}{
		"no status":           {func(w http.ResponseWriter) { _, _ = io.WriteString(w, "1") }, 0},
		"200":                 {func(w http.ResponseWriter) { w.WriteHeader(200); w.WriteHeader(500) }, 0},
		"299":                 {func(w http.ResponseWriter) { w.WriteHeader(299) }, 0},
		"300":                 {func(w http.ResponseWriter) { w.WriteHeader(300) }, 300},
		"302":                 {func(w http.ResponseWriter) { w.WriteHeader(302) }, 302},
		"early hints, then 4": {func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(199); w.WriteHeader(404) }, 404},
		"too late":            {func(w http.ResponseWriter) { _, _ = io.WriteString(w, "1"); w.WriteHeader(500) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newWire(t, func(w http.ResponseWriter, _ *http.Request) { c.write(w) }, func(v *call.Visitor) {
				_, err := call.Get[any](v, "/api/wire")
				if (err == nil) != (c.status == 0) || call.Status(err) != c.status {
					t.Errorf("%v, status %d, want %d", err, call.Status(err), c.status)
				}
			})
		})
	}
}

func TestRequestOnTheWire(t *testing.T) {
	t.Parallel()
	newWire(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got := []string{r.Method, r.RequestURI, r.Header.Get("Content-Type"), r.Header.Get("X-Own"), string(body)}
		if want := []string{"POST", "/api/wire?a=1", "image/png", "", "gambar"}; !reflect.DeepEqual(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
	}, func(v *call.Visitor) {
		// An empty header is one, too: it takes the place of the browser's.
		if _, err := v.With("X-Own", "").Raw("POST", "/api/wire?a=1", call.Body{ContentType: "image/png", Content: strings.NewReader("gambar")}); err != nil {
			t.Error(err)
		}
	})
}

// What is said about a field needs words; anything else in its place is no
// complaint that a page could show.
func TestOnlyWordsAreComplaints(t *testing.T) {
	t.Parallel()
	newWire(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		_, _ = io.WriteString(w, `{"message":"Periksa.","data":{"name":{"code":"short","message":"Pendek."},"silent":{"code":"odd"},"number":5,"text":"x"}}`)
	}, func(v *call.Visitor) {
		_, err := call.Post[any](v, "/api/wire", nil)
		refused, ok := err.(*call.Error)
		if !ok || refused.Message != "Periksa." || refused.Field("name") != "Pendek." || len(refused.Fields) != 1 {
			t.Errorf("%#v", err)
		}
		if got := refused.Code("silent", "number", "name"); got != "short" {
			t.Errorf("code %q", got)
		}
	})
	newWire(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, func(v *call.Visitor) {
		if _, err := call.Get[any](v, "/api/wire"); call.Status(err) != 502 {
			t.Errorf("%v", err)
		}
	})
	newWire(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"a":`) }, func(v *call.Visitor) {
		if _, err := call.Get[map[string]int](v, "/api/wire"); err == nil || call.Status(err) != 0 {
			t.Errorf("half an answer: %v", err)
		}
	})
}

func TestComplaintOfThePageItself(t *testing.T) {
	t.Parallel()
	refused := call.Refused(collections.Invalid("validation_odd", "name", collections.Text{ID: "Aneh.", EN: "Odd."}), "en")
	if call.Status(refused) != 400 || refused.Message != "Odd." || refused.Field("name") != "Odd." || refused.Code("other", "name") != "validation_odd" {
		t.Errorf("%#v", refused)
	}
	var none *call.Error
	if none.Field("name") != "" || none.Code("name") != "" || refused.Code("other") != "" || call.Status(nil) != 0 || call.Status(io.EOF) != 0 {
		t.Error("there is a complaint where there is none")
	}
}

// Before the program serves there is nobody to ask, which is an error and no crash.
func TestNobodyAnswersBeforeTheProgramServes(t *testing.T) {
	t.Parallel()
	early := func(app core.App, api *call.API, when string) {
		e := &core.RequestEvent{App: app}
		e.Request = httptest.NewRequest("GET", "/", nil)
		e.Response = httptest.NewRecorder()
		if _, err := api.As(e, "id").Raw("GET", "/api/health", nil); err == nil || !strings.Contains(err.Error(), "does not serve yet") {
			t.Errorf("%s: %v", when, err)
		}
	}
	plugintest.New(t, func(app *plugintest.App) {
		api := call.New(app)
		early(app, api, "while plugins register")
		app.OnServe().BindFunc(func(se *core.ServeEvent) error {
			early(app, api, "while routes are bound")
			return se.Next()
		})
	})
}
