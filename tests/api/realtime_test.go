package api

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// stream is a subscriber of PocketBase's realtime API over plain HTTP, as an
// SDK opens it.
type stream struct {
	events chan string // data of every event
}

func subscribe(t *testing.T, server *httptest.Server, token, topic string) *stream {
	t.Helper()
	resp, err := http.Get(server.URL + "/api/realtime")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	s := &stream{events: make(chan string, 100)}
	go func() {
		defer close(s.events)
		scanner := bufio.NewScanner(resp.Body)
		for scanner.Scan() {
			if data, ok := strings.CutPrefix(scanner.Text(), "data:"); ok {
				s.events <- data
			}
		}
	}()
	var hello struct{ ClientID string }
	if err := json.Unmarshal([]byte(s.next(t)), &hello); err != nil {
		t.Fatal(err)
	}
	body := `{"clientId":"` + hello.ClientID + `","subscriptions":["` + topic + `"]}`
	req, err := http.NewRequest("POST", server.URL+"/api/realtime", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", token)
	answer, err := http.DefaultClient.Do(req)
	if err != nil || answer.StatusCode != 204 {
		t.Fatalf("subscribe: %v, %v", answer, err)
	}
	return s
}

func (s *stream) next(t *testing.T) string {
	t.Helper()
	select {
	case e, ok := <-s.events:
		if !ok {
			t.Fatal("the stream ended")
		}
		return e
	case <-time.After(10 * time.Second):
		t.Fatal("no event within 10 s")
	}
	return ""
}

// silent fails if anything arrives within the pause.
func (s *stream) silent(t *testing.T, pause time.Duration) {
	t.Helper()
	select {
	case e, ok := <-s.events:
		if ok {
			t.Fatalf("got %s", e)
		}
	case <-time.After(pause):
	}
}

func TestRealtimeShowsOwnProjectsOnlyAndNoCredentials(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	server := httptest.NewServer(a.Handler)
	t.Cleanup(server.Close)
	own := subscribe(t, server, a.Owner.Token, "projects/*")
	foreign := subscribe(t, server, a.Other.Token, "projects/*")
	guest := subscribe(t, server, "", "faqs/*")

	a.ToReview(t) // pays, starts and hands over with credentials
	a.Do(t, "POST", "/api/projects/"+a.Project.Id+"/approve", a.Owner.Token, nil).Want(200)

	seen := []string{}
	for len(seen) < 3 {
		event := own.next(t)
		for _, secret := range []string{"rahasia", "v1.", "credentials"} {
			if strings.Contains(event, secret) {
				t.Fatalf("the stream shows %q: %s", secret, event)
			}
		}
		var e struct {
			Action string
			Record struct{ ID, Status string }
		}
		if err := json.Unmarshal([]byte(event), &e); err != nil {
			t.Fatal(err)
		}
		if e.Record.ID != a.Project.Id {
			t.Fatalf("a foreign record: %s", event)
		}
		seen = append(seen, e.Record.Status)
	}
	if got := strings.Join(seen, " "); got != "in_progress review completed" {
		t.Errorf("statuses = %s", got)
	}
	foreign.silent(t, 300*time.Millisecond)
	guest.silent(t, 10*time.Millisecond)

	// The other client's stream is alive and gets its own.
	other := a.NewProject(t, a.Other, a.Tier)
	if event := foreign.next(t); !strings.Contains(event, other.Id) {
		t.Errorf("got %s", event)
	}
	own.silent(t, 300*time.Millisecond)
}

// The record API hides credentials from their owner in every status; the route
// shows them once the project is completed.
func TestCredentialsAppearOnlyWhenCompleted(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	a.ToReview(t)
	look := func(path string) *plugintest.Response { return a.Do(t, "GET", path, a.Owner.Token, nil).Want(200) }
	route, record := "/api/projects/"+a.Project.Id, "/api/collections/projects/records/"+a.Project.Id
	for _, path := range []string{route, record, "/api/projects", "/api/collections/projects/records"} {
		if body := string(look(path).Body); strings.Contains(body, "rahasia") || strings.Contains(body, "v1.") {
			t.Errorf("%s in review shows %s", path, body)
		}
	}
	a.Do(t, "GET", "/api/collections/projects/records?filter=credentials~'v1'", a.Owner.Token, nil).WantError(400)
	a.Do(t, "GET", "/api/projects?filter=credentials~'v1'", a.Owner.Token, nil).WantError(400, "filter")

	a.Do(t, "POST", route+"/approve", a.Owner.Token, nil).Want(200)
	var detail collections.ProjectDetail
	look(route).JSON(&detail)
	if detail.Credentials == nil || detail.Credentials.Password != "rahasia" {
		t.Errorf("credentials = %+v", detail.Credentials)
	}
	for _, path := range []string{record, "/api/projects"} {
		if body := string(look(path).Body); strings.Contains(body, "rahasia") || strings.Contains(body, "v1.") {
			t.Errorf("%s shows %s", path, body)
		}
	}
}
