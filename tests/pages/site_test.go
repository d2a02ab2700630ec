package pages

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	pngimage "image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"jasaweb/collections"
	"jasaweb/plugins"
	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// visit asks for an address as a browser; headers come in pairs.
func visit(app *plugintest.App, path string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest("GET", path, nil)
	req.Header.Set("Accept", "text/html")
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	rec := httptest.NewRecorder()
	app.Handler.ServeHTTP(rec, req)
	return rec
}

func gunzip(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	if rec.Header().Get("Content-Encoding") != "gzip" {
		return rec.Body.String()
	}
	z, err := gzip.NewReader(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Kept pages are those of everybody with the same key, and old once somebody
// edits what they show.
func TestPublicPagesAreKeptUntilTheyChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := visit(w.App, "/pricing")
	tag := first.Header().Get("ETag")
	if first.Code != 200 || tag == "" || !strings.Contains(first.Body.String(), "Rp2.500.000") {
		t.Fatalf("%d %s", first.Code, first.Body)
	}
	if again := visit(w.App, "/pricing", "If-None-Match", tag); again.Code != 304 || again.Body.Len() != 0 {
		t.Errorf("again: %d with %d bytes", again.Code, again.Body.Len())
	}
	packed := visit(w.App, "/pricing", "Accept-Encoding", "gzip")
	if packed.Header().Get("Content-Encoding") != "gzip" || gunzip(t, packed) != first.Body.String() {
		t.Error("packed it is another page")
	}
	for name, other := range map[string]*httptest.ResponseRecorder{
		"dark": visit(w.App, "/pricing", "Cookie", "jw_theme=dark"), "English": visit(w.App, "/en/pricing"),
		"signed in": visit(w.App, "/pricing", "Cookie", "jw="+w.Owner.Token),
	} {
		if other.Code != 200 || other.Body.String() == first.Body.String() {
			t.Errorf("%s is the same page (%d)", name, other.Code)
		}
	}
	if visit(w.App, "/pricing?utm_source=koran").Body.String() != first.Body.String() {
		t.Error("advertising changes the page")
	}
	if visit(w.App, "/pricing?x=1").Header().Get("ETag") != "" {
		t.Error("an unknown parameter is kept")
	}
	tier, err := w.FindFirstRecordByData("pricing_tiers", "identifier", "sekolah")
	if err != nil {
		t.Fatal(err)
	}
	tier.Set("price", 2_750_000)
	if err := w.Save(tier); err != nil {
		t.Fatal(err)
	}
	if after := visit(w.App, "/pricing", "If-None-Match", tag); after.Code != 200 || !strings.Contains(after.Body.String(), "Rp2.750.000") {
		t.Errorf("after the edit: %d", after.Code)
	}
}

var (
	head = regexp.MustCompile(`(?s)<head>.*</head>`)
	ld   = regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`)
)

func TestWhatSearchEnginesRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.site = "http://example.com" // httptest's host
	var sitemap struct {
		URLs []struct {
			Loc string `xml:"loc"`
		} `xml:"url"`
	}
	if err := xml.Unmarshal(visit(w.App, "/sitemap.xml").Body.Bytes(), &sitemap); err != nil || len(sitemap.URLs) < 40 {
		t.Fatalf("%d addresses in the site map, %v", len(sitemap.URLs), err)
	}
	titles, types := map[string]string{}, map[string]bool{}
	for _, u := range sitemap.URLs {
		path := strings.TrimPrefix(u.Loc, w.site)
		rec := visit(w.App, path)
		page := head.FindString(rec.Body.String())
		lang, base := "id", path
		if strings.HasPrefix(path, "/en") {
			lang, base = "en", "/"+strings.TrimPrefix(strings.TrimPrefix(path, "/en"), "/")
		}
		wants := []string{
			`<link rel="canonical" href="` + u.Loc + `">`, `<meta property="og:image" content="` + w.site + `/og/` + lang + `/`, `<meta name="description" content="`,
		}
		if !strings.Contains(path, "uji-tanpa-terjemahan") {
			wants = append(wants, `hreflang="id" href="`+w.site+base+`"`, `hreflang="en" href="`+w.site+addressIn("en", base)+`"`, `hreflang="x-default"`)
		}
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %s", path, want)
			}
		}
		if rec.Code != 200 || strings.Contains(page, "noindex") {
			t.Errorf("%s: %d", path, rec.Code)
		}
		title := between(page, "<title>", "</title>")
		if other, taken := titles[title]; taken {
			t.Errorf("%s and %s have the title %s", path, other, title)
		}
		titles[title] = path
		if d := between(page, `name="description" content="`, `"`); len([]rune(d)) > 180 {
			t.Errorf("%s: a description of %d letters", path, len([]rune(d)))
		} else if path == "/blog/uji-tanpa-terjemahan" && d != "Sebuah paragraf dengan tautan. Bagian satu dua Kutipan. Akhiran Untuk .sch.id sekolah" {
			t.Errorf("%s: the description of an article without an excerpt is %q", path, d)
		}
		for _, m := range ld.FindAllStringSubmatch(page, -1) {
			var o struct {
				Context string `json:"@context"`
				Type    string `json:"@type"`
			}
			if err := json.Unmarshal([]byte(m[1]), &o); err != nil || o.Context != "https://schema.org" {
				t.Errorf("%s: %v in %s", path, err, m[1])
			}
			types[o.Type] = true
		}
	}
	for _, want := range []string{"Organization", "WebSite", "Service", "BreadcrumbList", "FAQPage", "BlogPosting"} {
		if !types[want] {
			t.Errorf("nothing says %s", want)
		}
	}
}

// What a search engine reaches from the first page and may keep is what the site
// map lists, no more and no less.
func TestTheSiteMapIsWhatSearchEnginesMayKeep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const origin = "http://example.com" // httptest's host
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile(`<loc>([^<]+)</loc>`).FindAllStringSubmatch(visit(w.App, "/sitemap.xml").Body.String(), -1) {
		listed[m[1]] = true
	}
	links := regexp.MustCompile(`<a [^>]*href="(/[^"#]*)`)
	seen, reached := map[string]bool{"/": true}, map[string]bool{}
	for queue := []string{"/"}; len(queue) > 0; queue = queue[1:] {
		rec := visit(w.App, queue[0])
		page := rec.Body.String()
		if rec.Code != 200 || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") || strings.HasPrefix(queue[0], "/api/") {
			continue
		}
		if !strings.Contains(rec.Header().Get("X-Robots-Tag"), "noindex") {
			reached[between(page, `<link rel="canonical" href="`, `"`)] = true
		}
		for _, m := range links.FindAllStringSubmatch(page, -1) {
			link := strings.ReplaceAll(m[1], "&amp;", "&")
			if !seen[link] {
				seen[link] = true
				queue = append(queue, link)
			}
		}
	}
	for address := range reached {
		if !listed[address] {
			t.Errorf("the site map lacks %s", address)
		}
	}
	for address := range listed {
		if !reached[address] {
			t.Errorf("no link leads to %s, or it may not be kept", address)
		}
	}
	if len(reached) < 40 || reached[origin+"/portal"] {
		t.Errorf("%d addresses reached", len(reached))
	}
}

// A planned article is nowhere before its time and everywhere after it, though
// the pages were kept meanwhile; one that moves takes its visitors along.
func TestArticlesComeByThemselvesAndMove(t *testing.T) {
	t.Parallel()
	app := programtest.NewApp(t, plugins.Options{})
	w := &world{agency: &agency{&programtest.Agency{App: app}}}
	w.New(t, "posts", map[string]any{"title": "Belum jadi", "slug": "belum-jadi", "content": "<p>Isi.</p>", "status": "draft"})
	at := app.Now().Add(3 * time.Second)
	post := w.New(t, "posts", map[string]any{"title": "Kabar baik", "title_en": "Good news", "slug": "kabar-baik", "content": "<p>Isi.</p>", "content_en": "<p>Text.</p>",
		"status": "published", "published_at": collections.DateTime(at)})
	shows := func(text string) (n int) {
		for _, path := range []string{"/blog", "/en/blog", "/rss.xml", "/sitemap.xml"} {
			if strings.Contains(visit(app, path).Body.String(), text) {
				n++
			}
		}
		return n
	}
	if n := shows("kabar-baik"); n > 0 || visit(app, "/blog/kabar-baik").Code != 404 || app.Now().After(at) {
		t.Fatalf("%d pages show it before its time", n)
	}
	for shows("kabar-baik") < 4 || visit(app, "/blog/kabar-baik").Code != 200 {
		if app.Now().After(at.Add(30 * time.Second)) { // pages are kept for a minute
			t.Fatalf("%d of 4 pages show it", shows("kabar-baik"))
		}
		time.Sleep(100 * time.Millisecond)
	}
	if n := shows("belum-jadi"); n > 0 || visit(app, "/blog/belum-jadi").Code != 404 {
		t.Errorf("%d pages show a draft", n)
	}
	post = app.Reload(t, post)
	post.Set("slug", "kabar-sangat-baik")
	if err := app.Save(post); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/blog/kabar-baik": "/blog/kabar-sangat-baik", "/en/blog/kabar-baik": "/en/blog/kabar-sangat-baik"} {
		if rec := visit(app, path); rec.Code != 301 || rec.Header().Get("Location") != want {
			t.Errorf("%s leads to %d %s", path, rec.Code, rec.Header().Get("Location"))
		}
	}
}

func between(s, from, to string) string {
	_, rest, _ := strings.Cut(s, from)
	inside, _, _ := strings.Cut(rest, to)
	return inside
}

func TestFeedsAndPreviews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var feed struct {
		Channel struct {
			Items []struct {
				Link string `xml:"link"`
			} `xml:"item"`
		} `xml:"channel"`
	}
	if err := xml.Unmarshal(visit(w.App, "/rss.xml").Body.Bytes(), &feed); err != nil || len(feed.Channel.Items) < 2 {
		t.Errorf("%d articles in the feed, %v", len(feed.Channel.Items), err)
	}
	for _, path := range []string{"/og/id/jasaweb.png", "/og/en/layanan/sekolah.png", "/og/id/blog/uji-tulisan.png"} {
		rec := visit(w.App, path)
		picture, err := pngimage.Decode(bytes.NewReader(rec.Body.Bytes()))
		if err != nil || picture.Bounds().Dx() != 1200 || picture.Bounds().Dy() != 630 || rec.Body.Len() > 60_000 {
			t.Errorf("%s: %d bytes, %v", path, rec.Body.Len(), err)
		}
	}
	for _, path := range []string{"/og/id/apa-saja.png", "/og/fr/jasaweb.png", "/og/id/blog/tidak-ada.png"} {
		if rec := visit(w.App, path); rec.Code != 404 {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	if rec := visit(w.App, "/favicon.ico"); rec.Code != 302 || visit(w.App, rec.Header().Get("Location")).Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("the icon: %d %s", rec.Code, rec.Header().Get("Location"))
	}
	robots := visit(w.App, "/robots.txt").Body.String()
	for _, want := range []string{"Disallow: /portal", "Disallow: /admin", "Sitemap: http://example.com/sitemap.xml"} {
		if !strings.Contains(robots, want) {
			t.Errorf("robots.txt lacks %s", want)
		}
	}
}

// Every page sends the headers that keep browsers from doing what we did not mean.
func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/", "/en", "/login", "/tidak-ada", "/template", "/robots.txt", "/sitemap.xml"} {
		h := visit(w.App, path).Header()
		csp := h.Get("Content-Security-Policy")
		if strings.Contains(csp, "unsafe") || !strings.HasPrefix(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, csp)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin", "X-XSS-Protection": "0", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if h.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS over plain HTTP", path)
		}
	}
	if visit(w.App, "/", "X-Forwarded-Proto", "https").Header().Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS over TLS")
	}
}

var (
	sheetLink  = regexp.MustCompile(`<link rel="stylesheet" href="([^"]+)"`)
	scriptLink = regexp.MustCompile(`<script type="module" src="([^"]+)"`)
	fontLink   = regexp.MustCompile(`<link rel="preload" href="([^"]+)"`)
	imageLink  = regexp.MustCompile(`<img src="([^"]+)"[^>]*>`)
	loadsLink  = regexp.MustCompile(`["'](/assets/[^"']+\.js)["']`)
)

// weight is what a browser loads for a page, in bytes on the wire.
type weight struct{ html, css, js, font, images int }

func (w weight) total() int { return w.html + w.css + w.js + w.font + w.images }

// share is the percentage of what the reference says that it sends, compressed.
func (w weight) share() float64 { return float64(w.css+w.js) / 60_750 * 100 }

// weigh loads the page and everything that it names, modules that modules load
// included.
func (w *world) weigh(t *testing.T, path, cookie string) weight {
	t.Helper()
	rec := visit(w.App, path, "Accept-Encoding", "gzip", "Cookie", cookie)
	if rec.Code != http.StatusOK {
		t.Fatalf("%s: %d", path, rec.Code)
	}
	total := weight{html: rec.Body.Len()}
	page := gunzip(t, rec)
	seen := map[string]bool{}
	var load func(href string) int
	load = func(href string) int {
		if seen[href] {
			return 0
		}
		seen[href] = true
		part := visit(w.App, href, "Accept-Encoding", "gzip")
		if part.Code != http.StatusOK {
			t.Errorf("%s loads %s, which answers %d", path, href, part.Code)
		}
		bytes := part.Body.Len()
		if strings.HasSuffix(href, ".js") {
			for _, m := range loadsLink.FindAllStringSubmatch(gunzip(t, part), -1) {
				bytes += load(m[1])
			}
		}
		return bytes
	}
	for _, part := range []struct {
		pattern *regexp.Regexp
		sum     *int
	}{{sheetLink, &total.css}, {scriptLink, &total.js}, {fontLink, &total.font}} {
		for _, m := range part.pattern.FindAllStringSubmatch(page, -1) {
			*part.sum += load(m[1])
		}
	}
	for _, m := range imageLink.FindAllStringSubmatch(page, -1) {
		if !strings.Contains(m[0], `loading="lazy"`) {
			total.images += load(strings.ReplaceAll(m[1], "&amp;", "&"))
		}
	}
	return total
}

// The budgets of the front end, in bytes on the wire.
func TestPagesAreLight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	table := fmt.Sprintf("\n%-28s %7s %7s %7s %7s %7s %7s\n", "page", "html", "css", "js", "font", "total", "css+js of 60.75 kB")
	for _, r := range publicRenderings() {
		if r.fresh || r.status != 0 || r.as != "" || r.fill != nil || r.script != "" {
			continue
		}
		if r.ready != nil {
			r.ready(t, w)
		}
		path := r.path(w)
		size := w.weigh(t, path, "")
		table += fmt.Sprintf("%-28s %7d %7d %7d %7d %7d %6.0f%%\n", r.name, size.html, size.css, size.js, size.font, size.total(), size.share())
		if size.css+size.js > 12_000 {
			t.Errorf("%s: %d bytes of CSS and JavaScript", path, size.css+size.js)
		}
		if r.name == "landing" && size.total() > 45_000 {
			t.Errorf("the first view is %d bytes", size.total())
		}
	}
	for _, path := range []string{"/portal", w.At("/portal/tagihan/{invoice}/bayar")} {
		size := w.weigh(t, path, "jw="+w.Owner.Token)
		table += fmt.Sprintf("%-28s %7d %7d %7d %7d %7d %6.0f%%\n", path[:min(28, len(path))], size.html, size.css, size.js, size.font, size.total(), size.share())
		if size.css+size.js > 60_000 || size.css+size.js == 0 {
			t.Errorf("%s: %d bytes of CSS and JavaScript", path, size.css+size.js)
		}
	}
	t.Log(table)
}

// A design that the agency adds without an order or a picture is drawn too.
func TestEveryDesignHasAPicture(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.New(t, "templates", map[string]any{"name": "<Baru> & \"Lain\"", "category": "berita"}).Id
	for _, id := range append(w.designs(), id) {
		rec := visit(w.App, "/template/"+id+"/gambar.svg")
		if err := xml.Unmarshal(rec.Body.Bytes(), new(struct{})); rec.Code != 200 || err != nil || rec.Header().Get("Content-Type") != "image/svg+xml" {
			t.Errorf("%s: %d %v", id, rec.Code, err)
		}
	}
}

// addressIn is where a page is in a language: public pages have their English
// under /en, those behind the login and behind a link have one address.
func addressIn(lang, path string) string {
	one := slices.ContainsFunc([]string{"/portal", "/admin", "/i/", "/assets/"}, func(area string) bool { return strings.HasPrefix(path, area) })
	if lang != "en" || one || !strings.HasPrefix(path, "/") {
		return path
	}
	return "/en" + strings.Replace(strings.TrimSuffix(path, "/"), "/?", "?", 1)
}
