package pages

import (
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// browse asks for a page as a browser with the user's session does.
func (a *agency) browse(t *testing.T, method, path, token string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	req.Header.Set("Accept", "text/html")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("User-Agent", "peramban uji")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if token != "" {
		req.Header.Set("Cookie", "jw="+token)
	}
	rec := httptest.NewRecorder()
	a.Handler.ServeHTTP(rec, req)
	return rec
}

// page fails the test unless the page is there and whole, and returns it.
func (a *agency) page(t *testing.T, path, token string) string {
	t.Helper()
	rec := a.browse(t, "GET", path, token, nil)
	html := rec.Body.String()
	if rec.Code != 200 || !strings.Contains(html, "</html>") {
		t.Fatalf("GET %s: %d %s", path, rec.Code, html)
	}
	if missing := regexp.MustCompile(`\[[a-z]+\.[a-z.]+\]|%!|ZgotmplZ`).FindString(html); missing != "" {
		t.Errorf("GET %s shows %s", path, missing)
	}
	return html
}

// submit sends a form and fails the test unless it is answered by the status.
func (a *agency) submit(t *testing.T, path, token string, form url.Values, status int) *httptest.ResponseRecorder {
	t.Helper()
	rec := a.browse(t, "POST", path, token, form)
	if rec.Code != status {
		t.Fatalf("POST %s: %d, want %d: %s", path, rec.Code, status, rec.Body)
	}
	return rec
}

func wantText(t *testing.T, html string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(html, text) {
			t.Errorf("the page lacks %q:\n%s", text, html)
		}
	}
}

// The whole of a client's business by forms alone, as a browser without
// scripts does it.
func TestPortalWithoutScripts(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	client := a.NewUser(t, collections.RoleClient)
	wantText(t, a.page(t, "/portal", client.Token), "Belum ada website")
	wantText(t, a.page(t, "/portal/pesan-baru?name=SD+Maju&type=company", client.Token), `value="SD Maju"`, "checked")

	rec := a.submit(t, "/portal/pesan-baru", client.Token, url.Values{"name": {""}, "brief": {"Warna <b>biru</b>"}}, 400)
	wantText(t, rec.Body.String(), "Warna &lt;b&gt;biru", `href="#f-name"`, `aria-invalid="true"`)
	rec = a.submit(t, "/portal/pesan-baru", client.Token, url.Values{"name": {"SD Maju"}, "tier": {a.Tier.Id}}, 303)
	pay := rec.Header().Get("Location")
	if !strings.HasPrefix(pay, "/portal/tagihan/") || !strings.HasSuffix(pay, "/bayar") {
		t.Fatalf("an order leads to %s", pay)
	}
	html := a.page(t, pay, client.Token)
	wantText(t, html, "Bayar Rp1.000.000", "<svg xmlns", `http-equiv="refresh"`, "Sisa waktu", `data-state="waiting"`)
	invoice := strings.TrimSuffix(strings.TrimPrefix(pay, "/portal/tagihan/"), "/bayar")
	wantText(t, a.page(t, "/portal/tagihan/"+invoice, client.Token), "satu juta rupiah", "Bayar Rp1.000.000")
	wantText(t, a.page(t, "/portal/tagihan", client.Token), "Belum dibayar", "Rp1.000.000")
	wantText(t, a.page(t, "/portal", client.Token), "Bayar Rp1.000.000 untuk SD Maju")

	a.Project, a.Invoice = a.newest(t, client)
	site := "/portal/web/" + a.Project.Id
	wantText(t, a.page(t, site, client.Token), "Batalkan pesanan", "Dipesan")
	a.ToReview(t)
	html = a.page(t, site, client.Token)
	wantText(t, html, "Setujui dan selesaikan", "Minta perbaikan")
	rec = a.submit(t, site+"/revisi", client.Token, url.Values{"note": {""}}, 400)
	wantText(t, rec.Body.String(), "<details class=\"unfold\" open", `aria-invalid="true"`)
	a.submit(t, site+"/setujui", client.Token, nil, 303)
	html = a.page(t, site, client.Token)
	wantText(t, html, "Tampilkan data login")
	if strings.Contains(html, "rahasia") {
		t.Fatal("the login is on the page before anybody asked for it")
	}
	rec = a.submit(t, site+"/login", client.Token, url.Values{"password": {"salah"}}, 400)
	wantText(t, rec.Body.String(), "Kata sandi salah")
	rec = a.submit(t, site+"/login", client.Token, url.Values{"password": {plugintest.Password}}, 200)
	wantText(t, rec.Body.String(), "rahasia", "Sembunyikan")
	if rec.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the login may be cached: %s", rec.Header().Get("Cache-Control"))
	}
	wantText(t, a.page(t, site, client.Token), "Terakhir dilihat")
	wantText(t, a.page(t, "/portal/tagihan/"+invoice, client.Token), "Kuitansi")
	wantText(t, a.page(t, pay, client.Token), "Lunas. Terima kasih.")
}

// newest returns the client's last order.
func (a *agency) newest(t *testing.T, client *plugintest.User) (*collections.Project, *collections.Invoice) {
	t.Helper()
	var found struct{ Items []collections.ProjectView }
	a.Do(t, "GET", "/api/projects", client.Token, nil).Want(200).JSON(&found)
	project, err := collections.FindProject(a, found.Items[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	invoices, err := collections.FindInvoices(a, project.Id)
	if err != nil {
		t.Fatal(err)
	}
	return project, invoices[0]
}

func TestPayLinkPage(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	rec := a.submit(t, "/portal/tagihan/"+a.Invoice.Id+"/tautan", a.Owner.Token, nil, 200)
	link := regexp.MustCompile(`https?://[^/]+(/i/[\w.-]+)`).FindStringSubmatch(rec.Body.String())
	if link == nil {
		t.Fatalf("no link: %s", rec.Body)
	}
	html := a.page(t, link[1], "")
	wantText(t, html, "Bayar Rp1.000.000", "Ditagihkan kepada", `data-poll="`+link[1]+`/status"`)
	if strings.Contains(html, `href="/portal`) {
		t.Error("the page of a guest leads into the portal")
	}
	rec = a.browse(t, "GET", link[1]+"/status", "", nil)
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), `"state":"waiting"`) {
		t.Errorf("status: %d %s", rec.Code, rec.Body)
	}
	if rec = a.browse(t, "GET", link[1]+"/qr.png", "", nil); rec.Code != 200 || !strings.HasPrefix(rec.Body.String(), "\x89PNG") {
		t.Errorf("picture: %d", rec.Code)
	}
	if rec = a.browse(t, "GET", "/i/salah", "", nil); rec.Code != 410 {
		t.Errorf("a bad link: %d", rec.Code)
	}
	if policy := a.browse(t, "GET", link[1], "", nil).Header().Get("Referrer-Policy"); policy != "strict-origin" {
		t.Errorf("the address travels on: %s", policy)
	}
}

func TestInvoicesAsCSV(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	a.Project.Set("name", "=HYPERLINK(1)")
	if err := a.Save(a.Project); err != nil {
		t.Fatal(err)
	}
	rec := a.browse(t, "GET", "/portal/tagihan.csv?status=unpaid", a.Owner.Token, nil)
	lines := strings.Split(strings.TrimSpace(rec.Body.String()), "\n")
	if rec.Code != 200 || len(lines) != 3 || !strings.Contains(lines[1], "'=HYPERLINK(1)") || !strings.HasSuffix(lines[1], ",1000000,0") {
		t.Errorf("%d:\n%s", rec.Code, rec.Body)
	}
	if rec = a.browse(t, "GET", "/portal/tagihan.csv?status=paid", a.Owner.Token, nil); strings.Count(rec.Body.String(), "\n") != 1 {
		t.Errorf("paid ones:\n%s", rec.Body)
	}
	wantText(t, a.page(t, "/portal/tagihan?status='||1=1&tahun=x", a.Owner.Token), "Tagihan")
}

func TestInboxWithoutScripts(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	a.ToReview(t)
	html := a.page(t, "/portal/notifikasi", a.Owner.Token)
	wantText(t, html, ">Baru<", "Tandai", `name="mail-project_update"`)
	a.submit(t, "/portal/notifikasi/dibaca", a.Owner.Token, nil, 303)
	if html = a.page(t, "/portal/notifikasi", a.Owner.Token); strings.Contains(html, ">Baru<") {
		t.Error("something is still new")
	}
	a.submit(t, "/portal/notifikasi/surel", a.Owner.Token, url.Values{"mail-reminder": {"1"}}, 303)
	html = a.page(t, "/portal/notifikasi", a.Owner.Token)
	if !strings.Contains(html, `name="mail-reminder" value="1" checked`) || strings.Contains(html, `name="mail-project_update" value="1" checked`) {
		t.Errorf("the choice of mails is not kept:\n%s", html)
	}
	wantText(t, a.page(t, "/portal", a.Owner.Token), "Kabar terakhir")
}

// The portal's pages load at most 60 kB of scripts and styles, compressed, with
// what those load in turn.
func TestPortalIsSmall(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	html := a.page(t, "/portal/tagihan/"+a.Invoice.Id+"/bayar", a.Owner.Token) + a.page(t, "/portal", a.Owner.Token)
	asset := regexp.MustCompile(`/assets/[\w./-]+\.(?:js|css)`)
	sizes, total := map[string]int{}, 0
	for queue := asset.FindAllString(html, -1); len(queue) > 0; queue = queue[1:] {
		if _, done := sizes[queue[0]]; done {
			continue
		}
		req := httptest.NewRequest("GET", queue[0], nil)
		rec := httptest.NewRecorder()
		a.Handler.ServeHTTP(rec, req)
		queue = append(queue, asset.FindAllString(rec.Body.String(), -1)...)
		req.Header.Set("Accept-Encoding", "gzip")
		small := httptest.NewRecorder()
		a.Handler.ServeHTTP(small, req)
		if rec.Code != 200 || small.Code != 200 {
			t.Fatalf("%s: %d, %d", queue[0], rec.Code, small.Code)
		}
		sizes[queue[0]] = small.Body.Len()
		total += small.Body.Len()
	}
	if len(sizes) < 5 || total > 60_000 {
		t.Errorf("%d bytes in %v", total, sizes)
	}
	t.Logf("%d bytes in %d files", total, len(sizes))
}

func TestAccountWithoutScripts(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	a.Do(t, "POST", "/api/auth/login", "", programtest.Body("email", a.Owner.Email(), "password", plugintest.Password)).Want(200)
	html := a.page(t, "/portal/akun", a.Owner.Token)
	wantText(t, html, a.Owner.Email(), "Riwayat masuk", "Perangkat yang masuk", "Ganti kata sandi", "Masuk")
	deny := regexp.MustCompile(`/portal/akun/bukan-saya/\w+`).FindString(html)
	if deny == "" {
		t.Fatal("a sign-in from elsewhere cannot be disowned")
	}
	end := regexp.MustCompile(`/portal/akun/sesi/\w+`).FindString(html)
	if end == "" {
		t.Fatal("a session elsewhere cannot be ended")
	}
	a.submit(t, end, a.Owner.Token, nil, 303)
	if strings.Contains(a.page(t, "/portal/akun", a.Owner.Token), end) {
		t.Error("the ended session is still listed")
	}
	rec := a.submit(t, "/portal/akun/profil", a.Owner.Token, url.Values{"name": {""}, "phone": {"abc"}, "locale": {"id"}}, 400)
	wantText(t, rec.Body.String(), `href="#f-name"`, `value="abc"`)
	rec = a.submit(t, "/portal/akun/profil", a.Owner.Token, url.Values{"name": {"Ibu Rina"}, "phone": {"0812 3456 7890"}, "locale": {"en"}}, 303)
	if u := a.Reload(t, a.Owner.Record); u.GetString("name") != "Ibu Rina" || u.GetString("phone") != "+6281234567890" || u.GetString("locale") != "en" {
		t.Errorf("kept: %s, %s, %s", u.GetString("name"), u.GetString("phone"), u.GetString("locale"))
	}
	if !strings.Contains(strings.Join(rec.Header().Values("Set-Cookie"), " "), "jw_lang=en") {
		t.Error("the language chosen before stays")
	}
	wantText(t, a.page(t, "/portal/akun", a.Owner.Token), `lang="en"`, "Ibu Rina", `value="0812-3456-7890"`)

	rec = a.submit(t, "/portal/akun/email", a.Owner.Token, url.Values{"email": {"bukan"}}, 400)
	wantText(t, rec.Body.String(), `value="bukan"`, `aria-invalid="true"`)
	a.submit(t, "/portal/akun/email", a.Owner.Token, url.Values{"email": {"baru@uji.test"}}, 303)

	rec = a.submit(t, "/portal/akun/data", a.Owner.Token, nil, 200)
	if !strings.Contains(rec.Header().Get("Content-Disposition"), "attachment") || !strings.Contains(rec.Body.String(), `"account"`) {
		t.Errorf("the export is %s: %s", rec.Header(), rec.Body)
	}
	for range 4 {
		a.submit(t, "/portal/akun/data", a.Owner.Token, nil, 200)
	}
	wantText(t, a.submit(t, "/portal/akun/data", a.Owner.Token, nil, 429).Body.String(), "downloaded several times")

	rec = a.submit(t, "/portal/akun/sandi", a.Owner.Token, url.Values{"old_password": {"salah"}, "password": {"kata-sandi-baru-1"}}, 400)
	wantText(t, rec.Body.String(), `aria-invalid="true"`)
	a.submit(t, deny, a.Owner.Token, nil, 303)
	if rec := a.browse(t, "GET", "/portal/akun", a.Owner.Token, nil); rec.Code != 303 {
		t.Errorf("the session still works: %d", rec.Code)
	}
}

// An account is closed with its password, and not while something is open.
func TestClosingAnAccountWithoutScripts(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	again := url.Values{"close_password": {plugintest.Password}}
	rec := a.submit(t, "/portal/akun/tutup", a.Owner.Token, again, 409)
	wantText(t, rec.Body.String(), "belum dibayar", `<details class="confirm" open>`)
	client := a.NewUser(t, collections.RoleClient)
	rec = a.submit(t, "/portal/akun/tutup", client.Token, url.Values{"close_password": {"salah"}}, 400)
	wantText(t, rec.Body.String(), `href="#f-close_password"`, "Kata sandi salah")
	rec = a.submit(t, "/portal/akun/tutup", client.Token, again, 303)
	cookies := strings.Join(rec.Header().Values("Set-Cookie"), " ")
	if rec.Header().Get("Location") != "/login" || !strings.Contains(cookies, "jw_flash=") {
		t.Errorf("closing leads to %s with %s", rec.Header().Get("Location"), cookies)
	}
	if rec := a.browse(t, "GET", "/portal/akun", client.Token, nil); rec.Code != 303 {
		t.Errorf("the session still works: %d", rec.Code)
	}
	if name := a.Reload(t, client.Record).GetString("name"); name != "Akun ditutup" {
		t.Errorf("the account is still called %s", name)
	}
}
