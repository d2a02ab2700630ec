package accounts

import (
	"errors"
	"net/http"
	"testing"

	"jasaweb/collections"
)

// What PocketBase refuses: a field that we have words for, too many tries, and
// the rest, which is a fault of ours.
func TestRefusalsOfPocketBaseAreTranslated(t *testing.T) {
	t.Parallel()
	bad := &collections.Error{Code: "bad", Reason: collections.ReasonInvalid}
	ours := errors.New("ours")
	for _, c := range []struct {
		status int
		body   string
		want   error
	}{
		{200, "", nil},
		{399, `{"data":{"token":{"code":"x"}}}`, nil},
		{400, `{"data":{"token":{"code":"x"}}}`, bad},
		{400, `{"data":{"other":{"code":"x"}}}`, ours},
		{401, `{"data":{"token":{"code":"x"}}}`, ours},
		{428, `{}`, ours},
		{429, `{}`, collections.TooManyTries(0)},
		{430, `{}`, ours},
		{500, `no JSON`, ours},
	} {
		w := &innerAnswer{status: c.status, header: http.Header{}}
		w.body.WriteString(c.body)
		err := w.refusal(map[string]*collections.Error{"token": bad})
		var public *collections.Error
		if c.want == ours && (err == nil || errors.As(err, &public)) || c.want != ours && !errors.Is(err, c.want) {
			t.Errorf("%d %s: %v, want %v", c.status, c.body, err, c.want)
		}
	}
}
