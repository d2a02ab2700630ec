package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// States of a delivery.
const (
	DeliveryWaiting   = "waiting"   // not tried yet, or to be tried again
	DeliveryDelivered = "delivered" // answered with 2xx
	DeliveryFailed    = "failed"    // given up
)

// Delivery is the history of one notification to one URL.
type Delivery struct {
	ID                int             `json:"id"`
	OrderID           string          `json:"order_id,omitempty"`           // empty for a crafted one
	TransactionStatus string          `json:"transaction_status,omitempty"` // as announced
	URL               string          `json:"url"`
	Body              json.RawMessage `json:"body"`
	State             string          `json:"state"`
	CreatedAt         time.Time       `json:"created_at"`
	NextAttempt       *time.Time      `json:"next_attempt,omitempty"` // nil when there is none
	Attempts          []Attempt       `json:"attempts"`
}

// Attempt is one POST of a notification.
type Attempt struct {
	At         time.Time `json:"at"`
	StatusCode int       `json:"status_code,omitempty"` // 0: no answer
	Error      string    `json:"error,omitempty"`
}

// delivery is a Delivery at work. The server's lock guards all of it.
type delivery struct {
	Delivery
	hold      time.Duration   // before the first attempt
	gate      <-chan struct{} // the first attempt waits until it is closed; may be nil
	after     *delivery       // goes first; may be nil
	followers []*delivery     // those that wait for this one
	tried     chan struct{}   // closed once the followers may go
	shorten   []float64       // by how much of it each wait is jittered down
	lost      int             // attempts that chaos loses on the way
	overtaken bool            // chaos lets the followers go without waiting
	vanished  bool            // chaos loses the whole notification
}

// retryProfile is how long to wait for an answer and between attempts.
type retryProfile struct {
	timeout time.Duration
	waits   []time.Duration
	jitter  bool // shorten the waits by chance: two minutes may be 33 seconds
}

// retryProfiles are the two that Midtrans documents on different pages.
var retryProfiles = map[string]retryProfile{
	"a": {
		timeout: 15 * time.Second, jitter: true,
		waits: []time.Duration{2 * time.Minute, 10 * time.Minute, 30 * time.Minute, 90 * time.Minute, 210 * time.Minute},
	},
	"b": {
		timeout: 30 * time.Second,
		waits:   []time.Duration{time.Minute, time.Minute, time.Minute, time.Minute, time.Minute},
	},
}

// retries is how often a notification is repeated that was answered with code;
// 0 stands for no answer.
func retries(code int) int {
	switch code {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther:
		return 0
	case http.StatusInternalServerError:
		return 1
	case http.StatusBadRequest, http.StatusNotFound:
		return 2
	case http.StatusServiceUnavailable:
		return 4
	}
	return 5
}

// record adds a delivery to the history; the caller holds the lock.
func (s *Server) record(target string, body []byte) *delivery {
	d := &delivery{tried: make(chan struct{})}
	d.ID, d.URL, d.Body, d.State, d.CreatedAt = len(s.deliveries)+1, target, body, DeliveryWaiting, s.config.Now()
	if s.profile.jitter {
		// Drawn now and not at the attempt, so that the order in which receivers
		// answer does not decide who gets which.
		for range s.profile.waits {
			d.shorten = append(d.shorten, 0.75*s.random.Float64())
		}
	}
	s.deliveries = append(s.deliveries, d)
	return d
}

// dispatch sends recorded deliveries on their way. Every notification leaves
// through here. The caller holds the lock.
func (s *Server) dispatch(deliveries []*delivery) {
	for _, d := range deliveries {
		if d.after != nil && !d.after.over() {
			d.after.followers = append(d.after.followers, d)
			continue
		}
		s.start(d)
	}
}

// start arranges the first attempt; the caller holds the lock.
func (s *Server) start(d *delivery) {
	if d.vanished {
		d.State, d.Attempts = DeliveryFailed, []Attempt{{At: s.config.Now(), Error: errLost.Error()}}
		s.letFollow(d)
		return
	}
	if d.overtaken {
		s.letFollow(d)
	}
	s.later(d.hold, func(ctx context.Context) {
		if d.gate != nil {
			select {
			case <-d.gate:
			case <-ctx.Done():
			}
		}
		s.attempt(ctx, d, 0)
	})
}

// over tells whether the first attempt was made, or need not be waited for.
func (d *delivery) over() bool {
	select {
	case <-d.tried:
		return true
	default:
		return false
	}
}

// letFollow starts the deliveries behind d; the caller holds the lock.
func (s *Server) letFollow(d *delivery) {
	if d.over() {
		return
	}
	close(d.tried)
	for _, f := range d.followers {
		s.start(f)
	}
	d.followers = nil
}

// errLost stands in the history where chaos lost a notification on its way.
var errLost = errors.New("sandbox: lost on the way by chaos")

// attempt posts the notification, for the first time if before is 0, and
// arranges the next attempt unless it was accepted or the answer forbids one.
func (s *Server) attempt(ctx context.Context, d *delivery, before int) {
	code, err := 0, errLost
	if before >= d.lost { // lost is not changed after the dispatch
		code, err = s.post(ctx, d.URL, d.Body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return // a reset has forgotten the delivery, and those that follow
	}
	pause, again := s.note(d, before, code, err)
	s.letFollow(d)
	if again {
		s.later(pause, func(ctx context.Context) { s.attempt(ctx, d, before+1) })
	}
}

// note writes an attempt into the history and decides whether and after what
// pause there is another one. The caller holds the lock.
func (s *Server) note(d *delivery, attempt, code int, err error) (pause time.Duration, again bool) {
	now := s.config.Now()
	a := Attempt{At: now, StatusCode: code}
	if err != nil {
		a.Error = err.Error()
	}
	d.Attempts, d.NextAttempt = append(d.Attempts, a), nil
	s.config.Logger.Info("notification", "delivery", d.ID, "order_id", d.OrderID, "status", d.TransactionStatus,
		"url", d.URL, "attempt", attempt+1, "reply", code, "error", a.Error)
	switch {
	case code >= 200 && code < 300:
		d.State = DeliveryDelivered
		return 0, false
	case errors.Is(err, errRemote) || attempt >= retries(code):
		d.State = DeliveryFailed
		return 0, false
	}
	pause = s.profile.waits[attempt]
	if d.shorten != nil {
		pause -= time.Duration(float64(pause) * d.shorten[attempt])
	}
	next := now.Add(time.Duration(float64(pause) / s.config.Speed))
	d.NextAttempt = &next
	return pause, true
}

// maxRedirects is how many 307 and 308 answers one attempt follows.
const maxRedirects = 5

// post makes one attempt and returns the code of the last answer, 0 if there
// was none.
func (s *Server) post(ctx context.Context, target string, body []byte) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, s.profile.timeout)
	defer cancel()
	for redirects := 0; ; redirects++ {
		code, location, err := s.postOnce(ctx, target, body)
		if err != nil {
			return 0, err
		}
		if code != http.StatusTemporaryRedirect && code != http.StatusPermanentRedirect {
			return code, nil
		}
		if redirects == maxRedirects {
			return code, fmt.Errorf("sandbox: more than %d redirects", maxRedirects)
		}
		if location == "" {
			return code, errors.New("sandbox: a redirect to nowhere")
		}
		target = location
	}
}

// postOnce makes one request and returns the answer's code and, of a redirect,
// the absolute address. The answer's body means nothing.
func (s *Server) postOnce(ctx context.Context, target string, body []byte) (code int, location string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return 0, "", fmt.Errorf("sandbox: notify: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "Veritrans")
	answer, err := s.client.Do(request)
	if err != nil {
		return 0, "", fmt.Errorf("sandbox: notify: %w", err)
	}
	defer answer.Body.Close()
	// Reading a little lets the connection be used again; a failure to read it
	// changes nothing.
	_, _ = io.CopyN(io.Discard, answer.Body, 4<<10)
	if u, err := answer.Location(); err == nil {
		location = u.String()
	}
	return answer.StatusCode, location, nil
}

// errRemote marks an address that is not this machine's.
var errRemote = errors.New("sandbox: notifications go to this machine only")

// newTransport dials this machine only, unless remote is allowed. The check is
// made on the address that a name resolved to, so neither a redirect nor a DNS
// entry gets around it.
func newTransport(remote bool) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	if !remote {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			if !loopback(address) {
				return fmt.Errorf("%w, not to %s", errRemote, address)
			}
			return nil
		}
	}
	return &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second, MaxIdleConnsPerHost: 8, IdleConnTimeout: 30 * time.Second}
}

// newClient does not follow redirects: post does, by Midtrans' rules.
func newClient(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// loopback tells whether host:port is on this machine.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// localName tells whether a host of a URL is, by its name, this machine.
func localName(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || loopback(net.JoinHostPort(host, "0"))
}
