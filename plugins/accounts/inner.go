package accounts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/passwords"
)

// users is where PocketBase serves what it does for accounts.
const users = "/api/collections/" + collections.Users

// ask sends PocketBase a request of its own from the same client address, so
// that its hooks, rate limits and precautions apply. Only if signedIn is set
// does the caller's token go along.
func (p *plugin) ask(e *core.RequestEvent, path string, input any, signedIn bool) (*innerAnswer, error) {
	body, err := json.Marshal(input)
	if err != nil {
		return nil, fmt.Errorf("accounts: %s: %w", path, err)
	}
	req, err := http.NewRequestWithContext(e.Request.Context(), http.MethodPost, users+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("accounts: %s: %w", path, err)
	}
	req.Header = e.Request.Header.Clone() // the client's address and language
	for _, own := range []string{"Authorization", "Cookie", "Content-Length", "Accept-Encoding"} {
		req.Header.Del(own)
	}
	if signedIn {
		req.Header.Set("Authorization", e.Request.Header.Get("Authorization"))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Host, req.RemoteAddr = e.Request.Host, e.Request.RemoteAddr
	w := &innerAnswer{header: http.Header{}, status: http.StatusOK}
	p.server.Handler.ServeHTTP(w, req)
	return w, nil
}

// innerAnswer keeps an in-process answer.
type innerAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *innerAnswer) Header() http.Header         { return w.header }
func (w *innerAnswer) WriteHeader(status int)      { w.status = status }
func (w *innerAnswer) Write(b []byte) (int, error) { return w.body.Write(b) }

// refusal translates what PocketBase refused. Faults is what to say about each
// of its fields; the first of its answer decides.
func (w *innerAnswer) refusal(faults map[string]*collections.Error) error {
	switch {
	case w.status < 400:
		return nil
	case w.status == http.StatusTooManyRequests:
		return tooManyTries(w)
	}
	var said struct {
		Data map[string]struct{ Code string }
	}
	if err := json.Unmarshal(w.body.Bytes(), &said); err != nil {
		return fmt.Errorf("accounts: read answer %d: %w", w.status, err)
	}
	if weak := weakPassword(said.Data["password"].Code); weak != nil {
		return weak
	}
	for field, fault := range faults {
		if _, ok := said.Data[field]; ok && w.status == http.StatusBadRequest {
			return fault
		}
	}
	return fmt.Errorf("accounts: PocketBase answered %d", w.status)
}

// tooManyTries passes on how long to wait, where PocketBase or its hooks said so.
func tooManyTries(w *innerAnswer) error {
	seconds, err := strconv.Atoi(w.header.Get("Retry-After"))
	if err != nil {
		seconds = int(limitWindow.Seconds())
	}
	return collections.TooManyTries(time.Duration(seconds) * time.Second)
}

// limitWindow is the longest time of PocketBase's own limits, which do not say it.
const limitWindow = 10 * time.Minute

// weakPassword is what a hook said of a new password, in both languages again.
func weakPassword(code string) error {
	for _, verdict := range []passwords.Verdict{passwords.Common, passwords.Own} {
		if weak, ok := errors.AsType[*collections.Error](collections.WeakPassword(verdict)); ok && weak.Code == code {
			return weak
		}
	}
	return nil
}
