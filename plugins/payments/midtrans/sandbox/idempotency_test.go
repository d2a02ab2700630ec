package sandbox

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestIdempotencyKeepsSuccessesForFiveMinutes(t *testing.T) {
	t.Parallel()
	s := open(t)
	if o := s.api("POST", "/v2/charge", `{}`, "Idempotency-Key", "chg-1"); o["status_code"] != "400" {
		t.Fatal(o)
	}
	first := s.charged(charge, "Idempotency-Key", "chg-1") // the failure was not kept
	s.clock.advance(5*time.Minute - time.Second)
	for path, body := range map[string]string{"/v2/charge": strings.Replace(charge, goldenOrder, "other", 1), "/v2/" + goldenOrder + "/cancel": ""} {
		if o := s.api("POST", path, body, "Idempotency-Key", "chg-1"); o["transaction_id"] != first["transaction_id"] || o["status_code"] != "201" {
			t.Errorf("%s: %v, want the first answer", path, o)
		}
	}
	if n := len(s.State().Transactions); n != 1 {
		t.Errorf("%d transactions", n)
	}
	s.webhook.wait(t, 1)
	if n := len(s.Deliveries()); n != 1 {
		t.Errorf("%d notifications", n)
	}
	s.clock.advance(time.Second)
	if o := s.api("POST", "/v2/charge", charge, "Idempotency-Key", "chg-1"); o["status_code"] != "406" {
		t.Errorf("after five minutes: %v", o)
	}
}

func TestIdempotencyKeepsTheSuccessOfExpire(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.charged(charge)
	for range 2 {
		expect(t, s.api("POST", "/v2/"+goldenOrder+"/expire", "", "Idempotency-Key", "exp-1"), object{"status_code": "407"})
	}
	expect(t, s.api("POST", "/v2/"+goldenOrder+"/expire", ""), object{"status_code": "412"})
}

func TestIdempotencyKeysBeyond46CharactersAreIgnored(t *testing.T) {
	t.Parallel()
	s := open(t)
	for length, want := range map[int]string{46: "201", 47: "406"} {
		key := strings.Repeat("k", length)
		body := strings.Replace(charge, goldenOrder, "order-"+want, 1)
		s.charged(body, "Idempotency-Key", key)
		expect(t, s.api("POST", "/v2/charge", body, "Idempotency-Key", key), object{"status_code": want})
	}
}

func TestIdempotencyAnswers202WhileTheFirstIsInFlight(t *testing.T) {
	t.Parallel()
	s := open(t)
	body, feed := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), "POST", s.http.URL+"/v2/charge", body)
	must(t, err)
	request.Header = signedIn("Idempotency-Key", "chg-1")
	type result struct {
		content []byte
		err     error
	}
	done := make(chan result, 1)
	go func() {
		answer, err := s.http.Client().Do(request)
		if err != nil {
			done <- result{err: err}
			return
		}
		defer answer.Body.Close()
		content, err := io.ReadAll(answer.Body)
		done <- result{content, err}
	}()
	if _, err := feed.Write([]byte(charge[:10])); err != nil { // the body is still coming
		t.Fatal(err)
	}
	eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.idempotent["chg-1"] != nil
	})
	answer, content := s.request("POST", "/v2/charge", charge, signedIn("Idempotency-Key", "chg-1"))
	if answer.StatusCode != http.StatusAccepted || decoded(t, content)["status_code"] != "202" {
		t.Errorf("HTTP %d %s", answer.StatusCode, content)
	}
	if _, err := feed.Write([]byte(charge[10:])); err != nil {
		t.Fatal(err)
	}
	must(t, feed.Close())
	first := <-done
	must(t, first.err)
	if o := decoded(t, first.content); o["status_code"] != "201" {
		t.Errorf("the first: %v", o)
	}
	expect(t, s.charged(charge, "Idempotency-Key", "chg-1"), object{"transaction_id": decoded(t, first.content)["transaction_id"]})
}

func TestOldAnswersAreForgotten(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.charged(charge, "Idempotency-Key", "chg-1")
	s.clock.advance(idempotencyTime)
	eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.idempotent) == 0
	})
}
