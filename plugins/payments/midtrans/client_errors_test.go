package midtrans

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"jasaweb/plugins/payments/gateway"
)

var classes = []error{gateway.ErrNotFound, gateway.ErrDuplicate, gateway.ErrNotModifiable, gateway.ErrRejected, gateway.ErrRetryable, gateway.ErrAmbiguous}

// expectClass fails unless err is of this class and no other, and keeps the key.
func expectClass(t *testing.T, what string, err, want error) {
	t.Helper()
	for _, class := range classes {
		if errors.Is(err, class) != (class == want) {
			t.Errorf("%s: %v: is %q: %v", what, err, class, errors.Is(err, class))
		}
	}
	keepsSecrets(t, err)
}

func keepsSecrets(t *testing.T, err error) {
	t.Helper()
	text := fmt.Sprintf("%v %+v %#v", err, err, err)
	var api *gateway.APIError
	if errors.As(err, &api) {
		text += fmt.Sprintf("%+v %#v", *api, *api)
		if api.Cause != nil {
			text += fmt.Sprintf("%+v %#v", api.Cause, api.Cause)
		}
	}
	for _, secret := range []string{goldenKey, "PREVIOUS", base64.StdEncoding.EncodeToString([]byte(goldenKey + ":")), "Basic", "budi@"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %s", secret, text)
		}
	}
}

// Midtrans answers errors with HTTP status 200 and the code in the body.
func TestTheCodeInTheBodyDecides(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]error{
		"400": gateway.ErrRejected, "401": gateway.ErrRejected, "402": gateway.ErrRejected, "403": gateway.ErrRejected, "404": gateway.ErrNotFound, "405": gateway.ErrRejected,
		"406": gateway.ErrDuplicate, "408": gateway.ErrRejected, "410": gateway.ErrRejected, "411": gateway.ErrRejected, "412": gateway.ErrNotModifiable, "413": gateway.ErrRejected,
		"414": gateway.ErrRejected, "429": gateway.ErrRetryable, "500": gateway.ErrAmbiguous, "502": gateway.ErrAmbiguous, "503": gateway.ErrAmbiguous, "504": gateway.ErrAmbiguous,
		"300": gateway.ErrAmbiguous, "999": gateway.ErrAmbiguous, "900": gateway.ErrAmbiguous,
	} {
		for _, op := range operations {
			for _, status := range []int{200, 503} {
				c, _ := answering(t, status, `{"status_code":"`+code+`","status_message":"so it is","id":"x"}`)
				got, err := op.do(t.Context(), c)
				if got != nil {
					t.Errorf("%s, %s: %+v", op.name, code, got)
				}
				expectClass(t, op.name+" "+code, err, want)
				var api *gateway.APIError
				if !errors.As(err, &api) || api.StatusCode != code || api.Message != "so it is" {
					t.Errorf("%s, %s: %#v", op.name, code, api)
				}
			}
		}
	}
}

func TestExpiredIsAFailureWhereItIsNoAnswer(t *testing.T) {
	t.Parallel()
	c, _ := answering(t, 200, `{"status_code":"407"}`)
	_, err := c.Charge(t.Context(), someCharge())
	expectClass(t, "charge", err, gateway.ErrRejected)
	_, err = c.Cancel(t.Context(), "o1", "")
	expectClass(t, "cancel", err, gateway.ErrRejected)
}

func TestRequestInFlightIsToBeRepeated(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{"status_code":"202","status_message":"in progress"}`, ``, `{}`} {
		c, _ := answering(t, 202, answer)
		_, err := c.Charge(t.Context(), someCharge())
		expectClass(t, answer, err, gateway.ErrRetryable)
	}
}

// What Midtrans did not write, or not to its end, proves nothing: the charge
// may exist.
func TestUnreadableAnswersLeaveTheOutcomeOpen(t *testing.T) {
	t.Parallel()
	page := "<html><body>Bad gateway</body></html>"
	for name, a := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"proxy page 502":         {502, page, gateway.ErrAmbiguous},
		"proxy page 404":         {404, page, gateway.ErrAmbiguous},
		"proxy page 406":         {406, page, gateway.ErrAmbiguous},
		"proxy page 412":         {412, page, gateway.ErrAmbiguous},
		"proxy page 403":         {403, page, gateway.ErrAmbiguous},
		"proxy page 200":         {200, page, gateway.ErrAmbiguous},
		"proxy page 429":         {429, page, gateway.ErrRetryable},
		"empty":                  {200, "", gateway.ErrAmbiguous},
		"no code":                {200, `{"order_id":"o1"}`, gateway.ErrAmbiguous},
		"null":                   {200, `null`, gateway.ErrAmbiguous},
		"two answers":            {200, `{"status_code":"201"}{"status_code":"201"}`, gateway.ErrAmbiguous},
		"larger than is read":    {200, `{"status_code":"201","x":"` + strings.Repeat("x", maxAnswer) + `"}`, gateway.ErrAmbiguous},
		"code behind the limit":  {200, `{"x":"` + strings.Repeat("x", 2*maxAnswer) + `","status_code":"404"}`, gateway.ErrAmbiguous},
		"cut off in the message": {200, `{"status_code":"404","status_message":"Transaction doe`, gateway.ErrAmbiguous},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, op := range operations {
				c, _ := answering(t, a.status, a.body)
				_, err := op.do(t.Context(), c)
				expectClass(t, op.name, err, a.want)
				if len(err.Error()) > 300 {
					t.Errorf("%s: an error of %d characters", op.name, len(err.Error()))
				}
			}
		})
	}
}

func TestSlowProviderIsLeftAtTheDeadline(t *testing.T) {
	t.Parallel()
	for _, op := range operations {
		for name, begin := range map[string]bool{"before the answer": false, "within the answer": true} {
			t.Run(op.name+" "+name, func(t *testing.T) {
				t.Parallel()
				c := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the client went
					if begin {
						_, _ = io.WriteString(w, `{"status_code":"201",`)
						w.(http.Flusher).Flush()
					}
					select {
					case <-r.Context().Done():
					case <-time.After(20 * time.Second):
					}
				}))
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				start := time.Now()
				_, err := op.do(ctx, c)
				if took := time.Since(start); took > 5*time.Second {
					t.Errorf("took %v", took)
				}
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("the cause is not the deadline: %v", err)
				}
				expectClass(t, op.name, err, gateway.ErrAmbiguous)
			})
		}
	}
}

func TestCutConnectionLeavesTheOutcomeOpen(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"before the answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"within the answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, whole("201"))
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clientOf(t, h)
			for _, op := range operations {
				_, err := op.do(t.Context(), c)
				expectClass(t, op.name, err, gateway.ErrAmbiguous)
			}
		})
	}
}

// Followed, the POST would come back as a GET with an answer about nothing.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, op := range operations {
			asked := 0
			c := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if asked++; asked == 1 {
					http.Redirect(w, r, "/elsewhere", status)
					return
				}
				_, _ = io.WriteString(w, `{"status_code":"404"}`)
			}))
			_, err := op.do(t.Context(), c)
			expectClass(t, fmt.Sprint(op.name, " ", status), err, gateway.ErrAmbiguous)
			if asked != 1 {
				t.Errorf("%s: %d requests after a %d", op.name, asked, status)
			}
			if c.config.HTTP.CheckRedirect != nil {
				t.Error("the caller's HTTP client was changed")
			}
		}
	}
}

func TestErrorsKeepTheKeyOfBrokenSettings(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"http://127.0.0.1:1", "http://[", "nonsense", "ftp://x", ""} {
		c, _ := answering(t, 200, "")
		c.config.BaseURL = base
		for _, op := range operations {
			_, err := op.do(t.Context(), c)
			if err == nil {
				t.Errorf("%s at %q: no error", op.name, base)
			}
			keepsSecrets(t, err)
		}
	}
}

// The provider's words go to the log, so they are short.
func TestMessagesAreClipped(t *testing.T) {
	t.Parallel()
	c, _ := answering(t, 200, `{"status_code":"400","status_message":"`+strings.Repeat("é", 5000)+`"}`)
	_, err := c.Status(t.Context(), "o1")
	var api *gateway.APIError
	if !errors.As(err, &api) || len([]rune(api.Message)) != 200 {
		t.Errorf("%.100v", err)
	}
}
