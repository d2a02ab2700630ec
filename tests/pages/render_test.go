package pages

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/pocketbase/pocketbase/core"
	"golang.org/x/net/html"

	"jasaweb/collections"
	"jasaweb/plugins"
	"jasaweb/plugins/demo"
	"jasaweb/plugins/openapi"
	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// rendering is one page in one state. The render table is all of them; each is
// rendered in both languages and both themes, looked at by axe, and has its
// links followed.
type rendering struct {
	name   string
	path   func(w *world) string // in Indonesian
	as     string                // "", client or admin; see world.Tokens
	fill   map[string]string     // fields of a form of the page, which is then sent: the state is the answer
	form   string                // how the form's address ends; "" is the page's first form
	script string                // run on the page to bring it into the state
	status int                   // of the document; 0 is 200
	bare   bool                  // without the layout
	fresh  bool                  // of a program that holds nothing yet
	alone  bool                  // a load ends what another of the same state shows, such as a link
	ready  func(t *testing.T, w *world)
}

// world is the running program that the pages are rendered from.
type world struct {
	*agency
	site string
}

func to(path string) func(*world) string {
	return func(*world) string { return path }
}

// sight is a rendering in one language and theme; it fixes the width as well, so
// that both are covered without rendering everything eight times.
type sight struct {
	rendering
	lang, theme string
	width       int64
}

func (s sight) String() string {
	return fmt.Sprintf("%s (%s, %s, %d px)", s.name, s.lang, s.theme, s.width)
}

// renderTable is the whole table, or while a page is worked on those states whose
// name matches the regular expression RENDER.
func renderTable() []rendering {
	return slices.DeleteFunc(slices.Concat(publicRenderings(), stateRenderings), func(r rendering) bool {
		return !regexp.MustCompile(os.Getenv("RENDER")).MatchString(r.name)
	})
}

// stateRenderings are added by the files of the other areas.
var stateRenderings []rendering

// sights spells the table out: each element is what one load of a page shows, one
// after the other. A script may leave another state in a wider window, so what
// needs one is loaded for every sight.
func sights(table []rendering) [][]sight {
	list := [][]sight{}
	for _, r := range table {
		for _, lang := range []string{"id", "en"} {
			one := []sight{{r, lang, "light", 390}, {r, lang, "dark", 1280}}
			if os.Getenv("SCREENSHOTS") != "" && lang == "id" {
				one = append(one, sight{r, lang, "light", 1280}, sight{r, lang, "dark", 390})
			}
			if r.script == "" {
				list = append(list, one)
				continue
			}
			for _, s := range one {
				list = append(list, []sight{s})
			}
		}
	}
	return list
}

// report is what a page tells about itself.
type report struct {
	Lang       string
	Title      string
	Wide       int      // pixels that do not fit
	Headings   int      // of level 1
	Lost       []string // links to parts that are not there
	Unsaid     []string // keys of texts that nobody has
	Links      []string
	Violations []struct {
		ID    string
		Help  string
		Nodes []struct {
			HTML           string
			FailureSummary string
		}
	}
	Passes int
}

// examine runs axe on the page with the rules of WCAG 2.2 A and AA, and collects
// the rest.
const examine = `(async () => {
	await document.fonts.ready;
	const result = await axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]});
	return JSON.stringify({
		Lang: document.documentElement.lang, Title: document.title,
		Wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
		Headings: document.querySelectorAll("h1").length,
		Lost: [...document.querySelectorAll("a[href^='#']")].map(a => a.getAttribute("href")).filter(h => !document.getElementById(h.slice(1))),
		Unsaid: document.body.innerText.match(/\[[a-z]+(\.[\w-]+)+\]/g) ?? [],
		Links: [...document.querySelectorAll("a[href], link[href], img[src], script[src]")].map(e => e.getAttribute("href") || e.getAttribute("src")),
		Passes: result.passes.length,
		Violations: result.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))})),
	});
})()`

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{agency: newAgency(t, failing)}
	if err := demo.Load(w); err != nil {
		t.Fatal(err)
	}
	w.Tokens["client"] = w.Owner.Token
	w.write(t)
	w.serve(t)
	return w
}

// newFreshWorld has an admin and a client, and nothing else.
func newFreshWorld(t *testing.T) *world {
	t.Helper()
	w := &world{agency: &agency{&programtest.Agency{App: programtest.NewApp(t, plugins.Options{})}}}
	w.Owner = w.NewUser(t, collections.RoleClient)
	w.Tokens = map[string]string{"client": w.Owner.Token, "admin": w.NewUser(t, collections.RoleAdmin).Token}
	w.serve(t)
	return w
}

func (w *world) serve(t *testing.T) {
	t.Helper()
	server := httptest.NewServer(w.Handler)
	t.Cleanup(server.Close)
	w.site = server.URL
}

// failing makes the API answer as it does in bad hours, about two projects that
// there are not.
func failing(app *plugintest.App) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.BindFunc(func(e *core.RequestEvent) error {
			switch e.Request.URL.Path {
			case "/api/projects/rusak":
				return e.InternalServerError("", errors.New("broken on purpose"))
			case "/api/projects/ramai":
				return e.TooManyRequestsError("", nil)
			}
			return e.Next()
		})
		return e.Next()
	})
}

// eye is one browser window of its own, with its own cookies.
type eye struct {
	ctx context.Context

	mu       sync.Mutex
	console  []string
	requests []string
	status   int64
}

func newEye(t *testing.T, browser context.Context) *eye {
	t.Helper()
	axe, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	e := &eye{}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	e.ctx = ctx
	if err := chromedp.Listen(ctx, e.listen); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: string(axe)}); err != nil {
		t.Fatal(err)
	}
	go func() {
		for message, err := range chromedp.Console(ctx) {
			if err != nil {
				return
			}
			if text := message.String(); strings.HasPrefix(text, "debug:") || strings.HasPrefix(text, "info:") || strings.HasPrefix(text, "log:") {
				continue // Chromium's advice
			}
			e.mu.Lock()
			e.console = append(e.console, message.String())
			e.mu.Unlock()
		}
	}()
	return e
}

func (e *eye) listen(ev any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		e.requests = append(e.requests, ev.Request.URL)
	case *network.EventResponseReceived:
		if ev.Type == network.ResourceTypeDocument {
			e.status = ev.Response.Status
		}
	}
}

// load opens the page of the sight and brings it into its state.
func (e *eye) load(w *world, s sight) error {
	ctx, cancel := context.WithTimeout(e.ctx, time.Minute)
	defer cancel()
	cookies := []*network.CookieParam{{Name: "jw_lang", Value: s.lang, URL: w.site}}
	if s.chosen() {
		cookies = append(cookies, &network.CookieParam{Name: "jw_theme", Value: s.theme, URL: w.site})
	}
	if s.as != "" {
		cookies = append(cookies, &network.CookieParam{Name: "jw", Value: w.Tokens[s.as], URL: w.site})
	}
	// The page before may still be asking in its user's name. An address of our own
	// keeps Chromium's process, of which a new one costs more than axe.
	if err := chromedp.Do(ctx, chromedp.Navigate(w.site+"/robots.txt")); err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, network.ClearBrowserCookies, struct{}{}); err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, network.SetCookies, network.SetCookiesParams{Cookies: cookies}); err != nil {
		return err
	}
	e.mu.Lock()
	e.console, e.requests, e.status = nil, nil, 0
	e.mu.Unlock()
	if err := e.turn(ctx, s); err != nil {
		return err
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(w.site+addressIn(s.lang, s.path(w)))); err != nil {
		return err
	}
	return e.bring(ctx, s)
}

// chosen says that the visitor has chosen the theme on the site, as English ones
// here do; Indonesian ones have told their device.
func (s sight) chosen() bool { return s.lang == "en" }

// turn gives the window the width and the theme of the sight.
func (e *eye) turn(ctx context.Context, s sight) error {
	device := s.theme
	if s.chosen() {
		device = map[string]string{"light": "dark", "dark": "light"}[s.theme] // the choice wins
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: device}}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		return err
	}
	return chromedp.Do(ctx, chromedp.EmulateViewport(s.width, 844))
}

// choose does to the loaded page what the server does for the cookie.
const choose = `document.documentElement.dataset.theme = document.querySelector("meta[name=color-scheme]").content = `

// settle ends the transitions from one theme to the other, whose colours are of
// neither, and scrolls to where a load at this width would: to the top, or to what
// has the focus.
const settle = `for (const a of document.getAnimations()) if (a instanceof CSSTransition) a.finish();
	scrollTo(0, 0); if (document.activeElement !== document.body) document.activeElement?.scrollIntoView({block: "nearest"}); undefined`

// look examines the loaded page as the sight shows it, and returns what is wrong.
func (e *eye) look(w *world, s sight) (*report, []string) {
	ctx, cancel := context.WithTimeout(e.ctx, time.Minute)
	defer cancel()
	if err := e.turn(ctx, s); err != nil {
		return nil, []string{err.Error()}
	}
	script := settle
	if s.chosen() && !s.bare {
		script = choose + `"` + s.theme + `";` + settle
	}
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](script)); err != nil {
		return nil, []string{err.Error()}
	}
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[string](examine, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, []string{"axe: " + err.Error()}
	}
	r := &report{}
	if err := json.Unmarshal([]byte(raw), r); err != nil {
		return nil, []string{err.Error()}
	}
	return r, append(r.wrong(s), e.heard(w, s)...)
}

// heard is what is wrong with the status, the console and the requests of the page.
func (e *eye) heard(w *world, s sight) []string {
	wrong := []string{}
	e.mu.Lock()
	defer e.mu.Unlock()
	want := int64(s.status)
	if want == 0 {
		want = 200
	}
	if e.status != want {
		wrong = append(wrong, fmt.Sprintf("status %d, want %d", e.status, want))
	}
	for _, message := range e.console {
		if want >= 400 && strings.Contains(message, "Failed to load resource") {
			continue // Chromium reports the page's own status
		}
		wrong = append(wrong, "console: "+message)
	}
	for _, request := range e.requests {
		if !strings.HasPrefix(request, w.site+"/") && !strings.HasPrefix(request, "data:") && !strings.HasPrefix(request, "blob:") {
			wrong = append(wrong, "asks somebody else: "+request)
		}
	}
	return wrong
}

// bring sends the form of the page or runs the script, and waits for the answer.
func (e *eye) bring(ctx context.Context, s sight) error {
	if s.fill != nil {
		values, err := json.Marshal(s.fill)
		if err != nil {
			return err
		}
		send := `(() => { const form = [...document.querySelectorAll("main form[method=post]")].find(f => f.action.endsWith("` + s.form + `")); const values = ` + string(values) + `;
			for (const name in values) form.elements[name].value = values[name]; form.submit(); })()`
		if _, err := chromedp.RunResponse(ctx, chromedp.Evaluate[chromedp.Void](send)); err != nil {
			return err
		}
	}
	if s.script != "" {
		return chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](s.script, chromedp.EvalAwaitPromise))
	}
	return nil
}

// wrong lists what the report shows.
func (r *report) wrong(s sight) []string {
	wrong := []string{}
	for _, v := range r.Violations {
		for _, node := range v.Nodes {
			wrong = append(wrong, fmt.Sprintf("axe %s: %s: %s\n\t%s", v.ID, v.Help, node.HTML, strings.ReplaceAll(node.FailureSummary, "\n", " ")))
		}
	}
	if r.Lang != s.lang {
		wrong = append(wrong, "the page says that its language is "+r.Lang)
	}
	if r.Wide > 0 {
		wrong = append(wrong, fmt.Sprintf("%d pixels do not fit the width", r.Wide))
	}
	if r.Headings != 1 {
		wrong = append(wrong, fmt.Sprintf("%d headings of level 1", r.Headings))
	}
	if len([]rune(r.Title)) > 80 || r.Title == "" {
		wrong = append(wrong, "title "+r.Title)
	}
	if r.Passes == 0 {
		wrong = append(wrong, "axe checked nothing")
	}
	for _, key := range r.Unsaid {
		wrong = append(wrong, "a text that nobody has: "+key)
	}
	for _, link := range r.Lost {
		wrong = append(wrong, "a link to a part that is not there: "+link)
	}
	for _, link := range r.Links {
		if link == "#" || link == "" || strings.HasPrefix(link, "javascript:") {
			wrong = append(wrong, "a link that leads nowhere: "+link)
		}
	}
	return wrong
}

// TestRenderTable looks at every page in every state, both languages and both
// themes. Three windows share the work: one at a time waits for its page.
func TestRenderTable(t *testing.T) {
	plugintest.OnceOnly(t, "pictures of the pages are the same on every database")
	worlds := map[bool]*world{false: newWorld(t), true: newFreshWorld(t)} // by rendering.fresh
	w := worlds[false]
	table := renderTable()
	for _, r := range table {
		if r.ready != nil {
			r.ready(t, w)
		}
	}
	if os.Getenv("RENDER") == "" {
		w.everyPageIsIn(t, table)
	}
	browser := programtest.NewBrowser(t)
	if err := chromedp.Do(browser, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	all := sights(table)
	work := make(chan []sight)
	var done sync.WaitGroup
	g := &gallery{links: map[string]sight{}}
	for range 3 {
		e := newEye(t, browser)
		done.Go(func() {
			for one := range work {
				g.visit(t, e, worlds[one[0].fresh], one)
			}
		})
	}
	wanted := 0
	for _, one := range all {
		wanted += len(one)
		work <- one
	}
	close(work)
	done.Wait()
	if g.seen != wanted || g.seen < 40 && os.Getenv("RENDER") == "" {
		t.Errorf("axe looked at %d of %d", g.seen, wanted)
	}
	w.follow(t, g.links)
	t.Logf("%d renderings of %d states in %d loads, %d links", g.seen, len(table), len(all), len(g.links))
	contactSheets(t)
}

// gallery is what the windows have found together.
type gallery struct {
	alone sync.Mutex
	mu    sync.Mutex
	seen  int
	links map[string]sight // link → where it was found
}

// visit loads a page and looks at it in each way.
func (g *gallery) visit(t *testing.T, e *eye, w *world, one []sight) {
	if one[0].alone {
		g.alone.Lock()
		defer g.alone.Unlock()
	}
	if err := e.load(w, one[0]); err != nil {
		t.Errorf("%s: %s", one[0], err)
		return
	}
	for _, s := range one {
		r, wrong := e.look(w, s)
		for _, problem := range wrong {
			t.Errorf("%s: %s", s, problem)
		}
		if r != nil {
			g.keep(w, s, r.Links)
		}
		if err := e.save(s); err != nil {
			t.Error(err)
		}
	}
}

func (g *gallery) keep(w *world, s sight, links []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen++
	for _, link := range links {
		if !s.fresh && !strings.HasPrefix(link, "#") {
			g.links[resolve(addressIn(s.lang, s.path(w)), link)] = s
		}
	}
}

// machines are pages that no person looks at.
var machines = []string{
	"/sitemap.xml", "/rss.xml", "/robots.txt", "/template/{id}/gambar.svg", "/og/{lang}/{path...}", "/portal/tagihan.csv", "/i/{token}/status",
	"/i/{token}/qr.png", "/admin/bukti/{id}", "/en/{$}", // a redirect
}

// everyPageIsIn fails for every page of the program that no rendering is of.
// That each is in English and dark too is in how the table is spelled out.
func (w *world) everyPageIsIn(t *testing.T, table []rendering) {
	t.Helper()
	pages := http.NewServeMux()
	want := map[string]bool{}
	for _, line := range openapi.Pages(w) {
		method, path := strings.Fields(line)[0], strings.Fields(line)[1]
		if method != "GET" || strings.HasPrefix(path, "/en") || slices.Contains(machines, path) {
			continue
		}
		pages.Handle("GET "+path, http.NotFoundHandler())
		want["GET "+path] = true
	}
	if len(want) < 30 {
		t.Errorf("only %d pages", len(want))
	}
	for _, r := range table {
		_, pattern := pages.Handler(httptest.NewRequest("GET", r.path(w), nil))
		delete(want, pattern)
	}
	for pattern := range want {
		t.Errorf("no rendering shows %s", pattern)
	}
}

// resolve makes a link absolute and drops its fragment.
func resolve(base, link string) string {
	b, err := url.Parse(base)
	if err != nil {
		return link
	}
	l, err := b.Parse(link)
	if err != nil {
		return link
	}
	l.Fragment = ""
	return l.String()
}

// follow asks for every own address that a page names, as the user whose page it
// is. The dashboard is not served here.
func (w *world) follow(t *testing.T, links map[string]sight) {
	t.Helper()
	if len(links) < 20 {
		t.Errorf("only %d links", len(links))
	}
	for link, from := range links {
		link = strings.TrimPrefix(link, w.site)
		if !strings.HasPrefix(link, "/") || strings.HasPrefix(link, "//") || strings.HasPrefix(link, "/_/") {
			continue // mailto:, tel:, other sites
		}
		req := httptest.NewRequest("GET", link, nil)
		req.Header.Set("Accept", "text/html")
		if from.as != "" {
			req.Header.Set("Cookie", "jw="+w.Tokens[from.as])
		}
		rec := httptest.NewRecorder()
		w.Handler.ServeHTTP(rec, req)
		if rec.Code != 200 && rec.Code != 303 {
			t.Errorf("%s leads to %s, which answers %d", from, link, rec.Code)
		}
		if rec.Code == 200 && strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") {
			checkHTML(t, link, rec.Body.Bytes())
		}
	}
}

// checkHTML finds ids that are given twice, labels for nothing, and texts that a
// template failed to fill in.
func checkHTML(t *testing.T, where string, raw []byte) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(string(raw)))
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return
	}
	ids, refers := map[string]int{}, []string{}
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch a.Key {
			case "id":
				ids[a.Val]++
			case "for", "popovertarget":
				refers = append(refers, a.Val)
			case "aria-labelledby", "aria-describedby", "aria-controls":
				refers = append(refers, strings.Fields(a.Val)...)
			case "style":
				t.Errorf("%s: a style attribute, which the policy forbids: %s", where, a.Val)
			}
			if strings.HasPrefix(a.Key, "on") || strings.Contains(a.Val, "ZgotmplZ") {
				t.Errorf("%s: attribute %s=%s", where, a.Key, a.Val)
			}
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%s: the id %s is given %d times", where, id, n)
		}
	}
	for _, id := range refers {
		if ids[id] == 0 {
			t.Errorf("%s: something refers to the id %s, which is not there", where, id)
		}
	}
}

// save keeps a picture of the sight in the folder SCREENSHOTS.
func (e *eye) save(s sight) error {
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(e.ctx, time.Minute)
	defer cancel()
	// What is below the fold is loaded only when somebody scrolls to it.
	const load = `Promise.all([...document.images].map(i => { i.loading = "eager"; return i.decode().catch(() => {}); }))`
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](load, chromedp.EvalAwaitPromise)); err != nil {
		return fmt.Errorf("%s: %w", s, err)
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(80))
	if err != nil {
		return fmt.Errorf("%s: %w", s, err)
	}
	name := strings.NewReplacer(" ", "-", ",", "", "/", "-", "(", "", ")", "").Replace(fmt.Sprintf("%s_%s_%s_%d", s.name, s.lang, s.theme, s.width))
	return os.WriteFile(filepath.Join(dir, name+".jpg"), picture, 0o644)
}
