package hooks_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// listeners open streams of PocketBase's realtime API over the network.
type listeners struct {
	*world
	url string
}

func newListeners(t *testing.T) *listeners {
	t.Helper()
	w := newWorld(t)
	w.Settings().TrustedProxy.Headers = []string{"X-From"} // the address is the test's to choose
	server := httptest.NewServer(w.Handler)
	t.Cleanup(server.Close)
	return &listeners{w, server.URL}
}

type listener struct {
	id     string
	from   string
	status int
	events chan string
	close  func()
}

// open opens a stream from an address; its status is what the server said.
func (l *listeners) open(t *testing.T, from string) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", l.url+"/api/realtime", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-From", from)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	s := &listener{from: from, status: resp.StatusCode, events: make(chan string, 100), close: cancel}
	if s.status != 200 {
		resp.Body.Close()
		return s
	}
	go func() {
		defer resp.Body.Close()
		for scanner := bufio.NewScanner(resp.Body); scanner.Scan(); {
			if data, ok := strings.CutPrefix(scanner.Text(), "data:"); ok {
				s.events <- data
			}
		}
	}()
	var hello struct{ ClientID string }
	if err := json.Unmarshal([]byte(s.next(t)), &hello); err != nil {
		t.Fatal(err)
	}
	s.id = hello.ClientID
	return s
}

func (s *listener) next(t *testing.T) string {
	t.Helper()
	select {
	case data := <-s.events:
		return data
	case <-time.After(20 * time.Second):
		t.Fatal("no event within 20 s")
	}
	return ""
}

// listen chooses the topics of a stream and returns the status of the answer.
func (l *listeners) listen(t *testing.T, s *listener, token string, topics ...string) int {
	t.Helper()
	req := l.Request(t, "POST", "/api/realtime", token, map[string]any{"clientId": s.id, "subscriptions": topics})
	req.Header.Set("X-From", s.from)
	return l.Send(t, req).Status
}

func withQuery(topic, name, value string) string {
	raw, err := json.Marshal(map[string]any{"query": map[string]string{name: value}})
	if err != nil {
		panic(err)
	}
	return topic + "?options=" + url.QueryEscape(string(raw))
}

// 20 streams of guests with 1,000 topics each once made an order take 14 seconds.
func TestGuestsListenToWhatTheyMayListWithoutOptions(t *testing.T) {
	t.Parallel()
	l := newListeners(t)
	guest := l.open(t, "203.0.113.1")
	for topic, want := range map[string]int{
		"faqs": 204, "faqs/*": 204, "pricing_tiers/" + l.tier.Id: 204, "@oauth2": 204, "": 204,
		"projects/*": 403, "projects/" + l.project.Id: 403, "invoices": 403, "users/*": 403, "ledger/*": 403, "_superusers/*": 403, "nothing/*": 403, "@else": 403,
		"faqs/*?options=%7B%7D": 400, "faqs?a=1": 400, withQuery("faqs/*", "filter", "is_active = true"): 400,
	} {
		if got := l.listen(t, guest, "", topic); got != want {
			t.Errorf("%q: %d, want %d", topic, got, want)
		}
	}
}

func TestTopicsOfAStreamAreBounded(t *testing.T) {
	t.Parallel()
	l := newListeners(t)
	topics := func(n int) []string {
		list := []string{}
		for i := range n {
			list = append(list, "faqs/"+strconv.Itoa(i))
		}
		return list
	}
	s := l.open(t, "203.0.113.1")
	for _, c := range []struct {
		token       string
		topics, out int
	}{{"", 10, 204}, {"", 11, 400}, {"", 1000, 400}, {l.client.Token, 40, 204}, {l.client.Token, 41, 400}} {
		if got := l.listen(t, s, c.token, topics(c.topics)...); got != c.out {
			t.Errorf("%d topics, signed in %v: %d, want %d", c.topics, c.token != "", got, c.out)
		}
	}
}

func TestOptionsOfTopicsObeyTheBoundsOfLists(t *testing.T) {
	t.Parallel()
	l := newListeners(t)
	for topic, want := range map[string]int{
		withQuery("projects/*", "filter", "tier.projects_via_tier.id != ''"):   400,
		withQuery("projects", "filter", "not a filter ("):                      400,
		withQuery("projects/*", "expand", "tier.projects_via_tier"):            400,
		withQuery("pricing_tiers/*", "expand", "projects_via_tier"):            400,
		withQuery("projects/*", "filter", "tier.name != '' && status = 'x'"):   204,
		withQuery("projects/*", "expand", "tier"):                              204,
		withQuery("projects/"+l.project.Id, "fields", "id,status"):             204,
		"projects/*?options=" + url.QueryEscape(`{"query":{"filter":"a.b.c"}`): 400, // the broadcast reads as far as it can
	} {
		s := l.open(t, "203.0.113.1")
		if got := l.listen(t, s, l.client.Token, topic); got != want {
			t.Errorf("%s: %d, want %d", topic, got, want)
		}
		s.close()
	}
	deep := withQuery("pricing_tiers/*", "expand", "projects_via_tier.tier")
	for _, token := range []string{l.admin.Token, l.superuser} {
		if got := l.listen(t, l.open(t, "203.0.113.1"), token, deep); got != 204 {
			t.Errorf("an admin: %d", got)
		}
	}
}

func TestStreamsAreBoundedByAddressAndAccount(t *testing.T) {
	t.Parallel()
	l := newListeners(t)
	household := func(n int) string { return "2001:db8:1:2::" + strconv.Itoa(n+1) } // one /64
	for n := range 10 {
		if got := l.listen(t, l.open(t, household(n)), "", "faqs/*"); got != 204 {
			t.Fatalf("stream %d of guests: %d", n+1, got)
		}
	}
	last := l.open(t, household(10))
	if got := l.listen(t, last, "", "faqs/*"); got != 429 {
		t.Errorf("stream 11 of guests: %d", got)
	}
	if got := l.listen(t, l.open(t, "2001:db8:1:3::1"), "", "faqs/*"); got != 204 {
		t.Errorf("a guest of another household: %d", got)
	}
	own := []*listener{last}
	for n := range 12 {
		if n > 0 {
			own = append(own, l.open(t, household(10+n)))
		}
		if got := l.listen(t, own[n], l.client.Token, "projects/*"); got != 204 {
			t.Fatalf("stream %d of an account: %d", n+1, got)
		}
	}
	if got := l.listen(t, own[0], l.client.Token, "projects/*", "faqs/*"); got != 204 {
		t.Errorf("other topics on a stream that counts already: %d", got)
	}
	if got := l.listen(t, l.open(t, "203.0.113.9"), l.client.Token, "projects/*"); got != 429 {
		t.Errorf("stream 13 of an account, from elsewhere: %d", got)
	}
	for n := 22; n < 60; n++ {
		if s := l.open(t, household(n)); s.status != 200 {
			t.Fatalf("stream %d of an address: %d", n+1, s.status)
		}
	}
	if s := l.open(t, household(60)); s.status != 429 {
		t.Errorf("stream 61 of an address: %d", s.status)
	}

	own[0].close() // what ends makes room
	deadline := time.Now().Add(20 * time.Second)
	for {
		again := l.open(t, household(0))
		if again.status == 200 && l.listen(t, again, l.client.Token, "projects/*") == 204 {
			return
		}
		if again.close(); time.Now().After(deadline) {
			t.Fatal("a stream that ended still counts")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// What the rule and the row alone decide is not asked of the database, topic by
// topic, while the writer waits.
func TestWhoCannotHearCostsAWriterNothing(t *testing.T) {
	t.Parallel()
	l := newListeners(t)
	asked := &atomic.Int64{}
	count := func(_ context.Context, _ time.Duration, query string, _ *sql.Rows, _ error) {
		if strings.HasPrefix(query, "SELECT DISTINCT (1) FROM `projects`") {
			asked.Add(1)
		}
	}
	l.ConcurrentDB().(*dbx.DB).QueryLogFunc = count
	stranger := l.NewUser(t, collections.RoleClient)
	s := l.open(t, "203.0.113.1")
	topics := []string{}
	for n := range 40 {
		topics = append(topics, "projects/*?n="+strconv.Itoa(n))
	}
	if got := l.listen(t, s, stranger.Token, topics...); got != 204 {
		t.Fatal(got)
	}
	l.NewProject(t, l.client, l.tier)
	if n := asked.Load(); n != 0 {
		t.Errorf("the database was asked %d times about a stranger", n)
	}
	l.NewProject(t, stranger, l.tier)
	if n := asked.Load(); n < 40 {
		t.Errorf("the database was asked %d times about the owner, so the count counts nothing", n)
	}
}

// Either rule may let somebody hear what the other does not.
func TestEachKindOfTopicKeepsItsRule(t *testing.T) {
	t.Parallel()
	l := newListeners(t)
	l.Do(t, "POST", "/api/collections", l.superuser, map[string]any{
		"name": "catatan", "type": "base", "listRule": "owner = @request.auth.id", "viewRule": "@request.auth.role = 'client' && owner != 'nobody'",
		"fields": []any{map[string]any{"type": "text", "name": "owner"}},
	}).Want(200)
	const id = "catatan00000001"
	other := l.NewUser(t, collections.RoleClient)
	byList, byID := l.open(t, "203.0.113.1"), l.open(t, "203.0.113.2")
	if l.listen(t, byList, l.client.Token, "catatan/*") != 204 || l.listen(t, byID, other.Token, "catatan/*", "catatan/"+id) != 204 {
		t.Fatal("refused")
	}
	c, err := l.FindCollectionByNameOrId("catatan")
	if err != nil {
		t.Fatal(err)
	}
	row := core.NewRecord(c)
	row.Set("id", id)
	row.Set("owner", l.client.Id)
	heard := func(s *listener, action, topic string) {
		t.Helper()
		if event := s.next(t); !strings.Contains(event, `"action":"`+action+`"`) || !strings.Contains(event, id) {
			t.Errorf("by %s: %s, want %s", topic, event, action)
		}
	}
	if err := l.Save(row); err != nil {
		t.Fatal(err)
	}
	heard(byList, "create", "list")
	heard(byID, "create", "id")
	row.Set("owner", "nobody")
	if err := l.Save(row); err != nil {
		t.Fatal(err)
	}
	row.Set("owner", l.client.Id)
	if err := l.Save(row); err != nil {
		t.Fatal(err)
	}
	heard(byList, "update", "list") // of the second change only
	heard(byID, "update", "id")
	if err := l.Delete(row); err != nil {
		t.Fatal(err)
	}
	heard(byList, "delete", "list")
	heard(byID, "delete", "id")
	for _, s := range []*listener{byList, byID} {
		select {
		case event := <-s.events:
			t.Errorf("heard more: %s", event)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
