package pages

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// scene is what the states of the portal and the agency's pages are made of:
// one client for each, so that none disturbs another.
type scene struct {
	ids  map[string]string // by the name of the state
	made bool
}

// client makes the client of a state with a project, and returns an agency that
// is about them alone.
func (s *scene) client(t *testing.T, w *world, name string) *agency {
	t.Helper()
	own := *w.agency
	own.Owner = w.NewUser(t, collections.RoleClient)
	w.Tokens[name] = own.Owner.Token
	own.Order(t)
	s.ids[name] = own.Project.Id
	s.ids[name+"-invoice"] = own.Invoice.Id
	return &own
}

// shown asks for a code and returns its order id.
func (a *agency) shown(t *testing.T) string {
	t.Helper()
	a.Do(t, "POST", "/api/invoices/"+a.Invoice.Id+"/pay", a.Owner.Token, nil).Want(200)
	return a.Reload(t, a.Invoice.Record).GetString("midtrans_order_id")
}

// attempt changes what is known about the attempt with the order id.
func (a *agency) attempt(t *testing.T, order string, values map[string]any) {
	t.Helper()
	found, err := collections.FindAttemptByOrder(a, order)
	if err != nil {
		t.Fatal(err)
	}
	found.Load(values)
	if err := a.Save(found); err != nil {
		t.Fatal(err)
	}
}

func (a *agency) sendProof(t *testing.T) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", "bukti.png")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(part, programtest.PNG)
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	a.Do(t, "POST", "/api/invoices/"+a.Invoice.Id+"/transfer-proof", a.Owner.Token,
		plugintest.Form{ContentType: form.FormDataContentType(), Content: b.String()}).Want(201)
}

func (a *agency) transfer(t *testing.T, amount int, reference string) {
	t.Helper()
	a.Do(t, "POST", "/api/admin/invoices/"+a.Invoice.Id+"/record-payment", a.Tokens["admin"],
		programtest.Body("amount", amount, "method", "bank_transfer", "reference", reference)).Want(200)
}

func init() {
	s := &scene{ids: map[string]string{}}
	for _, r := range slices.Concat(s.portal(), s.till(), s.desk()) {
		r.ready = s.make
		stateRenderings = append(stateRenderings, r)
	}
}

// make builds all states, once: the table may be cut down to any of them.
func (s *scene) make(t *testing.T, w *world) {
	if !s.made {
		s.made = true
		s.makePortal(t, w)
		s.makeTill(t, w)
		s.makeDesk(t, w)
	}
}

// of is an address with the id of the state in the place of %s.
func (s *scene) of(format, name string) func(*world) string {
	return func(*world) string { return fmt.Sprintf(format, s.ids[name]) }
}

func (s *scene) makePortal(t *testing.T, w *world) {
	t.Helper()
	newcomer := w.NewUser(t, collections.RoleClient)
	w.Tokens["newcomer"] = newcomer.Token
	s.client(t, w, "ordered")
	started := s.client(t, w, "started")
	started.transfer(t, 1_000_000, "MULAI 1")
	unpaid := s.client(t, w, "unpaid review")
	unpaid.transfer(t, 1_000_000, "TINJAU 1")
	unpaid.Do(t, "PUT", "/api/admin/projects/"+unpaid.Project.Id, w.Tokens["admin"], programtest.Body("status", "review", "note", "Silakan diperiksa", "url", "https://uji.id")).Want(200)
	s.client(t, w, "review").ToReview(t)
	done := s.client(t, w, "completed")
	done.ToReview(t)
	done.Do(t, "POST", "/api/projects/"+done.Project.Id+"/approve", done.Owner.Token, nil).Want(200)
	w.signInFromElsewhere(t, done.Owner)
	gone := s.client(t, w, "cancelled")
	gone.Do(t, "POST", "/api/projects/"+gone.Project.Id+"/cancel", gone.Owner.Token, nil).Want(200)
}

// signInFromElsewhere gives the account a line about another device.
func (w *world) signInFromElsewhere(t *testing.T, u *plugintest.User) {
	t.Helper()
	w.Do(t, "POST", "/api/auth/login", "", programtest.Body("email", u.Email(), "password", plugintest.Password)).Want(200)
	w.Do(t, "POST", "/api/auth/login", "", programtest.Body("email", u.Email(), "password", "salah-sama-sekali")).Want(400)
}

func (s *scene) portal() []rendering {
	unfold := `for (const d of document.querySelectorAll("details")) d.open = true`
	const site, invoice = "/portal/web/%s", "/portal/tagihan/%s"
	return []rendering{
		{name: "portal home, empty", path: to("/portal"), as: "newcomer"},
		{name: "portal home, to pay", path: to("/portal"), as: "ordered"},
		{name: "portal home, to review", path: to("/portal"), as: "review"},
		{name: "portal home, nothing to do", path: to("/portal"), as: "started"},
		{name: "websites", path: to("/portal/web"), as: "ordered"},
		{name: "websites, empty", path: to("/portal/web"), as: "newcomer"},
		{name: "website, ordered", path: s.of(site, "ordered"), as: "ordered"},
		{name: "website, cancelling", path: s.of(site, "ordered"), as: "ordered", script: `document.querySelector("details").open = true`},
		{name: "website, in progress", path: s.of(site, "started"), as: "started"},
		{name: "website, review with the rest unpaid", path: s.of(site, "unpaid review"), as: "unpaid review"},
		{name: "website, review", path: s.of(site, "review"), as: "review", script: `document.querySelector("details").open = true`},
		{name: "website, completed", path: s.of(site, "completed"), as: "completed"},
		{name: "website, login shown", path: s.of(site, "completed"), as: "completed", fill: map[string]string{"password": plugintest.Password}},
		{name: "website, cancelled", path: s.of(site, "cancelled"), as: "cancelled"},
		{name: "website of somebody else", path: s.of(site, "completed"), as: "ordered", status: 404},
		{name: "order", path: to("/portal/pesan-baru?name=SD+Maju&type=company"), as: "newcomer"},
		{name: "order, refused", path: to("/portal/pesan-baru"), as: "newcomer", fill: map[string]string{"name": ""}, status: 400},
		{name: "invoices", path: to("/portal/tagihan"), as: "started"},
		{name: "invoices, nothing fits", path: to("/portal/tagihan?status=cancelled"), as: "started"},
		{name: "invoices, empty", path: to("/portal/tagihan"), as: "newcomer"},
		{name: "invoice, unpaid", path: s.of(invoice, "ordered-invoice"), as: "ordered"},
		{name: "invoice, with pay link", path: s.of(invoice, "ordered-invoice"), as: "ordered", fill: map[string]string{}, alone: true},
		{name: "invoice, paid", path: s.of(invoice, "started-invoice"), as: "started"},
		{name: "notifications", path: to("/portal/notifikasi"), as: "review"},
		{name: "notifications, empty", path: to("/portal/notifikasi"), as: "newcomer"},
		{name: "account", path: to("/portal/akun"), as: "newcomer"},
		{name: "account, with sign-ins and open questions", path: to("/portal/akun"), as: "completed", script: unfold},
		{name: "account, refused", path: to("/portal/akun"), as: "newcomer", form: "/portal/akun/profil", fill: map[string]string{"name": "", "phone": "abc"}, status: 400},
		{name: "account, kept", path: to("/portal/akun"), as: "newcomer", form: "/portal/akun/profil", fill: map[string]string{"phone": "0812-3456-7890"}},
		{name: "account, mail refused", path: to("/portal/akun"), as: "newcomer", form: "/portal/akun/email", fill: map[string]string{"email": "bukan-alamat"}, status: 400},
		{name: "account, password refused", path: to("/portal/akun"), as: "newcomer", form: "/portal/akun/sandi", fill: map[string]string{"old_password": "salah", "password": "x"}, status: 400},
		{name: "account, not closable", path: to("/portal/akun"), as: "ordered", form: "/portal/akun/tutup", fill: map[string]string{"close_password": plugintest.Password}, status: 409},
		{name: "order, nothing on sale", path: to("/portal/pesan-baru"), as: "client", fresh: true},
		{name: "portal failing", path: to("/portal/web/rusak"), as: "ordered", status: 500},
		{name: "portal overrun", path: to("/portal/web/ramai"), as: "ordered", status: 429},
	}
}

func (s *scene) makeTill(t *testing.T, w *world) {
	t.Helper()
	info, err := collections.FindAgency(w)
	if err != nil {
		t.Fatal(err)
	}
	info.Load(map[string]any{"bank_name": "Bank Uji", "bank_account": "123-456-789", "bank_holder": "PT Uji"})
	if err := w.Save(info); err != nil {
		t.Fatal(err)
	}
	s.client(t, w, "waiting").shown(t)
	for name, status := range map[string]string{"expired": "expire", "failed": "deny"} {
		a := s.client(t, w, name)
		a.attempt(t, a.shown(t), programtest.Body("status", status))
	}
	held := s.client(t, w, "held")
	held.attempt(t, held.shown(t), programtest.Body("status", "settlement"))
	held.raiseOnly(t, "mismatch", 500_000, "held")
	late := s.client(t, w, "late")
	late.attempt(t, late.shown(t), programtest.Body("status", "settlement", "settled_at", "2040-01-01 10:00:00.000Z"))
	late.ToReview(t)
	twice := s.client(t, w, "twice")
	twice.shown(t)
	twice.ToReview(t)
	twice.raiseOnly(t, "duplicate", 1_000_000, "twice")
	s.client(t, w, "in part").transfer(t, 400_000, "SEBAGIAN 1")
	s.client(t, w, "proof").sendProof(t)
	off := s.client(t, w, "off")
	off.Do(t, "POST", "/api/projects/"+off.Project.Id+"/cancel", off.Owner.Token, nil).Want(200)
	linked := s.client(t, w, "linked")
	s.ids["link"] = linked.PayLink(t)
	linked.shown(t)
	settled := s.client(t, w, "settled")
	s.ids["settled link"] = settled.PayLink(t)
	settled.ToReview(t)
	s.ids["dead link"] = s.client(t, w, "silent").PayLink(t)
	w.Silence() // whoever has a code by now keeps it
}

// soon turns the clock of the page on to just under the last five minutes.
const soon = `(async () => {
	const { now, end } = document.querySelector("[data-countdown]").dataset, real = Date.now, skew = Date.parse(now) - real();
	const ahead = Date.parse(end) - skew - 298_000 - real();
	Date.now = () => real() + ahead;
	for (let n = 0; n < 100 && !document.querySelector("[data-soon]"); n++) await new Promise(done => setTimeout(done, 50));
	if (!document.querySelector("[data-soon]") || !document.querySelector("[data-announce]").textContent) throw new Error("nothing says that the time runs out");
})()`

// till is the payment screen in its states.
func (s *scene) till() []rendering {
	const pay = "/portal/tagihan/%s/bayar"
	open := `document.querySelector("details").open = true`
	return []rendering{
		{name: "pay, waiting", path: s.of(pay, "waiting-invoice"), as: "waiting"},
		{name: "pay, running out", path: s.of(pay, "waiting-invoice"), as: "waiting", script: soon},
		{name: "pay, provider silent", path: s.of(pay, "silent-invoice"), as: "silent"},
		{name: "pay, by transfer", path: s.of(pay, "waiting-invoice"), as: "waiting", script: open},
		{name: "pay, offline", path: s.of(pay, "waiting-invoice"), as: "waiting", script: `dispatchEvent(new Event("offline"))`},
		{name: "pay, expired", path: s.of(pay, "expired-invoice"), as: "expired"},
		{name: "pay, failed", path: s.of(pay, "failed-invoice"), as: "failed"},
		{name: "pay, held", path: s.of(pay, "held-invoice"), as: "held"},
		{name: "pay, paid late", path: s.of(pay, "late-invoice"), as: "late"},
		{name: "pay, paid twice", path: s.of(pay, "twice-invoice"), as: "twice"},
		{name: "pay, paid in part", path: s.of(pay, "in part-invoice"), as: "in part"},
		{name: "pay, proof refused", path: s.of(pay, "waiting-invoice"), as: "waiting", form: "/bukti", fill: map[string]string{"amount": "banyak"}, status: 400},
		{name: "pay, paid", path: s.of(pay, "settled-invoice"), as: "settled"},
		{name: "pay, proof sent", path: s.of(pay, "proof-invoice"), as: "proof"},
		{name: "pay, cancelled", path: s.of(pay, "off-invoice"), as: "off"},
		{name: "pay link", path: s.of("/i/%s", "link")},
		{name: "pay link, paid", path: s.of("/i/%s", "settled link")},
		{name: "pay link, provider silent", path: s.of("/i/%s", "dead link")},
		{name: "pay link, over", path: to("/i/salah"), status: 410},
	}
}

// raiseOnly puts money into the queue for people to decide about.
func (a *agency) raiseOnly(t *testing.T, kind string, amount int64, key string) string {
	t.Helper()
	err := a.RunInTransaction(func(txApp core.App) error {
		_, err := collections.Raise(txApp, collections.MoneyException{
			Kind: kind, Invoice: a.Invoice.Id, Amount: amount, OrderID: "JW1-" + key, Detail: "uji", Key: "gambar:" + key,
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := a.FindFirstRecordByData(collections.MoneyExceptions, "dedupe_key", "gambar:"+key)
	if err != nil {
		t.Fatal(err)
	}
	return found.Id
}

func (s *scene) makeDesk(t *testing.T, w *world) {
	t.Helper()
	a := s.client(t, w, "case")
	s.ids["open case"] = a.raiseOnly(t, "late", 750_000, "open")
	s.ids["claim"] = a.raiseOnly(t, "chargeback", 750_000, "claim")
	s.ids["decided case"] = a.raiseOnly(t, "orphan", 5_000, "decided")
	a.Do(t, "POST", "/api/admin/payments/exceptions/"+s.ids["decided case"]+"/waive", w.Tokens["admin"], programtest.Body("reason", "uang uji")).Want(200)
}

func (s *scene) desk() []rendering {
	const project, one, invoice = "/admin/proyek/%s", "/admin/pembayaran/%s", "/admin/tagihan/%s"
	unfold := `for (const d of document.querySelectorAll("details")) d.open = true`
	none := url.QueryEscape("tidak ada")
	return []rendering{
		{name: "desk", path: to("/admin"), as: "admin"},
		{name: "desk, projects", path: to("/admin/proyek"), as: "admin"},
		{name: "desk, no project fits", path: to("/admin/proyek?q=" + none), as: "admin"},
		{name: "desk, nothing to do", path: to("/admin"), as: "admin", fresh: true},
		{name: "desk, no project", path: to("/admin/proyek"), as: "admin", fresh: true},
		{name: "desk, no payment to decide about", path: to("/admin/pembayaran"), as: "admin", fresh: true},
		{name: "desk, no invoice", path: to("/admin/tagihan"), as: "admin", fresh: true},
		{name: "desk, project in review", path: s.of(project, "review"), as: "admin"},
		{name: "desk, project cancelled", path: s.of(project, "cancelled"), as: "admin"},
		{name: "desk, project ordered", path: s.of(project, "ordered"), as: "admin"},
		{name: "desk, project in progress", path: s.of(project, "started"), as: "admin"},
		{name: "desk, project completed", path: s.of(project, "completed"), as: "admin"},
		{name: "desk, project refused", path: s.of(project, "started"), as: "admin", fill: map[string]string{"url": "javascript:1"}, status: 400},
		{name: "desk, project changed meanwhile", path: s.of(project, "started"), as: "admin", fill: map[string]string{"version": "2020-01-01 00:00:00.000Z", "name": "Lain"}, status: 409},
		{name: "desk, payments", path: to("/admin/pembayaran"), as: "admin"},
		{name: "desk, payments decided", path: to("/admin/pembayaran?lihat=selesai"), as: "admin"},
		{name: "desk, case", path: s.of(one, "open case"), as: "admin", script: unfold},
		{name: "desk, case refused", path: s.of(one, "open case"), as: "admin", fill: map[string]string{"invoice": ""}, status: 400},
		{name: "desk, claim", path: s.of(one, "claim"), as: "admin"},
		{name: "desk, case decided", path: s.of(one, "decided case"), as: "admin"},
		{name: "desk, invoices", path: to("/admin/tagihan"), as: "admin"},
		{name: "desk, no invoice fits", path: to("/admin/tagihan?q=" + none), as: "admin"},
		{name: "desk, invoice unpaid", path: s.of(invoice, "ordered-invoice"), as: "admin", script: unfold},
		{name: "desk, invoice refused", path: s.of(invoice, "ordered-invoice"), as: "admin", fill: map[string]string{"reference": ""}, status: 400},
		{name: "desk, invoice paid", path: s.of(invoice, "started-invoice"), as: "admin", script: unfold},
		{name: "desk, refund asked back", path: s.of(invoice, "started-invoice"), as: "admin", form: "/kembalikan", fill: map[string]string{"reason": "Klien membatalkan sebagian pesanannya"}},
		{name: "desk for clients", path: to("/admin"), as: "client", status: 403},
	}
}

// A state of the payment screen that is in no rendering has never been looked at.
func TestEveryStateOfAPaymentIsInTheTable(t *testing.T) {
	names := []string{}
	for _, r := range stateRenderings {
		names = append(names, r.name)
	}
	all := strings.Join(names, "|")
	for _, state := range []string{"waiting", "running out", "expired", "paid", "failed", "held", "paid late", "paid twice", "cancelled", "provider silent", "offline"} {
		if !strings.Contains(all, "pay, "+state) {
			t.Errorf("no rendering shows %s", state)
		}
	}
}
