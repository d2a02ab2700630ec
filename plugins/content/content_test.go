package content_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/content"
	"jasaweb/plugins/plugintest"
)

// newsroom is an agency with one admin and one client.
type newsroom struct {
	*plugintest.App
	admin, client *plugintest.User
}

func newNewsroom(t *testing.T) *newsroom {
	t.Helper()
	a := &newsroom{App: plugintest.New(t, func(app *plugintest.App) { content.MustRegister(app) })}
	a.admin, a.client = a.NewUser(t, collections.RoleAdmin), a.NewUser(t, collections.RoleClient)
	return a
}

// text is what the admin routes answer about a post or page.
type text struct {
	ID, Slug, Title, Content, Excerpt, Status string
	PublishedAt                               string `json:"published_at"`
	FeaturedImage                             string `json:"featured_image"`
}

func (a *newsroom) write(t *testing.T, path string, body map[string]any) text {
	t.Helper()
	var x text
	a.Do(t, "POST", "/api/admin/"+path, a.admin.Token, body).Want(201).JSON(&x)
	return x
}

func (a *newsroom) change(t *testing.T, path, id string, body map[string]any) text {
	t.Helper()
	var x text
	a.Do(t, "PUT", "/api/admin/"+path+"/"+id, a.admin.Token, body).Want(200).JSON(&x)
	return x
}

// Every way of writing goes through the same cleaning.
func TestEveryWritePathCleansTheHTML(t *testing.T) {
	t.Parallel()
	a := newNewsroom(t)
	dirty := `<p onclick="x()">Isi</p><script>alert(1)</script><iframe src="https://jahat.test/"></iframe>`
	const clean = "<p>Isi</p>"
	check := func(what, id string) {
		t.Helper()
		for _, column := range []string{"content", "content_en"} {
			r, err := a.FindRecordById(collections.Posts, id)
			if err != nil || r.GetString(column) != clean {
				t.Errorf("%s: %s is %q, %v", what, column, r.GetString(column), err)
			}
		}
	}
	both := func(more map[string]any) map[string]any {
		m := map[string]any{"title": "Judul", "content": dirty, "content_en": dirty}
		for k, v := range more {
			m[k] = v
		}
		return m
	}
	x := a.write(t, "posts", both(nil))
	check("route", x.ID)
	a.Do(t, "PATCH", "/api/collections/posts/records/"+x.ID, a.admin.Token, both(map[string]any{"content": dirty + dirty})).Want(200)
	a.change(t, "posts", x.ID, both(nil))
	check("changed by route", x.ID)

	var record struct{ ID string }
	a.Do(t, "POST", "/api/collections/posts/records", a.admin.Token, both(map[string]any{"slug": "lewat-api", "status": "draft"})).Want(200).JSON(&record)
	check("record API", record.ID)
	a.Do(t, "POST", "/api/collections/posts/records", a.Superuser(t), both(map[string]any{"slug": "lewat-dasbor", "status": "draft"})).Want(200).JSON(&record)
	check("dashboard", record.ID)
	var batch []struct{ Body struct{ ID string } }
	a.Do(t, "POST", "/api/batch", a.admin.Token, map[string]any{"requests": []any{
		map[string]any{"method": "POST", "url": "/api/collections/posts/records", "body": both(map[string]any{"slug": "lewat-batch", "status": "draft"})},
	}}).Want(200).JSON(&batch)
	check("batch", batch[0].Body.ID)
	check("Go", a.New(t, collections.Posts, both(nil)).Id)
}

// The longest text can be written and changed; the audit log keeps its beginning.
func TestLongTextsAreKeptWhole(t *testing.T) {
	t.Parallel()
	a := newNewsroom(t)
	long := "<p>" + strings.Repeat("<b>ñ</b> ", 40_000) + "</p>"
	x := a.write(t, "pages", map[string]any{"title": "Panjang", "content": long, "content_en": long})
	if x.Content != long {
		t.Errorf("%d bytes became %d", len(long), len(x.Content))
	}
	if got := a.change(t, "pages", x.ID, map[string]any{"content": "<p>a</p>" + long}); len(got.Content) != len(long)+8 {
		t.Errorf("changed to %d bytes", len(got.Content))
	}
	a.Do(t, "PUT", "/api/admin/pages/"+x.ID, a.admin.Token, map[string]any{"content": strings.Repeat("a", 500_001)}).WantError(400, "content")
}

func TestAddressesAreUniqueAndStable(t *testing.T) {
	t.Parallel()
	a := newNewsroom(t)
	first := a.write(t, "posts", map[string]any{"title": "Jum'at Berkah", "status": "published"})
	second := a.write(t, "posts", map[string]any{"title": "Jum'at Berkah"})
	if first.Slug != "jumat-berkah" || second.Slug != "jumat-berkah-2" {
		t.Errorf("slugs %q and %q", first.Slug, second.Slug)
	}
	if got := a.change(t, "posts", first.ID, map[string]any{"title": "Judul Baru", "slug": ""}); got.Slug != "jumat-berkah" || got.Title != "Judul Baru" {
		t.Errorf("the address followed the title: %+v", got)
	}
	a.Do(t, "POST", "/api/admin/posts", a.admin.Token, map[string]any{"title": "x", "slug": "jumat-berkah"}).WantError(400, "slug")
	if got := a.write(t, "posts", map[string]any{"title": "日本語"}); !strings.HasPrefix(got.Slug, "tulisan-") {
		t.Errorf("slug %q", got.Slug)
	}
}

// goes returns where a public address leads: the id of what is there, or the
// status that refuses.
func (a *newsroom) goes(t *testing.T, path string) string {
	t.Helper()
	r := a.Do(t, "GET", path, "", nil)
	if r.Status != 200 {
		return fmt.Sprint(r.Status)
	}
	var x text
	r.JSON(&x)
	return x.ID
}

func TestOldAddressesLeadOn(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"posts", "pages"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			a := newNewsroom(t)
			x := a.write(t, kind, map[string]any{"title": "Satu", "status": "published"})
			a.change(t, kind, x.ID, map[string]any{"slug": "dua"})
			a.change(t, kind, x.ID, map[string]any{"slug": "tiga"})
			want := func(slug, id string) {
				t.Helper()
				if got := a.goes(t, "/api/"+kind+"/"+slug); got != id {
					t.Errorf("%s leads to %s, want %s", slug, got, id)
				}
			}
			for _, slug := range []string{"satu", "dua", "tiga"} { // a chain is one step
				want(slug, x.ID)
			}
			find := collections.FindPublicPost
			if kind == "pages" {
				find = collections.FindPublicPage
			}
			if _, err := find(a, "satu"); err == nil || err.Error() != (&collections.Moved{Slug: "tiga"}).Error() {
				t.Errorf("moved: %v", err)
			}

			a.change(t, kind, x.ID, map[string]any{"slug": "satu"}) // and back
			want("satu", x.ID)
			want("tiga", x.ID)

			y := a.write(t, kind, map[string]any{"title": "Lain", "slug": "dua", "status": "published"}) // somebody else takes an old one
			want("dua", y.ID)
			want("tiga", x.ID)
			a.Do(t, "DELETE", "/api/admin/"+kind+"/"+y.ID, a.admin.Token, nil).Want(204)
			want("dua", "410")

			a.change(t, kind, x.ID, map[string]any{"status": "draft"})
			want("satu", "404")
			want("tiga", "404")
			a.Do(t, "DELETE", "/api/admin/"+kind+"/"+x.ID, a.admin.Token, nil).Want(204)
			want("tiga", "410")
			again := a.write(t, kind, map[string]any{"title": "Satu", "slug": "tiga", "status": "published"})
			want("tiga", again.ID)
		})
	}
}

// Nobody can know the address of what was never public: no sign is left there.
func TestDraftsLeaveNoSigns(t *testing.T) {
	t.Parallel()
	a := newNewsroom(t)
	x := a.write(t, "posts", map[string]any{"title": "Rahasia"})
	a.change(t, "posts", x.ID, map[string]any{"slug": "rahasia-2"})
	later := a.write(t, "posts", map[string]any{"title": "Nanti", "status": "published", "published_at": a.Now().Add(time.Hour).Format(time.RFC3339)})
	for _, id := range []string{x.ID, later.ID} {
		a.Do(t, "DELETE", "/api/admin/posts/"+id, a.admin.Token, nil).Want(204)
	}
	if n, err := a.CountRecords(collections.SlugRedirects); err != nil || n != 0 {
		t.Errorf("%d signs, %v", n, err)
	}
	if got := a.goes(t, "/api/posts/rahasia-2"); got != "404" {
		t.Errorf("a deleted draft answers %s", got)
	}
}

// upload sends a file to a post through PocketBase's record API.
func (a *newsroom) upload(t *testing.T, id, field, name, mime string, file []byte) *plugintest.Response {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename=%q`, field, name)}, "Content-Type": {mime},
	})
	if err != nil {
		t.Fatal(err)
	}
	part.Write(file)
	w.Close()
	return a.Do(t, "PATCH", "/api/collections/posts/records/"+id, a.admin.Token, plugintest.Form{ContentType: w.FormDataContentType(), Content: b.String()})
}

func somePNG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 900, 500))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A draft and a post whose time has not come are invisible wherever a guest or
// a client may look; at its time the post is there without anybody's help.
func TestDraftsAndScheduledPostsAreInvisible(t *testing.T) {
	t.Parallel()
	a := newNewsroom(t)
	soon := time.Now().UTC().Add(3 * time.Second)
	draft := a.write(t, "posts", map[string]any{"title": "Draf", "content": "<p>katarahasia</p>"})
	later := a.write(t, "posts", map[string]any{"title": "Nanti", "content": "<p>katarahasia</p>", "status": "published", "published_at": soon.Format("2006-01-02 15:04:05.000Z")})
	page := a.write(t, "pages", map[string]any{"title": "Draf", "status": "draft", "content": "<p>katarahasia</p>"})
	files := map[string]string{}
	for _, x := range []text{draft, later} {
		a.upload(t, x.ID, "featured_image", "foto.png", "image/png", somePNG(t)).Want(200)
		r, err := a.FindRecordById(collections.Posts, x.ID)
		if err != nil {
			t.Fatal(err)
		}
		files[x.ID] = "/api/files/posts/" + x.ID + "/" + r.GetString("featured_image")
	}
	for _, token := range []string{"", a.client.Token} {
		for _, x := range []text{draft, later} {
			for _, path := range []string{
				"/api/posts/" + x.Slug, "/api/collections/posts/records/" + x.ID, files[x.ID], files[x.ID] + "?thumb=400x0",
			} {
				a.Do(t, "GET", path, token, nil).Want(404)
			}
		}
		a.Do(t, "GET", "/api/pages/"+page.Slug, token, nil).Want(404)
		a.Do(t, "GET", "/api/collections/pages/records/"+page.ID, token, nil).Want(404)
		for _, path := range []string{
			"/api/posts", "/api/collections/posts/records", "/api/collections/pages/records", "/api/posts?filter=content~'katarahasia'",
			"/api/collections/posts/records?filter=" + "title%3D'Draf'",
		} {
			if r := a.Do(t, "GET", path, token, nil).Want(200); strings.Contains(string(r.Body), "Draf") || strings.Contains(string(r.Body), "katarahasia") {
				t.Errorf("%s shows a draft: %s", path, r.Body)
			}
		}
		for _, verb := range []string{"PATCH", "DELETE"} {
			a.Do(t, verb, "/api/collections/posts/records/"+draft.ID, token, map[string]any{"title": "x"}).Want(404)
		}
	}
	if got := a.goes(t, "/api/posts/"+later.Slug); got != "404" {
		t.Fatalf("before its time: %s", got)
	}
	time.Sleep(time.Until(soon) + 50*time.Millisecond)
	if got := a.goes(t, "/api/posts/"+later.Slug); got != later.ID {
		t.Errorf("at its time: %s", got)
	}
	a.Do(t, "GET", files[later.ID], "", nil).Want(200)
	a.Do(t, "GET", files[later.ID]+"?thumb=400x0", "", nil).Want(200)
	a.Do(t, "GET", "/api/collections/posts/records/"+later.ID, "", nil).Want(200)
	a.Do(t, "GET", files[draft.ID], "", nil).Want(404)
}

// The job of a scheduled post waits for its time and then writes the post once,
// which is what drops the copies of it that pages keep.
func TestScheduledPostIsTouchedAtItsTime(t *testing.T) {
	t.Parallel()
	a := newNewsroom(t)
	at := time.Now().UTC().Add(time.Hour).Truncate(time.Millisecond)
	x := a.write(t, "posts", map[string]any{"title": "Nanti", "status": "published", "published_at": at.Format(time.RFC3339Nano)})
	a.change(t, "posts", x.ID, map[string]any{"title": "Nanti saja"}) // is no second job
	jobs, err := a.FindAllRecords(collections.Jobs, dbx.HashExp{"kind": collections.JobPublishPost})
	if err != nil || len(jobs) != 1 || !jobs[0].GetDateTime("run_at").Time().Equal(at) {
		t.Fatalf("jobs %v, %v", jobs, err)
	}
	run := func() string {
		t.Helper()
		handler := collections.FindJobHandler(a, collections.JobPublishPost)
		if err := handler(t.Context(), a, []byte(jobs[0].GetString("args"))); err != nil {
			t.Fatal(err)
		}
		r, err := a.FindRecordById(collections.Posts, x.ID)
		if err != nil {
			t.Fatal(err)
		}
		return r.GetString("updated")
	}
	before := run()
	time.Sleep(5 * time.Millisecond)
	if run() != before {
		t.Error("the post was written before its time")
	}
	a.SetNow(at.Add(time.Second))
	touched := run()
	if touched == before {
		t.Error("the post was not written at its time")
	}
	a.Do(t, "DELETE", "/api/admin/posts/"+x.ID, a.admin.Token, nil).Want(204)
	handler := collections.FindJobHandler(a, collections.JobPublishPost)
	if err := handler(t.Context(), a, []byte(jobs[0].GetString("args"))); err != nil {
		t.Errorf("the job of a deleted post: %v", err)
	}
}

func TestUploadsArePictures(t *testing.T) {
	t.Parallel()
	a := newNewsroom(t)
	x := a.write(t, "posts", map[string]any{"title": "Foto", "status": "published"})
	svg := []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
	for name, file := range map[string][]byte{
		"gambar.svg": svg, "gambar.png": svg, "halaman.html": []byte("<html><script>1</script>"), "besar.png": append(somePNG(t), make([]byte, 6<<20)...),
	} {
		for _, field := range []string{"featured_image", "images"} {
			a.upload(t, x.ID, field, name, "image/png", file).WantError(400, field)
		}
	}
	a.upload(t, x.ID, "featured_image", "foto.png", "image/png", somePNG(t)).Want(200)
	var view struct {
		ImageURL string `json:"image_url"`
	}
	a.Do(t, "GET", "/api/posts/foto", "", nil).Want(200).JSON(&view)
	r := a.Do(t, "GET", view.ImageURL, "", nil).Want(200)
	thumb := a.Do(t, "GET", view.ImageURL+"?thumb=400x0", "", nil).Want(200)
	if r.Header.Get("Content-Type") != "image/png" {
		t.Errorf("served as %s", r.Header.Get("Content-Type"))
	}
	if c, _, err := image.DecodeConfig(bytes.NewReader(thumb.Body)); err != nil || c.Width != 400 {
		t.Errorf("thumbnail %d wide, %v", c.Width, err)
	}
}

func (a *newsroom) tiers(t *testing.T, where dbx.HashExp) []*core.Record {
	t.Helper()
	list, err := a.FindAllRecords(collections.PricingTiers, where)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestOnlyOnePackageIsPopular(t *testing.T) {
	t.Parallel()
	a := newNewsroom(t)
	for _, name := range []string{"satu", "dua", "tiga"} {
		a.Do(t, "POST", "/api/admin/pricing", a.admin.Token, map[string]any{
			"identifier": name, "name": name, "type": "company", "price": 1_000_000, "is_popular": true,
		}).Want(201)
	}
	popular := func(want string) {
		t.Helper()
		list := a.tiers(t, dbx.HashExp{"is_popular": true})
		if len(list) != 1 || list[0].GetString("identifier") != want {
			t.Errorf("%d popular packages, want only %s", len(list), want)
		}
	}
	popular("tiga")
	one := a.tiers(t, dbx.HashExp{"identifier": "satu"})[0]
	a.Do(t, "PATCH", "/api/collections/pricing_tiers/records/"+one.Id, a.Superuser(t), map[string]any{"is_popular": true}).Want(200)
	popular("satu")
}

// What is edited or taken off sale later never reaches an order.
func TestEditingTheCatalogueNeverBreaksAnOrder(t *testing.T) {
	t.Parallel()
	a := newNewsroom(t)
	tier := a.NewTier(t, "dasar", 2_000_000, 50)
	design := a.New(t, collections.Templates, map[string]any{"name": "Mawar", "category": "company"})
	project := a.New(t, collections.Projects, map[string]any{"user": a.client.Id, "name": "Web", "type": "company", "tier": tier.Id, "template": design.Id})
	before, err := collections.FindInvoices(a, project.Id)
	if err != nil {
		t.Fatal(err)
	}
	a.Do(t, "PUT", "/api/admin/pricing/"+tier.Id, a.admin.Token, map[string]any{"price": 9_000_000, "is_active": false}).Want(200)
	a.Do(t, "PUT", "/api/admin/templates/"+design.Id, a.admin.Token, map[string]any{"is_archived": true}).Want(200)
	after, err := collections.FindInvoices(a, project.Id)
	if err != nil || len(after) != 2 || after[0].Amount() != before[0].Amount() || after[0].Amount() != 1_000_000 {
		t.Errorf("invoices changed: %v, %v", after, err)
	}
	a.Do(t, "DELETE", "/api/admin/pricing/"+tier.Id, a.admin.Token, nil).WantError(409)
	a.Do(t, "DELETE", "/api/admin/templates/"+design.Id, a.admin.Token, nil).WantError(409)
	a.Do(t, "DELETE", "/api/collections/pricing_tiers/records/"+tier.Id, a.Superuser(t), nil).Want(400)
}

func TestContactMessagesReachTheAdmins(t *testing.T) {
	t.Parallel()
	a := newNewsroom(t)
	message := map[string]any{"name": " Ibu Rina ", "email": "rina@contoh.test", "phone": "+62 812-3456-7890", "type": "sekolah", "message": "Berapa lama?"}
	count := func(collection string, want int64) {
		t.Helper()
		if n, err := a.CountRecords(collection); err != nil || n != want {
			t.Errorf("%d rows in %s, want %d (%v)", n, collection, want, err)
		}
	}
	a.Do(t, "POST", "/api/contact", "", message).Want(201)
	count(collections.ContactMessages, 1)
	count(collections.Notifications, 1)
	count(collections.Jobs, 1)
	r, err := a.FindFirstRecordByData(collections.ContactMessages, "email", "rina@contoh.test")
	if err != nil || r.GetString("name") != "Ibu Rina" || r.GetString("phone") != "+6281234567890" || r.GetString("state") != "new" {
		t.Errorf("kept %v, %v", r, err)
	}
	notice, err := a.FindFirstRecordByData(collections.Notifications, "user", a.admin.Id)
	if err != nil || notice.GetString("title") != "Pesan baru dari Ibu Rina" || !strings.Contains(notice.GetString("message"), "0812-3456-7890") {
		t.Errorf("told %v, %v", notice, err)
	}

	a.Do(t, "POST", "/api/contact", "", message).Want(201) // pressed twice
	count(collections.ContactMessages, 1)
	count(collections.Notifications, 1)
	if got := a.Reload(t, r).GetInt("repeats"); got != 1 {
		t.Errorf("%d repeats", got)
	}

	message["website"], message["email"] = "https://spam.test", "spam@contoh.test" // a program
	a.Do(t, "POST", "/api/contact", "", message).Want(201)
	count(collections.ContactMessages, 1)

	for _, token := range []string{"", a.client.Token} { // nobody else reads or forges them
		a.Do(t, "GET", "/api/collections/contact_messages/records/"+r.Id, token, nil).Want(404)
		a.Do(t, "POST", "/api/collections/contact_messages/records", token, message).Want(403)
	}
	path := "/api/collections/contact_messages/records/" + r.Id
	a.Do(t, "PATCH", path, a.admin.Token, map[string]any{"message": "Lain"}).WantError(400, "message")
	a.Do(t, "PATCH", path, a.admin.Token, map[string]any{"state": "answered", "note": "Sudah ditelepon"}).Want(200)
	rows, err := a.FindAllRecords(collections.AuditLogs, dbx.HashExp{"collection": collections.ContactMessages})
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d audit rows, %v", len(rows), err)
	}
	for _, row := range rows { // what a visitor wrote can be deleted; the audit log cannot
		if all := row.GetString("before") + row.GetString("after"); strings.Contains(all, "Rina") || strings.Contains(all, "Berapa lama") {
			t.Errorf("the audit log keeps the visitor's words: %s", all)
		}
	}
}

func TestContactIsLimited(t *testing.T) {
	t.Parallel()
	a := newNewsroom(t)
	a.Settings().RateLimits.Enabled = true
	refused := 0
	for n := range 8 {
		r := a.Do(t, "POST", "/api/contact", "", map[string]any{"name": "A", "email": "a@contoh.test", "message": fmt.Sprint("Pesan ", n)})
		if r.Status == 429 {
			refused++
		}
	}
	if refused != 3 {
		t.Errorf("%d of 8 messages were refused, want 3", refused)
	}
}
