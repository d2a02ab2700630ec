package differential

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fuzz compares the answers of two applications with equal data.
type Fuzz struct {
	Want, Got *Side  // SQLite, and the one under test
	Token     string // of a superuser
	User      string // token of a person
	g         *generator
	Coverage  Coverage
	// Differences are what was found, each reduced to the least that still differs.
	Differences []Difference
}

// Difference is one request with different answers.
type Difference struct {
	Step      int
	Request   Request
	Want, Got Answer
}

func (d Difference) String() string {
	path, err := url.QueryUnescape(d.Request.Path)
	if err != nil {
		path = d.Request.Path
	}
	d.Request.Path = path
	want, got := d.Want.String(), d.Got.String()
	if d.Want.Status == d.Got.Status {
		if ids := d.ids(); ids != "" {
			return fmt.Sprintf("case %d: %s\n  %s", d.Step, d.Request, ids)
		}
		want, got = around(d.Want.Body, d.Got.Body)
	}
	return fmt.Sprintf("case %d: %s\n  SQLite: %s\n  other:  %s", d.Step, d.Request, want, got)
}

// ids says which records only one side lists, "" if they are the same.
func (d Difference) ids() string {
	read := func(a Answer) (ids []string) {
		var page struct{ Items []struct{ ID string } }
		_ = json.Unmarshal([]byte(a.Body), &page)
		for _, item := range page.Items {
			ids = append(ids, item.ID)
		}
		return ids
	}
	want, got := read(d.Want), read(d.Got)
	only := func(a, b []string) []string {
		return slices.DeleteFunc(slices.Clone(a), func(id string) bool { return slices.Contains(b, id) })
	}
	missing, extra := only(want, got), only(got, want)
	switch {
	case len(missing)+len(extra) > 0:
		return fmt.Sprintf("SQLite lists %d, the other %d; only SQLite: %v; only the other: %v", len(want), len(got), missing, extra)
	case !slices.Equal(want, got):
		return fmt.Sprintf("other order\n  SQLite: %v\n  other:  %v", want, got)
	}
	return ""
}

// Kind names what differs, so that the same difference in many answers is seen
// once: the collection with the fields whose values differ, the order or the
// records listed, or the two statuses.
func (d Difference) Kind() string {
	path, _, _ := strings.Cut(strings.TrimPrefix(d.Request.Path, "/api/collections/"), "?")
	collection, _, _ := strings.Cut(path, "/")
	if d.Want.Status != d.Got.Status {
		return fmt.Sprintf("%s %s %d/%d", d.Request.Method, collection, d.Want.Status, d.Got.Status)
	}
	switch ids, _, _ := strings.Cut(d.ids(), "\n"); {
	case ids == "other order":
		return collection + " order"
	case ids != "":
		return collection + " records " + d.Request.Path
	}
	var want, got struct{ Items []map[string]json.RawMessage }
	if json.Unmarshal([]byte(d.Want.Body), &want) != nil || json.Unmarshal([]byte(d.Got.Body), &got) != nil {
		return d.Request.Method + " " + collection + " body"
	}
	names := map[string]bool{}
	for i, item := range want.Items {
		for name, value := range item {
			if i < len(got.Items) && string(value) != string(got.Items[i][name]) {
				names[name] = true
			}
		}
	}
	return fmt.Sprintf("%s %s %v", d.Request.Method, collection, slices.Sorted(maps.Keys(names)))
}

// around cuts two texts to where they begin to differ.
func around(a, b string) (string, string) {
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	cut := func(s string) string { return fmt.Sprintf("…%s…", s[max(0, same-120):min(len(s), same+160)]) }
	return cut(a), cut(b)
}

// Seed fills a fresh application with collections and random records through
// its API, and returns the tokens of a superuser and of a person.
func Seed(side *Side, seed uint64) (superuser, person string, err error) {
	if err := build(side.App); err != nil {
		return "", "", err
	}
	superusers, err := side.FindCollectionByNameOrId("_superusers")
	if err != nil {
		return "", "", err
	}
	admin := newRecord(superusers, map[string]any{"email": "admin@contoh.test", "password": password})
	if err := side.Save(admin); err != nil {
		return "", "", err
	}
	if superuser, err = admin.NewAuthToken(); err != nil {
		return "", "", err
	}
	g := newGenerator(seed)
	for _, of := range []struct {
		collection string
		count      int
	}{{people, 16}, {targets, 40}, {kinds, 120}, {notes, 120}} {
		made := 0
		for try := 0; made < of.count; try++ {
			if try > 20*of.count {
				return "", "", fmt.Errorf("only %d of %d records of %s could be made", made, of.count, of.collection)
			}
			side.step.Add(1)
			r, _ := g.create(of.collection)
			r.Token = superuser
			if answer := side.Do(r); answer.Status == 200 {
				made++
				var record struct{ ID string }
				if err := json.Unmarshal([]byte(answer.Body), &record); err != nil {
					return "", "", err
				}
				g.ids[of.collection] = append(g.ids[of.collection], record.ID)
			}
		}
	}
	user, err := side.FindFirstRecordByFilter(people, "score > 3")
	if err != nil {
		return "", "", err
	}
	person, err = user.NewAuthToken()
	return superuser, person, err
}

// Run sends so many cases; equal seeds send equal cases.
func (f *Fuzz) Run(cases int, seed uint64, progress func(done int)) error {
	f.g = newGenerator(seed)
	for step := range cases {
		f.Want.step.Store(int64(100_000 + step))
		f.Got.step.Store(int64(100_000 + step))
		if step%250 == 0 {
			if err := f.learn(); err != nil {
				return err
			}
			progress(step)
		}
		if err := f.one(step); err != nil {
			return fmt.Errorf("case %d: %w", step, err)
		}
	}
	progress(cases)
	for _, name := range []string{people, targets, kinds, notes} { // what is stored at the end
		f.read(cases, Request{Method: "GET", Path: "/api/collections/" + name + "/records?perPage=1000&sort=id", Token: f.Token})
	}
	return nil
}

// learn looks at what is in the database of the first side.
func (f *Fuzz) learn() error {
	names := []string{people, targets, kinds, notes}
	for _, v := range views {
		names = append(names, v.name)
	}
	for _, name := range names {
		answer := f.Want.Do(Request{Method: "GET", Path: "/api/collections/" + name + "/records?perPage=1000&sort=id", Token: f.Token})
		var page struct {
			Items []map[string]json.RawMessage `json:"items"`
		}
		if err := json.Unmarshal([]byte(answer.Body), &page); err != nil || answer.Status != 200 {
			return fmt.Errorf("list %s: %w: %s", name, err, answer)
		}
		f.g.learn(name, page.Items)
	}
	return nil
}

// one sends one random case.
func (f *Fuzz) one(step int) error {
	g := f.g
	writes := func(collection string, r Request, used []kind) error {
		r.Token = pick(g.r, []string{f.Token, f.Token, f.Token, f.Token, f.User})
		f.Coverage.fields(used)
		return f.write(step, collection, r)
	}
	switch n := g.r.IntN(100); {
	case n < 60:
		f.list(step, pick(g.r, []string{kinds, kinds, kinds, kinds, targets, targets, notes, people}))
	case n < 75:
		name := pick(g.r, views).name
		if name == huge && !chance(g.r, 0.05) { // known to differ
			name = views[0].name
		}
		f.list(step, name)
	case n < 79:
		collection := pick(g.r, []string{kinds, targets, people, views[0].name, views[1].name})
		f.read(step, Request{Method: "GET", Path: "/api/collections/" + collection + "/records/" + g.id(collection) + "?expand=" + g.expand(collection), Token: pick(g.r, []string{f.Token, f.User, ""})})
	case n < 86:
		collection := pick(g.r, []string{kinds, kinds, kinds, targets, notes, people})
		if collection == people && !chance(g.r, 0.65) { // hashing a password takes 60 ms
			collection = kinds
		}
		r, used := g.create(collection)
		return writes(collection, r, used)
	case n < 94:
		collection := pick(g.r, []string{kinds, kinds, kinds, targets, notes, people})
		r, used := g.update(collection)
		return writes(collection, r, used)
	case n < 96:
		r, used := g.batch()
		return writes("", r, used)
	default:
		for _, collection := range []string{kinds, targets, notes} { // as many as are created
			if least := map[string]int{kinds: 120, targets: 40, notes: 120}[collection]; len(g.ids[collection]) > least {
				return writes(collection, g.remove(collection), nil)
			}
		}
		f.list(step, kinds)
	}
	return nil
}

// both sends a request to both sides at once. PocketBase gives a query 30
// seconds; what comes near that on either side says nothing about answers.
func (f *Fuzz) both(r Request) (want, got Answer) {
	const slow = 25 * time.Second
	start := time.Now()
	var wg sync.WaitGroup
	wg.Go(func() { want = f.Want.Do(r) })
	got = f.Got.Do(r)
	wg.Wait()
	if time.Since(start) > slow && r.Method == "GET" {
		f.Coverage.slow++
		return want, want
	}
	return want, got
}

func (f *Fuzz) read(step int, r Request) bool {
	want, got := f.both(r)
	if want != got {
		f.Differences = append(f.Differences, Difference{step, r, want, got})
	}
	return want == got
}

// write also brings the sides together again after a difference, by removing
// the record, for one difference must not cause all the next ones.
func (f *Fuzz) write(step int, collection string, r Request) error {
	want, got := f.both(r)
	f.Coverage.writes++
	if want.Status < 300 {
		f.Coverage.written++
	}
	if want == got {
		var record struct{ ID string }
		if r.Method == "POST" && want.Status == 200 && collection != "" && json.Unmarshal([]byte(want.Body), &record) == nil {
			f.g.ids[collection] = append(f.g.ids[collection], record.ID)
		}
		if r.Method == "DELETE" && want.Status == 204 {
			f.g.ids[collection] = slices.DeleteFunc(f.g.ids[collection], func(id string) bool { return strings.HasSuffix(r.Path, id) })
		}
		return nil
	}
	f.Differences = append(f.Differences, Difference{step, r, want, got})
	path := r.Path
	if r.Method == "POST" {
		var record struct{ ID string }
		_ = json.Unmarshal([]byte(want.Body), &record)
		if record.ID == "" {
			_ = json.Unmarshal([]byte(got.Body), &record)
		}
		path += "/" + record.ID
	}
	f.both(Request{Method: "DELETE", Path: path, Token: f.Token})
	return nil
}

// list sends a list request and, if the answers differ, looks for the least
// request that still does.
func (f *Fuzz) list(step int, collection string) {
	g := f.g
	q := query{collection: collection, sort: g.sort(g.operands[collection]), token: f.Token}
	if chance(g.r, 0.95) {
		q.filter = g.filter(g.operands[collection], 2)
	}
	if chance(g.r, 0.15) {
		q.token = pick(g.r, []string{f.User, f.User, ""})
	}
	if chance(g.r, 0.3) {
		q.page = pick(g.r, []string{"&perPage=5", "&perPage=5&page=2", "&perPage=30&page=3", "&perPage=1&skipTotal=1", "&perPage=500&skipTotal=1"})
	}
	if chance(g.r, 0.12) {
		q.more = "&expand=" + g.expand(collection)
	}
	if chance(g.r, 0.05) {
		q.more += "&fields=" + url.QueryEscape(pick(g.r, []string{"id", "*", "id,text:excerpt(3,true)", "*,expand.rel.title", "nope"}))
	}
	want, got := f.both(q.request())
	f.Coverage.list(f, q, want)
	if want == got {
		return
	}
	for smaller := true; smaller; {
		smaller = false
		for _, candidate := range q.reduced() {
			w, o := f.both(candidate.request())
			if w != o {
				q, want, got, smaller = candidate, w, o, true
				break
			}
		}
	}
	f.Differences = append(f.Differences, Difference{step, q.request(), want, got})
}

func (g *generator) expand(collection string) string {
	switch collection {
	case kinds:
		return pick(g.r, []string{"rel", "rels", "rel.owner,rels.owner", "self.self", "Notes_via_kind", "Notes_via_kinds.kind", "nope"})
	case targets:
		return pick(g.r, []string{"owner", "self", "kinds_via_rel", "kinds_via_rels.rel"})
	case notes:
		return pick(g.r, []string{"kind", "kinds.rels", "kind.rel.owner"})
	}
	return pick(g.r, []string{"rel", "owner", "targets_via_owner"})
}

// query is a list request that can be made smaller.
type query struct {
	collection, sort, page, more, token string
	filter                              *expression
}

func (q query) request() Request {
	values := "sort=" + url.QueryEscape(q.sort)
	if q.page == "" {
		values += "&perPage=500"
	}
	if q.filter != nil {
		values += "&filter=" + url.QueryEscape(q.filter.String())
	}
	return Request{Method: "GET", Path: "/api/collections/" + q.collection + "/records?" + values + q.page + q.more + "&q=abc", Token: q.token}
}

// reduced are the queries with one part less.
func (q query) reduced() []query {
	out := []query{}
	add := func(change func(*query)) {
		smaller := q
		change(&smaller)
		out = append(out, smaller)
	}
	if q.filter != nil {
		add(func(s *query) { s.filter = nil })
		for _, filter := range q.filter.reduced() {
			add(func(s *query) { s.filter = filter })
		}
	}
	if keys := strings.Split(q.sort, ","); len(keys) > 1 {
		add(func(s *query) { s.sort = "id" })
		for i := range keys[:len(keys)-1] {
			add(func(s *query) { s.sort = strings.Join(slices.Delete(slices.Clone(keys), i, i+1), ",") })
		}
	}
	if q.page != "" {
		add(func(s *query) { s.page = "" })
	}
	if q.more != "" {
		add(func(s *query) { s.more = "" })
	}
	return out
}

func (e *expression) reduced() []*expression {
	if e == nil || e.join == "" {
		return nil
	}
	out := []*expression{e.left, e.right}
	for _, l := range e.left.reduced() {
		out = append(out, &expression{join: e.join, left: l, right: e.right})
	}
	for _, r := range e.right.reduced() {
		out = append(out, &expression{join: e.join, left: e.left, right: r})
	}
	return out
}
