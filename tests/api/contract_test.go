package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/pocketbase/pocketbase/core"
	"pgregory.net/rapid"

	"jasaweb/collections"
)

// perLife is how many requests one application answers before the next starts
// afresh.
const perLife = 100

// The API keeps what its document promises: requests drawn from the document,
// one in ten deliberately wrong, by everybody, never get a 5xx, a status that
// is not documented or a body off its schema. A failure shrinks to what is
// needed for it; -rapid.seed repeats a run. CONTRACT_REQUESTS=50000 is the long
// form.
func TestAnswersKeepTheContract(t *testing.T) {
	requests := 1500
	if n, err := strconv.Atoi(os.Getenv("CONTRACT_REQUESTS")); err == nil {
		requests = n
	}
	checks := flag.Lookup("rapid.checks").Value
	before := checks.String()
	if err := checks.Set(strconv.Itoa((requests + perLife - 1) / perLife)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = checks.Set(before) })

	seen := map[string]map[int]int{}
	start, sent := time.Now(), 0
	rapid.Check(t, func(rt *rapid.T) {
		c := newConversation(t, rt)
		for range perLife {
			status := c.exchange()
			if seen[c.op.name] == nil {
				seen[c.op.name] = map[int]int{}
			}
			seen[c.op.name][status]++
			sent++
		}
	})
	good, names := 0, []string{}
	for name, statuses := range seen {
		names = append(names, name)
		for status, n := range statuses {
			if status < 400 {
				good += n
			}
		}
	}
	t.Logf("%d requests to %d operations in %.1f s, %d %% of them successful", sent, len(seen), time.Since(start).Seconds(), good*100/max(sent, 1))
	slices.Sort(names)
	for _, name := range names {
		t.Log(name, seen[name])
	}
	if good*4 < sent { // requests that all bounce prove little
		t.Errorf("only %d of %d requests succeeded", good, sent)
	}
}

// operation is one documented operation.
type operation struct {
	name string // "GET /api/projects"
	path string
	verb string
	*openapi3.Operation
}

// conversation is one application and who talks to it.
type conversation struct {
	*agency
	t       *testing.T
	rt      *rapid.T
	ops     []operation
	op      operation
	callers map[string]*core.Record
	ids     map[string][]string // known ones by collection; answers add to them
}

func newConversation(t *testing.T, rt *rapid.T) *conversation {
	c := &conversation{agency: newAgency(t), t: t, rt: rt, callers: map[string]*core.Record{}}
	doc, _ := document(t, c.App)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Responses.Status(200) != nil && op.Responses.Status(200).Value.Content["text/event-stream"] != nil {
				continue // endless by design
			}
			c.ops = append(c.ops, operation{method + " " + path, path, method, op})
		}
	}
	slices.SortFunc(c.ops, func(a, b operation) int { return strings.Compare(a.name, b.name) })
	admin, err := c.FindAuthRecordByToken(c.Tokens["admin"])
	if err != nil {
		t.Fatal(err)
	}
	c.callers["owner"], c.callers["other"], c.callers["admin"] = c.Owner.Record, c.Other.Record, admin
	c.ids = map[string][]string{
		"projects": {c.Project.Id}, "invoices": {c.Invoice.Id}, "pricing_tiers": {c.Tier.Id}, "users": {c.Owner.Id, c.Other.Id, admin.Id},
	}
	if draw(rt, rapid.Bool(), "project is in review") {
		c.ToReview(t)
		c.Order(t)
		c.ids["projects"] = append(c.ids["projects"], c.Project.Id)
		c.ids["invoices"] = append(c.ids["invoices"], c.Invoice.Id)
	}
	return c
}

// exchange sends one request and holds the answer against the document.
func (c *conversation) exchange() int {
	c.op = c.ops[c.even(len(c.ops))]
	likely := "owner"
	if strings.Contains(c.op.path, "/admin/") || c.op.verb != http.MethodGet && strings.Contains(c.op.path, "/records") {
		likely = "admin"
	}
	caller := []string{likely, likely, likely, likely, "owner", "other", "admin", "guest"}[c.even(8)]
	wrong := c.even(10) == 9
	r, said := c.request(wrong)
	if token := c.token(caller); token != "" {
		r.Header.Set("Authorization", token)
	}
	answer := httptest.NewRecorder()
	c.Handler.ServeHTTP(answer, r)
	if complaint := c.judge(answer); complaint != "" {
		c.rt.Fatalf("%s by %s: %s\nrequest: %s\nanswer: %d %s %.2000s", c.op.name, caller, complaint, said,
			answer.Code, answer.Header().Get("Content-Type"), answer.Body)
	}
	c.learn(answer.Body.Bytes())
	return answer.Code
}

// token signs the caller in; whoever closed the account or signed out
// everywhere a moment ago does so again.
func (c *conversation) token(caller string) string {
	known := c.callers[caller]
	if known == nil {
		return ""
	}
	record, err := c.FindRecordById(collections.Users, known.Id)
	if err != nil { // deleted
		role := collections.RoleClient
		if caller == "admin" {
			role = collections.RoleAdmin
		}
		record = c.NewUser(c.t, role).Record
		c.callers[caller] = record
	}
	return c.Token(c.t, record)
}

// judge returns what is wrong with the answer, or nothing.
func (c *conversation) judge(answer *httptest.ResponseRecorder) string {
	if answer.Code >= 500 {
		return "a failure of the server"
	}
	documented := c.op.Responses.Status(answer.Code)
	if documented == nil {
		return "an undocumented status"
	}
	body := answer.Body.Bytes()
	if len(documented.Value.Content) == 0 {
		if len(body) > 0 {
			return "a body where none is documented"
		}
		return ""
	}
	media, _, err := mime.ParseMediaType(answer.Header().Get("Content-Type"))
	content := documented.Value.Content[media]
	if content == nil && documented.Value.Content["*/*"] != nil {
		return ""
	}
	if err != nil || content == nil {
		return fmt.Sprintf("an undocumented content type %q", media)
	}
	if media != "application/json" {
		return ""
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return "no JSON: " + err.Error()
	}
	if err := content.Schema.Value.VisitJSON(value, openapi3.VisitAsResponse()); err != nil {
		return "a body off its schema: " + err.Error()
	}
	return ""
}

// learn remembers the ids of an answer, for requests about them.
func (c *conversation) learn(body []byte) {
	var value any
	if json.Unmarshal(body, &value) == nil {
		c.walk(value, collectionOf(c.op.path))
	}
}

func (c *conversation) walk(value any, collection string) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			c.walk(item, collection)
		}
	case map[string]any:
		if name, ok := v["collectionName"].(string); ok {
			collection = name
		}
		if id, ok := v["id"].(string); ok && id != "" && len(c.ids[collection]) < 50 && !slices.Contains(c.ids[collection], id) {
			c.ids[collection] = append(c.ids[collection], id)
		}
		for name, item := range v {
			under := collection
			if _, ok := item.([]any); ok && name != "items" {
				under = name // the invoices of a project
			}
			c.walk(item, under)
		}
	}
}

// collectionOf guesses from an operation's path what its ids are of.
func collectionOf(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/api/"), "/{")
	if after, ok := strings.CutPrefix(name, "collections/"); ok {
		name, _, _ = strings.Cut(after, "/")
		return name
	}
	name = name[strings.LastIndexByte(name, '/')+1:]
	if full, ok := map[string]string{"pricing": "pricing_tiers", "exceptions": "money_exceptions"}[name]; ok {
		return full
	}
	return name
}

// even draws below n without rapid's preference for small numbers, of which it
// shrinks to the smallest all the same.
func (c *conversation) even(n int) int {
	v := 0
	for range 12 {
		v *= 2
		if draw(c.rt, rapid.Bool(), "bit") {
			v++
		}
	}
	return v % n
}

func (c *conversation) request(wrong bool) (*http.Request, string) {
	path := c.op.path
	query := []string{}
	for _, p := range c.op.Parameters {
		if p.Value.In != "path" && !p.Value.Required && c.even(4) != 3 {
			continue
		}
		value := escape(fmt.Sprint(c.parameter(p.Value, wrong)))
		if p.Value.In == "path" {
			path = strings.Replace(path, "{"+p.Value.Name+"}", value, 1)
		} else if p.Value.In == "query" {
			query = append(query, p.Value.Name+"="+value)
		}
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	body, contentType := c.body(wrong)
	r := httptest.NewRequest(c.op.verb, path, bytes.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if draw(c.rt, rapid.Bool(), "english") {
		r.Header.Set("Accept-Language", "en")
	}
	return r, fmt.Sprintf("%s %s %.1500s", path, contentType, body)
}

func draw[T any](rt *rapid.T, g *rapid.Generator[T], label string) T { return g.Draw(rt, label) }
