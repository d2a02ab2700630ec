package accounts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

const passwordAuthPath = "/api/collections/" + collections.Users + "/auth-with-password"

// authAnswer is what we need of PocketBase's answer to a login.
type authAnswer struct {
	Token  string `json:"token"`
	Record struct {
		ID string `json:"id"`
	} `json:"record"`
}

// authWithPassword sends PocketBase its own login request from the same client
// address. It returns badLogin, a too-many-requests error, or a failure.
func (p *plugin) authWithPassword(e *core.RequestEvent, email, password string) (*authAnswer, error) {
	body, err := json.Marshal(map[string]string{"identity": email, "password": password, "identityField": "email"})
	if err != nil {
		return nil, fmt.Errorf("accounts: login: %w", err)
	}
	req, err := http.NewRequestWithContext(e.Request.Context(), http.MethodPost, passwordAuthPath, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("accounts: login: %w", err)
	}
	req.Header = e.Request.Header.Clone() // the client's address and language
	for _, own := range []string{"Authorization", "Cookie", "Content-Length", "Accept-Encoding"} {
		req.Header.Del(own)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Host, req.RemoteAddr = e.Request.Host, e.Request.RemoteAddr
	w := &answerWriter{header: http.Header{}, status: http.StatusOK}
	p.server.Handler.ServeHTTP(w, req)

	switch w.status {
	case http.StatusOK:
		answer := &authAnswer{}
		if err := json.Unmarshal(w.body.Bytes(), answer); err != nil {
			return nil, fmt.Errorf("accounts: read login answer: %w", err)
		}
		return answer, nil
	case http.StatusBadRequest:
		return nil, badLogin
	case http.StatusTooManyRequests:
		return nil, &collections.Error{Code: "too_many_logins", Status: http.StatusTooManyRequests, Text: collections.Text{
			ID: "Terlalu banyak percobaan masuk. Coba lagi satu menit lagi.",
			EN: "Too many attempts to sign in. Try again in a minute.",
		}}
	case http.StatusUnauthorized:
		return nil, &collections.Error{Code: "mfa_required", Status: http.StatusUnauthorized, Text: collections.Text{
			ID: "Akun ini memakai verifikasi dua langkah.", EN: "This account uses two-step sign-in.",
		}}
	case http.StatusForbidden:
		return nil, e.ForbiddenError("", nil)
	}
	return nil, fmt.Errorf("accounts: login answered %d", w.status)
}

// answerWriter keeps an in-process answer.
type answerWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *answerWriter) Header() http.Header         { return w.header }
func (w *answerWriter) WriteHeader(status int)      { w.status = status }
func (w *answerWriter) Write(b []byte) (int, error) { return w.body.Write(b) }
