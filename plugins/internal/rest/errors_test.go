package rest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// refusal has the methods of the domain's errors.
type refusal struct {
	code, field string
	status      int
}

func (r *refusal) Error() string     { return r.code + ": secret detail" }
func (r *refusal) ErrorCode() string { return r.code }
func (r *refusal) HTTPStatus() int   { return r.status }
func (r *refusal) ErrorField() string {
	return r.field
}
func (r *refusal) PublicMessage(lang string) string {
	return map[string]string{"id": "Tagihan sudah dibayar.", "en": "The invoice is paid."}[lang]
}

var failures = map[string]func(core.App) error{
	"plain":      func(core.App) error { return errors.New("secret detail") },
	"domain":     func(core.App) error { return fmt.Errorf("pay: %w", &refusal{"invoice_paid", "status", 409}) },
	"unfielded":  func(core.App) error { return &refusal{"gateway_down", "", 502} },
	"statusless": func(core.App) error { return &refusal{"x", "y", 0} },
	"nested": func(core.App) error {
		return validation.Errors{"status": &refusal{"invoice_paid", "status", 409}, "raw": errors.New("secret detail")}
	},
	"ozzo": func(core.App) error {
		return validation.Errors{"name": validation.Validate("abc", validation.Length(0, 2)), "age": validation.Validate("", validation.Required)}
	},
	"save": func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("notes")
		if err != nil {
			return err
		}
		record := core.NewRecord(c)
		record.Set("title", "x")
		return app.Save(record)
	},
	"norows": func(app core.App) error {
		_, err := app.FindRecordById("notes", "missing")
		return fmt.Errorf("project: %w", err)
	},
	"api": func(core.App) error { return router.NewApiError(418, "short and stout", "secret detail") },
	"wrappedapi": func(core.App) error {
		return fmt.Errorf("secret detail: %w", router.NewApiError(418, "short and stout", nil))
	},
	"panic": func(core.App) error { panic("secret detail") },
	"wrapped500": func(core.App) error {
		return &refusal{"bug", "", 500}
	},
}

func failing(t *testing.T) *site {
	type in struct {
		Kind string `path:"kind"`
	}
	return newSite(t,
		rest.Get("/api/typed/{kind}", rest.Public, "X", func(e *core.RequestEvent, in *in) (*pong, error) {
			return nil, failures[in.Kind](e.App)
		}),
		rest.Raw("GET", "/api/raw/{kind}", rest.Public, "X", func(e *core.RequestEvent) error {
			return failures[e.Request.PathValue("kind")](e.App)
		}))
}

func TestErrorsOfHandlers(t *testing.T) {
	t.Parallel()
	s := failing(t)
	for _, c := range []struct {
		kind, lang string
		status     int
		message    string
		fields     []string // field, code, message
	}{
		{"plain", "en", 500, "Something went wrong while processing your request.", nil},
		{"plain", "id", 500, "Terjadi kesalahan saat memproses permintaan Anda.", nil},
		{"panic", "en", 500, "Something went wrong while processing your request.", nil},
		{"domain", "en", 409, "The invoice is paid.", []string{"status", "invoice_paid", "The invoice is paid."}},
		{"domain", "id", 409, "Tagihan sudah dibayar.", []string{"status", "invoice_paid", "Tagihan sudah dibayar."}},
		{"unfielded", "id", 502, "Tagihan sudah dibayar.", nil},
		{"statusless", "en", 500, "Something went wrong while processing your request.", nil},
		{"nested", "id", 400, "Sebagian isian tidak valid. Periksa kembali.", []string{
			"status", "invoice_paid", "Tagihan sudah dibayar.", "raw", "validation_invalid_value", "Nilai tidak valid."}},
		{"ozzo", "en", 400, "Some of the submitted data is invalid.", []string{
			"name", "validation_length_too_long", "The length must be no more than 2.", "age", "validation_required", "Cannot be blank."}},
		{"ozzo", "id", 400, "Sebagian isian tidak valid. Periksa kembali.", []string{
			"name", "validation_length_too_long", "Maksimal 2 karakter.", "age", "validation_required", "Wajib diisi."}},
		{"save", "id", 400, "Sebagian isian tidak valid. Periksa kembali.", []string{"title", "validation_min_text_constraint", "Minimal 2 karakter."}},
		{"norows", "en", 404, "The requested resource wasn't found.", nil},
		{"norows", "id", 404, "Data yang diminta tidak ditemukan.", nil},
		{"api", "id", 418, "Short and stout.", nil},
		{"wrappedapi", "id", 418, "Short and stout.", nil},
	} {
		for _, path := range []string{"/api/typed/", "/api/raw/"} {
			a := s.do("GET", path+c.kind, "", "", "Accept-Language", c.lang)
			if a.code != c.status || a.Message != c.message || len(a.Data) != len(c.fields)/3 {
				if c.kind != "panic" || a.code != 500 {
					t.Errorf("%s%s in %s: %s", path, c.kind, c.lang, a.body)
				}
			}
			for i := 0; i < len(c.fields); i += 3 {
				if f := a.Data[c.fields[i]]; f.Code != c.fields[i+1] || f.Message != c.fields[i+2] {
					t.Errorf("%s%s in %s: %s", path, c.kind, c.lang, a.body)
				}
			}
			if strings.Contains(a.body, "secret") {
				t.Errorf("%s%s tells the cause: %s", path, c.kind, a.body)
			}
		}
	}
}

// The domain's own errors fit without this package knowing theirs.
func TestErrorsOfTheDomainKeepStatusAndWords(t *testing.T) {
	t.Parallel()
	refused := collections.Refuse("invoice_paid", "status", collections.Text{ID: "Sudah dibayar.", EN: "Already paid."})
	s := newSite(t,
		rest.Get("/api/refused", rest.Public, "X", func(*core.RequestEvent, *rest.None) (*pong, error) {
			return nil, fmt.Errorf("pay: %w", refused)
		}),
		rest.Get("/api/missing", rest.Public, "X", func(*core.RequestEvent, *rest.None) (*pong, error) {
			return nil, collections.ErrNotFound
		}))
	a := s.do("GET", "/api/refused", "", "", "Accept-Language", "id")
	a.want(t, 409, "status", "invoice_paid")
	if a.Message != "Sudah dibayar." || a.Data["status"].Message != "Sudah dibayar." {
		t.Error(a.body)
	}
	s.do("GET", "/api/missing", "", "").want(t, 404)
}

// An operator finds each failure once, with its cause; the client never does.
func TestInternalFailureIsLoggedOnceWithItsCause(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"plain", "panic", "unfielded", "wrapped500", "statusless"} {
		for _, route := range []string{"/api/typed/", "/api/raw/"} {
			s := failing(t)
			s.Settings().Logs.MaxDays = 5
			if a := s.do("GET", route+kind, "", ""); a.code < 500 || strings.Contains(a.body, "secret") {
				t.Fatalf("%s: %d %s", kind, a.code, a.body)
			}
			logs := s.logged("GET " + route + kind)
			if len(logs) != 1 {
				t.Fatalf("%s%s left %d rows", route, kind, len(logs))
			}
			if logs[0].Level != 8 || !strings.Contains(logText(logs[0]), "secret detail") {
				t.Errorf("%s%s: the row has no cause: %s", route, kind, logText(logs[0]))
			}
		}
	}
}

func TestRefusedInputIsLoggedWithItsReason(t *testing.T) {
	t.Parallel()
	s := newSite(t, rest.Post("/api/orders/{id}", rest.Public, "Order", placeOrder))
	s.Settings().Logs.MaxDays = 5
	s.do("POST", "/api/orders/7", "", `{"name":"x"}`).want(t, 400)
	logs := s.logged("POST /api/orders")
	if len(logs) != 1 || !strings.Contains(logText(logs[0]), "name: validation_length_too_short") {
		t.Fatalf("%d rows: %v", len(logs), logs)
	}
}
