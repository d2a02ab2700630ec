// Package sandbox is a local stand-in for the Midtrans Core API: it creates QRIS
// transactions, lets a person pay them in a mock wallet and sends the signed
// notifications, so that payments can be developed and tested without an
// account, a network or money.
//
//	s, err := sandbox.New(sandbox.Config{NotifyURL: site + "/api/webhooks/midtrans"})
//	server := httptest.NewServer(s)
//	…
//	s.Pay(orderID)
//
// It can misbehave as providers and networks do (SetChaos), by a clock that a
// test moves (Config.ManualClock, Advance), and the same way in every run
// (Config.Random).
//
// Its codes name an acquirer and a merchant that do not exist, so no real wallet
// can pay them. Everything is held in memory.
package sandbox

import (
	"context"
	cryptorand "crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v5"
)

// What New fills in for empty fields of Config.
const (
	DefaultServerKey  = "SB-Mid-server-JASAWEBTESTKEY000001"
	DefaultMerchantID = "G000000001"
)

// KeyPrefix begins every sandbox key of Midtrans. Other keys are refused: a
// production key has no business in a simulator.
const KeyPrefix = "SB-"

// What the HTTP status of an answer is. Midtrans says the code in the body and
// most often answers HTTP 200, whatever it is.
const (
	HTTPStatusAlways200 = "always200" // except 401, 202, and 404 and 405 of unknown paths
	HTTPStatusBody      = "body"      // the code in the body
)

// Config is what a Server needs to know. The zero value works; it notifies
// nobody.
type Config struct {
	ServerKey  string // default DefaultServerKey
	MerchantID string // default DefaultMerchantID; 1 to 15 printable ASCII characters

	// NotifyURL receives the notifications of a charge that names no other URL.
	NotifyURL string

	// BaseURL is where this server is reached, for the links in its answers.
	// Default: the address that the client used.
	BaseURL string

	// RetryProfile is the rhythm of repeated notifications: "a" (default) waits
	// from two minutes to 3.5 hours, "b" always a minute. Midtrans documents both.
	RetryProfile string

	// Speed divides the waits, default 1: between the attempts of a notification,
	// for the bank that confirms a refund and those of chaos. It leaves the
	// timeouts and the expiry of transactions alone.
	Speed float64

	// ManualClock makes time stand still, from Now at the start, until Advance
	// moves it. What is due at once still happens at once.
	ManualClock bool

	// Realistic notifies payments up to 20 seconds after them and lets the expiry
	// job come up to 90 seconds late, as Midtrans says of itself. Otherwise both
	// happen at once.
	Realistic bool

	// HTTPStatus says how answers of the API carry their code: HTTPStatusAlways200
	// (default) or HTTPStatusBody.
	HTTPStatus string

	// AllowRemote permits notifications to hosts other than this machine.
	AllowRemote bool

	Now    func() time.Time // default time.Now
	Random rand.Source      // ids, jitter and chaos; default unpredictable
	Logger *slog.Logger     // default silent; the server key never gets there
}

// Server is the sandbox, an http.Handler. Close ends its goroutines.
type Server struct {
	config    Config
	profile   retryProfile
	echo      *echo.Echo
	client    *http.Client
	transport *http.Transport

	stop       context.CancelFunc
	stopped    context.Context
	background sync.WaitGroup

	clock *manualClock // nil: time passes by itself
	turn  sync.Mutex   // held by whoever works on the agenda; taken before mu

	mu           sync.Mutex // guards everything below
	random       *rand.Rand
	dice         *rand.Rand // of chaos alone: with or without it the ids are the same
	rules        []*Rule
	closed       bool
	epoch        context.Context // ends at a reset, and with it the deliveries
	endEpoch     context.CancelFunc
	transactions []*transaction
	index        map[string]*transaction // by id, and the newest by order id
	nextExpiry   time.Time               // of the pending transactions; zero when there are none
	deliveries   []*delivery
	idempotent   map[string]*savedReply
	agenda       []errand // of the manual clock, the next one first
	refundCount  int      // numbers the refunds, as refund_chargeback_id
}

// New starts a sandbox. Close it.
func New(config Config) (*Server, error) {
	if err := config.complete(); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s := &Server{config: config, profile: retryProfiles[config.RetryProfile], random: rand.New(config.Random)}
	s.dice = rand.New(rand.NewPCG(s.random.Uint64(), s.random.Uint64()))
	if config.ManualClock {
		// From a whole second on: the times that the API tells have no fractions.
		s.clock = &manualClock{now: config.Now().Truncate(time.Second)}
		s.config.Now = s.clock.Now
	}
	s.stopped, s.stop = context.WithCancel(context.Background())
	s.transport = newTransport(config.AllowRemote)
	s.client = newClient(s.transport)
	s.clear()
	if err := s.bind(); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	if s.clock == nil {
		s.background.Go(s.watchExpiry)
	}
	return s, nil
}

// complete fills in the defaults and refuses what cannot work or is not safe.
func (c *Config) complete() error {
	if c.ServerKey == "" {
		c.ServerKey = DefaultServerKey
	}
	if !strings.HasPrefix(c.ServerKey, KeyPrefix) {
		return errors.New("the server key does not begin with " + KeyPrefix + ": only sandbox keys are accepted")
	}
	if c.MerchantID == "" {
		c.MerchantID = DefaultMerchantID
	}
	if c.RetryProfile == "" {
		c.RetryProfile = "a"
	}
	if _, ok := retryProfiles[c.RetryProfile]; !ok {
		return fmt.Errorf("retry profile %q is neither a nor b", c.RetryProfile)
	}
	if c.HTTPStatus == "" {
		c.HTTPStatus = HTTPStatusAlways200
	}
	if c.HTTPStatus != HTTPStatusAlways200 && c.HTTPStatus != HTTPStatusBody {
		return fmt.Errorf("HTTP status %q is neither %s nor %s", c.HTTPStatus, HTTPStatusAlways200, HTTPStatusBody)
	}
	if c.Speed == 0 {
		c.Speed = 1
	}
	if c.Speed < 0 {
		return fmt.Errorf("speed %g is negative", c.Speed)
	}
	if c.ManualClock && c.Speed != 1 {
		return fmt.Errorf("speed %g: a manual clock has none", c.Speed)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		var seed [32]byte
		cryptorand.Read(seed[:]) // never fails: it ends the program instead
		c.Random = rand.NewChaCha8(seed)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if err := c.checkURLs(); err != nil {
		return err
	}
	// A code made now shows that the merchant id fits one.
	_, err := c.code(1, "probe")
	return err
}

func (c *Config) checkURLs() error {
	if c.BaseURL != "" {
		if _, err := parseURL(c.BaseURL); err != nil {
			return fmt.Errorf("base URL: %w", err)
		}
		c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	}
	if c.NotifyURL == "" {
		return nil
	}
	u, err := parseURL(c.NotifyURL)
	if err != nil {
		return fmt.Errorf("notify URL: %w", err)
	}
	if !c.AllowRemote && !localName(u.Hostname()) {
		return fmt.Errorf("notify URL: %s is not this machine", u.Hostname())
	}
	return nil
}

// parseURL accepts absolute http and https addresses.
func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is not an http address", s)
	}
	return u, nil
}

// ServeHTTP answers the Midtrans API, the mock wallet and the control interface.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Close ends the deliveries and the expiry job and waits for them. The handler
// keeps answering, but nothing is notified any more.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.background.Wait()
	s.transport.CloseIdleConnections()
}

// clear forgets everything; the caller holds the lock or is New.
func (s *Server) clear() {
	if s.endEpoch != nil {
		s.endEpoch()
	}
	s.epoch, s.endEpoch = context.WithCancel(s.stopped)
	s.transactions, s.deliveries = nil, nil
	s.index = map[string]*transaction{}
	s.idempotent = map[string]*savedReply{}
	s.nextExpiry = time.Time{}
	s.agenda = nil
	for _, r := range s.rules {
		r.Fired = 0
	}
	s.refundCount = 0
}

// spawn runs f in a goroutine that Close waits for; the caller holds the lock.
// After Close it does nothing.
func (s *Server) spawn(f func()) {
	if !s.closed {
		s.background.Go(f)
	}
}

// wait sleeps d divided by the speed; false means that ctx ended.
func (s *Server) wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(time.Duration(float64(d) / s.config.Speed))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// uuid makes a random id of version 4; the caller holds the lock.
func (s *Server) uuid() string {
	high, low := s.random.Uint64(), s.random.Uint64()
	high = high&^0xF000 | 0x4000
	low = low&^(3<<62) | 1<<63
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xFFFF, high&0xFFFF, low>>48, low&0xFFFFFFFFFFFF)
}

// number makes a random decimal number of n digits; the caller holds the lock.
func (s *Server) number(n int) string {
	digits := make([]byte, n)
	for i := range digits {
		digits[i] = byte('0' + s.random.IntN(10))
	}
	return string(digits)
}
