package sandbox

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// ended returns the delivery once it is delivered or given up.
func (s *shop) ended(id int) Delivery {
	s.t.Helper()
	var d Delivery
	eventually(s.t, func() bool {
		d = s.Deliveries()[id-1]
		return d.State != DeliveryWaiting
	})
	return d
}

func TestRetriesDependOnTheAnswer(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]int{
		200: 0, 201: 0, 204: 0, 299: 0, 301: 0, 302: 0, 303: 0, 304: 5, 400: 2, 401: 5, 404: 2, 405: 5, 409: 5, 429: 5, 500: 1, 501: 5, 502: 5, 503: 4,
	} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.webhook.answer = func(_ int, w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", s.webhook.URL+"/elsewhere")
				w.WriteHeader(code)
			}
			s.charged(charge)
			d := s.ended(1)
			state := DeliveryFailed
			if code < 300 {
				state = DeliveryDelivered
			}
			if len(d.Attempts) != want+1 || d.State != state || d.NextAttempt != nil || len(s.webhook.all()) != want+1 {
				t.Errorf("%d attempts, %d received, %s", len(d.Attempts), len(s.webhook.all()), d.State)
			}
			for _, a := range d.Attempts {
				if a.StatusCode != code {
					t.Errorf("recorded %+v", a)
				}
			}
		})
	}
}

func TestRetriesEndWithASuccess(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *Config) { c.RetryProfile = "b" })
	s.webhook.answer = func(n int, w http.ResponseWriter, _ *http.Request) {
		if n <= 3 {
			w.WriteHeader(503)
		}
	}
	s.charged(charge)
	if d := s.ended(1); d.State != DeliveryDelivered || len(d.Attempts) != 4 || d.Attempts[3].StatusCode != 200 || d.OrderID != goldenOrder || d.TransactionStatus != "pending" {
		t.Errorf("%+v", d)
	}
}

func TestNoAnswerIsRetriedFiveTimes(t *testing.T) {
	t.Parallel()
	s := open(t)
	release := make(chan struct{})
	defer close(release)
	s.profile.timeout = 20 * time.Millisecond
	s.webhook.answer = func(int, http.ResponseWriter, *http.Request) { <-release }
	s.charged(charge)
	d := s.ended(1)
	if d.State != DeliveryFailed || len(d.Attempts) != 6 || d.Attempts[0].StatusCode != 0 || !strings.Contains(d.Attempts[0].Error, "deadline") {
		t.Errorf("timeout: %+v", d)
	}
	gone := newWebhook(t)
	gone.Close()
	s.charged(strings.Replace(charge, goldenOrder, "refused", 1), "X-Override-Notification", gone.URL)
	if d := s.ended(2); d.State != DeliveryFailed || len(d.Attempts) != 6 || !strings.Contains(d.Attempts[5].Error, "refused") {
		t.Errorf("refused connection: %+v", d)
	}
}

func TestTheNextAttemptIsPlanned(t *testing.T) {
	t.Parallel()
	for profile, c := range map[string]struct{ least, most time.Duration }{"a": {30 * time.Second, 2 * time.Minute}, "b": {time.Minute, time.Minute}} {
		s := open(t, func(c *Config) { c.RetryProfile, c.Speed = profile, 1 })
		s.webhook.answer = func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }
		s.charged(charge)
		eventually(t, func() bool { return s.Deliveries()[0].NextAttempt != nil })
		if wait := s.Deliveries()[0].NextAttempt.Sub(s.clock.Now()); wait < c.least || wait > c.most {
			t.Errorf("profile %s waits %v", profile, wait)
		}
	}
	for name, want := range map[string]time.Duration{"a": 15 * time.Second, "b": 30 * time.Second} {
		if p := retryProfiles[name]; p.timeout != want || len(p.waits) != 5 {
			t.Errorf("profile %s: %+v", name, p)
		}
	}
}

func TestTemporaryRedirectsAreFollowed(t *testing.T) {
	t.Parallel()
	for _, code := range []int{http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		s := open(t)
		s.webhook.answer = func(n int, w http.ResponseWriter, r *http.Request) {
			if r.Method != "POST" {
				t.Errorf("%s after a redirect", r.Method)
			}
			if n <= maxRedirects {
				w.Header().Set("Location", fmt.Sprintf("/hop/%d", n))
				w.WriteHeader(code)
			}
		}
		s.charged(charge)
		d := s.ended(1)
		if d.State != DeliveryDelivered || len(d.Attempts) != 1 {
			t.Errorf("%d: %+v", code, d)
		}
		for _, o := range s.webhook.wait(t, maxRedirects+1) {
			expect(t, o, object{"signature_key": golden201})
		}
	}
}

func TestEndlessRedirectsAreGivenUp(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.webhook.answer = func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/again")
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
	s.charged(charge)
	if d := s.ended(1); d.State != DeliveryFailed || len(d.Attempts) != 6 || d.Attempts[0].StatusCode != 307 || !strings.Contains(d.Attempts[0].Error, "redirects") {
		t.Errorf("%+v", d)
	}
}

func TestNotificationsStayOnThisMachine(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.webhook.answer = func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			w.Header().Set("Location", "http://192.0.2.1/hook")
			w.WriteHeader(http.StatusPermanentRedirect)
		}
	}
	for i, target := range []string{"http://192.0.2.1/hook", "https://[2001:db8::1]/hook", "http://0.0.0.0:9/", s.webhook.URL + "/away"} {
		s.charged(strings.Replace(charge, goldenOrder, fmt.Sprint("order-", i), 1), "X-Override-Notification", target)
		if d := s.ended(i + 1); d.State != DeliveryFailed || len(d.Attempts) != 1 || !strings.Contains(d.Attempts[0].Error, errRemote.Error()) {
			t.Errorf("%s: %+v", target, d)
		}
	}
}

func TestWhoIsNotified(t *testing.T) {
	t.Parallel()
	s := open(t)
	own, a, b := s.webhook.URL+"/hook", s.webhook.URL+"/a", s.webhook.URL+"/b"
	for i, c := range []struct {
		headers []string
		want    []string // nil: 400
	}{
		{nil, []string{own}},
		{[]string{"X-Override-Notification", a}, []string{a}},
		{[]string{"X-Override-Notification", a + ", " + b}, []string{a, b}},
		{[]string{"X-Append-Notification", a}, []string{own, a}},
		{[]string{"X-Append-Notification", a + "," + b}, []string{own, a, b}},
		{[]string{"X-Override-Notification", a, "X-Append-Notification", b}, []string{a}},
		{[]string{"X-Override-Notification", a + "," + b + "," + own}, nil},
		{[]string{"X-Append-Notification", a + "," + b + "," + own}, nil},
		{[]string{"X-Override-Notification", "not a url"}, nil},
		{[]string{"X-Append-Notification", a + ","}, nil},
	} {
		s.Reset()
		o := s.api("POST", "/v2/charge", strings.Replace(charge, goldenOrder, fmt.Sprint("order-", i), 1), c.headers...)
		if (o["status_code"] == "400") != (c.want == nil) {
			t.Errorf("%v: %v", c.headers, o)
		}
		var got []string
		for _, d := range s.Deliveries() {
			got = append(got, d.URL)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%v notified %v, want %v", c.headers, got, c.want)
		}
	}
	silent := open(t, func(c *Config) { c.NotifyURL = "" })
	silent.charged(charge)
	if n := len(silent.Deliveries()); n != 0 {
		t.Errorf("%d notifications to nobody", n)
	}
}

func TestNotificationsStartOutInOrder(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.webhook.answer = func(n int, _ http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	s.charged(charge)
	must(t, s.Pay(goldenOrder))
	must(t, s.Chargeback(goldenOrder))
	var order []string
	for _, o := range s.webhook.wait(t, 3) {
		order = append(order, o["transaction_status"].(string))
	}
	if got := strings.Join(order, " "); got != "pending settlement chargeback" {
		t.Errorf("order: %s", got)
	}
}

func TestTheChargeIsAnsweredBeforeItIsNotified(t *testing.T) {
	t.Parallel()
	s := open(t)
	answered := make(chan struct{})
	s.webhook.answer = func(int, http.ResponseWriter, *http.Request) {
		select {
		case <-answered: // a client that waits for the webhook first would never get here
		case <-time.After(5 * time.Second):
			t.Error("the notification held up the answer")
		}
	}
	s.charged(charge)
	close(answered)
	s.ended(1)
}

// slowWriter is a client that takes its time to take the answer.
type slowWriter struct {
	*httptest.ResponseRecorder
	before func()
}

func (w slowWriter) Write(b []byte) (int, error) {
	w.before()
	return w.ResponseRecorder.Write(b)
}

func TestNothingIsNotifiedBeforeTheChargeIsAnswered(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){"running": func(*Config) {}, "standing": standing(1)} {
		s := open(t, change)
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/v2/charge", strings.NewReader(charge))
		r.Header = signedIn()
		s.ServeHTTP(slowWriter{httptest.NewRecorder(), func() {
			time.Sleep(20 * time.Millisecond)
			if n := len(s.webhook.all()); n != 0 {
				t.Errorf("%s: %d notifications before the answer", name, n)
			}
		}}, r)
		s.webhook.wait(t, 1)
	}
}
