package rest_test

import (
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"jasaweb/plugins/internal/rest"
)

type orderInput struct {
	ID   string `path:"id" maxLength:"15"`
	Copy int    `query:"copy" minimum:"1" maximum:"9" default:"1"`
	Gift bool   `query:"gift"`
	Body struct {
		Name   string   `json:"name" minLength:"2" maxLength:"5"`
		Kind   string   `json:"kind,omitempty" enum:"sekolah,berita"`
		Email  string   `json:"email,omitempty" format:"email"`
		Day    string   `json:"day,omitempty" format:"date"`
		Site   string   `json:"site,omitempty" format:"uri"`
		Code   string   `json:"code,omitempty" pattern:"^[a-z]+$"`
		Amount int64    `json:"amount,omitempty" exclusiveMinimum:"0" maximum:"1e30"`
		Ratio  float64  `json:"ratio,omitempty" exclusiveMaximum:"1"`
		Step   int      `json:"step,omitempty" multipleOf:"5" minimum:"5"`
		Tags   []string `json:"tags,omitempty" minItems:"1" maxItems:"2" uniqueItems:"true"`
		Paid   bool     `json:"paid,omitempty"`
		From   struct {
			City string `json:"city" minLength:"1"`
		} `json:"from,omitempty"`
		Any any `json:"any,omitempty"`
	}
}

type order struct {
	ID   string   `json:"id"`
	Copy int      `json:"copy"`
	Name string   `json:"name"`
	Tags []string `json:"tags"`
}

func placeOrder(_ *core.RequestEvent, in *orderInput) (*order, error) {
	return &order{in.ID, in.Copy, in.Body.Name, in.Body.Tags}, nil
}

func TestInputIsValidated(t *testing.T) {
	t.Parallel()
	s := newSite(t, rest.Post("/api/orders/{id}", rest.Public, "Order", placeOrder, rest.Status(201)))

	if a := s.do("POST", "/api/orders/7?copy=3", "", `{"name":"Budi"}`); a.code != 201 || a.body != `{"id":"7","copy":3,"name":"Budi","tags":[]}` {
		t.Fatalf("a good order: %d %s", a.code, a.body)
	}
	for _, c := range []struct{ name, query, body, field, code string }{
		{"missing", "", `{}`, "name", "validation_required"},
		{"null for a required field", "", `{"name":null}`, "name", "validation_invalid_type"},
		{"too short", "", `{"name":"x"}`, "name", "validation_length_too_short"},
		{"too long", "", `{"name":"xxxxxx"}`, "name", "validation_length_too_long"},
		{"number for text", "", `{"name":1}`, "name", "validation_invalid_type"},
		{"array for text", "", `{"name":[]}`, "name", "validation_invalid_type"},
		{"text for a number", "", `{"name":"ok","amount":"1"}`, "amount", "validation_invalid_type"},
		{"fraction for an integer", "", `{"name":"ok","step":5.5}`, "step", "validation_invalid_type"},
		{"text for a boolean", "", `{"name":"ok","paid":"true"}`, "paid", "validation_invalid_type"},
		{"object for an array", "", `{"name":"ok","tags":{}}`, "tags", "validation_invalid_type"},
		{"array for an object", "", `{"name":"ok","from":[]}`, "from", "validation_invalid_type"},
		{"array for the body", "", `[]`, "body", "validation_invalid_type"},
		{"null for the body", "", `null`, "body", "validation_invalid_type"},
		{"empty body", "", ``, "body", "validation_required"},
		{"no choice", "", `{"name":"ok","kind":"toko"}`, "kind", "validation_in_invalid"},
		{"email", "", `{"name":"ok","email":"x"}`, "email", "validation_is_email"},
		{"date", "", `{"name":"ok","day":"2026-13-01"}`, "day", "validation_date_invalid"},
		{"uri", "", `{"name":"ok","site":"http://[x"}`, "site", "validation_is_url"},
		{"pattern", "", `{"name":"ok","code":"A1"}`, "code", "validation_match_invalid"},
		{"exclusive minimum", "", `{"name":"ok","amount":0}`, "amount", "validation_min_greater_than_required"},
		{"exclusive maximum", "", `{"name":"ok","ratio":1}`, "ratio", "validation_max_less_than_required"},
		{"multiple", "", `{"name":"ok","step":7}`, "step", "validation_multiple_of_invalid"},
		{"minimum", "", `{"name":"ok","step":0}`, "step", "validation_min_greater_equal_than_required"},
		{"too few", "", `{"name":"ok","tags":[]}`, "tags", "validation_not_enough_values"},
		{"too many", "", `{"name":"ok","tags":["a","b","c"]}`, "tags", "validation_too_many_values"},
		{"repeated", "", `{"name":"ok","tags":["a","a"]}`, "tags", "validation_values_not_unique"},
		{"item of a wrong type", "", `{"name":"ok","tags":[1]}`, "tags", "validation_invalid_type"},
		{"nested", "", `{"name":"ok","from":{}}`, "city", "validation_required"},
		{"beyond int64", "", `{"name":"ok","amount":1e20}`, "amount", "validation_invalid_value"},
		{"unknown field", "", `{"name":"ok","role":"admin"}`, "role", "validation_unknown_field"},
		{"wrong case", "", `{"name":"ok","NAME":"other"}`, "NAME", "validation_unknown_field"},
		{"query type", "?copy=x", `{"name":"ok"}`, "copy", "validation_invalid_type"},
		{"query range", "?copy=10", `{"name":"ok"}`, "copy", "validation_max_less_equal_than_required"},
		{"query boolean", "?gift=x", `{"name":"ok"}`, "gift", "validation_invalid_type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.do("POST", "/api/orders/7"+c.query, "", c.body).want(t, 400, c.field, c.code)
		})
	}
	s.do("POST", "/api/orders/0123456789abcdef", "", `{"name":"ok"}`).want(t, 400, "id", "validation_length_too_long")
	// every fault is told at once
	s.do("POST", "/api/orders/7?copy=0", "", `{"name":"x","kind":1}`).want(t, 400,
		"copy", "validation_min_greater_equal_than_required", "name", "validation_length_too_short", "kind", "validation_invalid_type")
}

func TestAnswerToManyFaultsIsBounded(t *testing.T) {
	t.Parallel()
	s := newSite(t, rest.Post("/api/x", rest.Public, "X", echo))
	var body strings.Builder
	body.WriteString(`{"text":"a"`)
	for i := range 3000 {
		fmt.Fprintf(&body, `,"f%d":1`, i)
	}
	body.WriteString("}")
	a := s.do("POST", "/api/x", "", body.String())
	a.want(t, 400)
	if len(a.Data) != 50 {
		t.Errorf("%d faults told", len(a.Data))
	}
	s.do("POST", "/api/x", "", `{"text":"a","`+strings.Repeat("x", 50_000)+`":1}`).want(t, 400, strings.Repeat("x", 100), "validation_unknown_field")
}

func TestBodiesThatAreNotJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t, rest.Post("/api/orders/{id}", rest.Public, "Order", placeOrder))
	for name, body := range map[string]string{
		"cut off":         `{"name":"ok"`,
		"text":            `name=ok`,
		"two documents":   `{"name":"ok"}{"name":"ok"}`,
		"repeated names":  `{"name":"ok","name":"other"}`,
		"invalid UTF-8":   "{\"name\":\"\xff\xfe\"}",
		"too deep":        `{"name":"ok","any":` + strings.Repeat("[", 30_000) + strings.Repeat("]", 30_000) + `}`,
		"NUL":             "\x00",
		"a comment in it": `{"name":"ok"} // x`,
	} {
		a := s.do("POST", "/api/orders/7", "", body)
		a.want(t, 400)
		if a.Message != "The request body isn't valid JSON." || len(a.Data) != 0 {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	s.do("POST", "/api/orders/7", "", `{"name":"ok","any":`+strings.Repeat("[", 5_000)+strings.Repeat("]", 5_000)+`}`).want(t, 200)

	for _, contentType := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/cbor", "nonsense"} {
		s.do("POST", "/api/orders/7", "", `{"name":"ok"}`, "Content-Type", contentType).want(t, 415)
	}
	for _, contentType := range []string{"", "application/json; charset=utf-8", "application/vnd.api+json"} {
		s.do("POST", "/api/orders/7", "", `{"name":"ok"}`, "Content-Type", contentType).want(t, 200)
	}
}

func TestBodySizeIsLimited(t *testing.T) {
	t.Parallel()
	read := func(e *core.RequestEvent) error {
		b, err := io.ReadAll(e.Request.Body)
		if err != nil {
			return err
		}
		return e.JSON(200, len(b))
	}
	s := newSite(t,
		rest.Post("/api/typed", rest.Public, "X", echo),
		rest.Post("/api/large", rest.Public, "X", echo, rest.MaxBody(1<<20)),
		rest.Raw("POST", "/api/raw", rest.Public, "X", read))
	body := func(n int) string { // exactly n bytes
		return `{"text":"` + strings.Repeat("x", n-len(`{"text":""}`)) + `"}`
	}
	for _, path := range []string{"/api/typed", "/api/raw"} {
		s.do("POST", path, "", body(rest.DefaultMaxBody)).want(t, 200)
		for name, reader := range map[string]io.Reader{
			"announced": strings.NewReader(body(rest.DefaultMaxBody + 1)),
			"chunked":   io.MultiReader(strings.NewReader(body(rest.DefaultMaxBody + 1))),
			"100 kB":    io.MultiReader(strings.NewReader(body(100_000))),
		} {
			a := s.send("POST", path, "", reader)
			if a.code != 413 || a.Message != "Request entity too large." {
				t.Errorf("%s %s: %d %s", path, name, a.code, a.body)
			}
		}
	}
	s.do("POST", "/api/large", "", body(100_000)).want(t, 200)
}

// The values of a refused body may be passwords: they belong neither into the
// answer nor into the log.
func TestRefusedValuesAreNotRepeated(t *testing.T) {
	t.Parallel()
	s := newSite(t, rest.Post("/api/orders/{id}", rest.Public, "Order", placeOrder))
	s.Settings().Logs.MaxDays = 5
	for _, body := range []string{`{"name":"hunter2hunter2"}`, `{"name":"ok","x":"hunter2hunter2"}`, `{"hunter2hunter2`, `["hunter2hunter2"]`} {
		if a := s.do("POST", "/api/orders/7", "", body); a.code != 400 || strings.Contains(a.body, "hunter2") {
			t.Errorf("%s: %d %s", body, a.code, a.body)
		}
	}
	for _, l := range s.logged("/api/orders") {
		if strings.Contains(logText(l), "hunter2") {
			t.Errorf("logged: %s", logText(l))
		}
	}
}

func TestHandlerMayReadTheBodyAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t, rest.Post("/api/x", rest.Public, "X", func(e *core.RequestEvent, in *textInput) (*pong, error) {
		info, err := e.RequestInfo()
		if err != nil {
			return nil, err
		}
		return &pong{info.Body["text"] == in.Body.Text && in.Body.Text != ""}, nil
	}))
	if a := s.do("POST", "/api/x", "", `{"text":"hello"}`); a.body != `{"ok":true}` {
		t.Fatalf("%d %s", a.code, a.body)
	}
}

// deadlineWriter fails the test if somebody moves the connection's deadline. One
// set for the body would still stand while the handler works, and end the
// request's context under it.
type deadlineWriter struct {
	*httptest.ResponseRecorder
	t *testing.T
}

func (w deadlineWriter) SetReadDeadline(time.Time) error {
	w.t.Error("the connection's read deadline was changed")
	return nil
}

func TestDeadlineOfTheServerIsKept(t *testing.T) {
	t.Parallel()
	s := newSite(t, rest.Post("/api/x", rest.Public, "X", echo))
	w := deadlineWriter{httptest.NewRecorder(), t}
	s.handler.ServeHTTP(w, httptest.NewRequest("POST", "/api/x", strings.NewReader(`{"text":"a"}`)))
	if w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
}

// Whatever arrives is the client's fault or fine, never ours.
func FuzzBody(f *testing.F) {
	s := newSite(f, rest.Post("/api/orders/{id}", rest.Public, "Order", placeOrder))
	for _, body := range []string{``, `{}`, `[]`, `null`, `{"name":"ok","tags":["a"],"from":{"city":"x"},"amount":1e20}`, `{"name":"ok","any":{"a":[1,null,""]}}`, "{\"a\":\"\xff\"}"} {
		f.Add(body, "application/json")
	}
	f.Fuzz(func(t *testing.T, body, contentType string) {
		here := *s // with this call's t
		here.t = t
		switch a := here.do("POST", "/api/orders/7", "", body, "Content-Type", contentType); a.code {
		case 200, 400, 413, 415:
		default:
			t.Errorf("%d %s", a.code, a.body)
		}
	})
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	type rich struct {
		At    types.DateTime `json:"at"`
		Names []string       `json:"names"`
		Attrs map[string]int `json:"attrs"`
		Bad   string         `json:"bad"`
	}
	s := newSite(t,
		rest.Get("/api/rich", rest.Public, "X", func(e *core.RequestEvent, _ *rest.None) (rich, error) {
			e.Response.Header().Set("ETag", `"1"`)
			at, err := types.ParseDateTime("2026-11-22 10:00:00.000Z")
			return rich{At: at, Bad: "a\xffb <b>"}, err
		}),
		rest.Get("/api/slice", rest.Public, "X", func(*core.RequestEvent, *rest.None) ([]int, error) { return nil, nil }),
		rest.Delete("/api/none", rest.Public, "X", func(*core.RequestEvent, *rest.None) (*rest.None, error) { return nil, nil }),
		rest.Get("/api/nil", rest.Public, "X", func(*core.RequestEvent, *rest.None) (*rich, error) { return nil, nil }),
		rest.Get("/api/unencodable", rest.Public, "X", func(*core.RequestEvent, *rest.None) (map[string]any, error) {
			return map[string]any{"a": 1, "f": func() {}}, nil
		}),
		rest.Put("/api/put", rest.Public, "X", ping), rest.Patch("/api/patch", rest.Public, "X", ping),
	)
	a := s.do("GET", "/api/rich", "", "", "Accept", "application/cbor, json")
	if want := "{\"at\":\"2026-11-22 10:00:00.000Z\",\"names\":[],\"attrs\":{},\"bad\":\"a\ufffdb <b>\"}"; a.body != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	if a.header.Get("Content-Type") != "application/json" || a.header.Get("ETag") != `"1"` {
		t.Errorf("headers %v", a.header)
	}
	if a := s.do("GET", "/api/slice", "", ""); a.body != "[]" {
		t.Errorf("nil slice: %s", a.body)
	}
	if a := s.do("DELETE", "/api/none", "", ""); a.code != 204 || a.body != "" {
		t.Errorf("none: %d %q", a.code, a.body)
	}
	s.do("GET", "/api/nil", "", "").want(t, 500)
	s.do("GET", "/api/unencodable", "", "").want(t, 500)
	s.do("PUT", "/api/put", "", "").want(t, 200)
	s.do("PATCH", "/api/patch", "", "").want(t, 200)
}

func TestConcurrentRequestsDoNotMix(t *testing.T) {
	t.Parallel()
	s := newSite(t,
		rest.Post("/api/typed", rest.Public, "X", echo),
		rest.Post("/api/orders/{id}", rest.Public, "Order", placeOrder))
	errs := make(chan error)
	for worker := range 8 {
		go func() {
			var failed []string
			for i := range 50 {
				text := fmt.Sprintf("%d-%d", worker, i)
				if a := s.do("POST", "/api/typed", "", `{"text":"`+text+`"}`); a.body != `{"text":"`+text+`"}` {
					failed = append(failed, a.body)
				}
				if a := s.do("POST", "/api/orders/7", "", fmt.Sprintf(`{"name":"ok","f%s":1}`, text)); a.Data["f"+text].Code == "" {
					failed = append(failed, a.body)
				}
			}
			if len(failed) > 0 {
				errs <- fmt.Errorf("mixed up: %v", slices.Compact(failed))
				return
			}
			errs <- nil
		}()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
