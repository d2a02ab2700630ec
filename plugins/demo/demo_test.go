package demo_test

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"jasaweb/collections"
	"jasaweb/collections/richtext"
	"jasaweb/plugins/demo"
	"jasaweb/plugins/internal/ui/uitest"
	"jasaweb/plugins/plugintest"
)

func newDemo(t *testing.T) *plugintest.App {
	t.Helper()
	app := newEmpty(t)
	load(t, app)
	return app
}

// newEmpty is an application with the plugin and without its data.
func newEmpty(t *testing.T) *plugintest.App {
	t.Helper()
	return plugintest.New(t, func(app *plugintest.App) { demo.MustRegister(app, demo.Config{Credentials: app.Credentials}) })
}

func load(t *testing.T, app *plugintest.App) {
	t.Helper()
	if err := demo.Load(app); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, app core.App, collection string, where ...dbx.Expression) int64 {
	t.Helper()
	n, err := app.CountRecords(collection, where...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLoadingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	before := app.Hash(t)
	load(t, app)
	if app.Hash(t) != before {
		t.Error("the second load changed rows")
	}
	app.SetNow(time.Now().AddDate(0, 2, 0))
	load(t, app)
	if app.Hash(t) != before {
		t.Error("a load two months later changed rows")
	}
}

// withFlag are the collections that have rows of the demo.
var withFlag = []string{
	collections.Users, collections.PricingTiers, collections.Templates, collections.Posts, collections.Testimonials, collections.Projects,
	collections.ProjectEvents, collections.Invoices, collections.Ledger, collections.MoneyExceptions, collections.Notifications, collections.ContactMessages,
}

func TestEveryRowIsFlagged(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	for _, name := range append(slices.Clone(withFlag), collections.AuditLogs) {
		all, flagged := count(t, app, name), count(t, app, name, dbx.HashExp{"demo": true})
		if all == 0 || flagged != all {
			t.Errorf("%s: %d of %d rows are flagged", name, flagged, all)
		}
	}
}

// Loading queues no work at all: no mail, nothing for the payment provider.
func TestLoadingTellsNobody(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	for _, name := range []string{collections.Jobs, collections.PaymentAttempts, collections.WebhookInbox} {
		if n := count(t, app, name); n != 0 {
			t.Errorf("%d rows in %s", n, name)
		}
	}
	clients, err := app.FindAllRecords(collections.Users, dbx.HashExp{"role": collections.RoleClient})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range clients { // no reminder goes to somebody's mail server either
		if c.Email() != "klien@jasaweb.test" && collections.Reachable(c.Email()) {
			t.Errorf("%s could be mailed", c.Email())
		}
	}
}

func TestEditedRowsStayEdited(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	tier, err := collections.FindTier(app, "sekolah")
	if err != nil {
		t.Fatal(err)
	}
	tier.Set("price", 9_000_000)
	tier.Set("is_active", false)
	if err := app.Save(tier); err != nil {
		t.Fatal(err)
	}
	before := app.Hash(t)
	load(t, app)
	if app.Hash(t) != before {
		t.Error("loading took the edit back, or made a second row")
	}
}

// A real agency may have a package of that name, and a popular one, by then.
func TestRowsOfOthersAreNotAdopted(t *testing.T) {
	t.Parallel()
	app := newEmpty(t)
	own := app.New(t, collections.PricingTiers, map[string]any{
		"identifier": "company", "name": "Punya kami", "type": "company", "price": 7_000_000, "deposit_percent": 100, "is_active": true, "is_popular": true,
	})
	load(t, app)
	if r := app.Reload(t, own); r.GetBool("demo") || r.GetString("name") != "Punya kami" || !r.GetBool("is_popular") {
		t.Errorf("the agency's own package became %q, demo %t, popular %t", r.GetString("name"), r.GetBool("demo"), r.GetBool("is_popular"))
	}
}

func TestDemoClientCanOrderEveryPackage(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	client := demoClient(t, app)
	tiers, err := app.FindAllRecords(collections.PricingTiers)
	if err != nil || len(tiers) < 3 {
		t.Fatalf("%d packages, %v", len(tiers), err)
	}
	for _, r := range tiers {
		project := app.NewProject(t, &plugintest.User{User: client}, collections.AsPricingTier(r))
		invoices, err := collections.FindInvoices(app, project.Id)
		if err != nil || len(invoices) < 2 || !project.GetBool("demo") {
			t.Fatalf("%s: %d invoices, demo %t, %v", r.GetString("identifier"), len(invoices), project.GetBool("demo"), err)
		}
		if i := invoices[0]; !i.GetBool("demo") || !strings.HasPrefix(i.Number(), "INV/DEMO-") || i.Serial() <= 90_000_000 {
			t.Errorf("invoice %s, serial %d, demo %t", i.Number(), i.Serial(), i.GetBool("demo"))
		}
	}
}

func demoClient(t *testing.T, app core.App) *collections.User {
	t.Helper()
	r, err := app.FindAuthRecordByEmail(collections.Users, "klien@jasaweb.test")
	if err != nil {
		t.Fatal(err)
	}
	return collections.AsUser(r)
}

// The client whose password is known has an order in every status, and the year
// behind has something in every month.
func TestHistoryHasEveryStatusAndMonth(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	client := demoClient(t, app)
	for _, status := range collections.Statuses {
		where := dbx.HashExp{"status": string(status)}
		if n := count(t, app, collections.Projects, where, dbx.HashExp{"user": client.Id}); n == 0 {
			t.Errorf("the demo client has no project %s", status)
		}
		if n := count(t, app, collections.Projects, where); n < 3 {
			t.Errorf("%d projects %s", n, status)
		}
	}
	invoices, err := app.FindAllRecords(collections.Invoices)
	if err != nil {
		t.Fatal(err)
	}
	months, states := map[string]int64{}, map[string]int{}
	for _, r := range invoices {
		i := collections.AsInvoice(r)
		states[i.Status()]++
		if i.Status() == collections.Paid {
			months[i.PaidAt().Time().Format("2006-01")] += i.Amount()
		}
		if at := i.PaidAt().Time(); at.After(app.Now()) || r.GetDateTime("created").Time().After(app.Now()) {
			t.Errorf("invoice %s is of the future", i.Number())
		}
	}
	if len(months) < 12 || states[collections.Unpaid] < 5 || states[collections.InvoiceCancelled] < 5 {
		t.Errorf("money in %d months: %v; invoices %v", len(months), months, states)
	}
}

// Every fact of the history is one that the program's own rules accept.
func TestHistoryObeysTheRules(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	projects, err := app.FindAllRecords(collections.Projects)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range projects {
		p := collections.AsProject(r)
		events, err := collections.FindProjectEvents(app, p.Id)
		if err != nil || len(events) == 0 {
			t.Fatalf("%s: %d events, %v", p.Name(), len(events), err)
		}
		at := collections.Status("")
		for n, e := range events {
			if e.From() != at || n > 0 && collections.CheckTransition(e.From(), e.To(), e.ActorKind(), e.Note()) != nil {
				t.Errorf("%s: from %q to %q by %s after %q", p.Name(), e.From(), e.To(), e.ActorKind(), at)
			}
			at = e.To()
		}
		if at != p.Status() {
			t.Errorf("%s is %s and its timeline ends with %s", p.Name(), p.Status(), at)
		}
		invoices, err := collections.FindInvoices(app, p.Id)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range invoices {
			m, err := collections.MoneyOf(app, i)
			if err != nil {
				t.Fatal(err)
			}
			if paid := i.Status() == collections.Paid; paid != (m.Kept()+m.GivenBack() == i.Amount()) || !paid && m.Kept() != 0 || i.RefundState() != m.RefundState() {
				t.Errorf("%s is %s, refund %s, with %+v", i.Number(), i.Status(), i.RefundState(), m)
			}
			if p.Status() == collections.Completed && i.Status() != collections.Paid {
				t.Errorf("%s is completed and %s is %s", p.Name(), i.Number(), i.Status())
			}
		}
		if p.Status() == collections.Completed {
			if c, err := p.RevealCredentials(app.Credentials); err != nil || c == nil || c.Validate() != nil || !collections.WebURL(p.URL()) {
				t.Errorf("%s has no login: %v", p.Name(), err)
			}
		}
	}
}

// The texts are as clean as the hooks would leave them, in both languages.
func TestArticlesAreWhole(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	posts, err := app.FindAllRecords(collections.Posts, collections.WherePublic(app))
	if err != nil || len(posts) != 6 {
		t.Fatalf("%d public articles, %v", len(posts), err)
	}
	for _, r := range posts {
		for _, column := range []string{"title", "title_en", "excerpt", "excerpt_en", "content", "content_en"} {
			if r.GetString(column) == "" {
				t.Errorf("%s has no %s", r.GetString("slug"), column)
			}
		}
		if richtext.Clean(r.GetString("content")) != r.GetString("content") {
			t.Errorf("%s is not clean", r.GetString("slug"))
		}
	}
}

// real is somebody's own data beside the demo.
func real(t *testing.T, app *plugintest.App) {
	t.Helper()
	app.NewUser(t, collections.RoleAdmin)
	client := app.NewUser(t, collections.RoleClient)
	project := app.NewProject(t, client, app.NewTier(t, "milik-kami", 4_000_000, 50))
	pay(t, app, project.Id)
	app.New(t, collections.Posts, map[string]any{"title": "Berita kami", "content": "<p>Isi</p>", "status": "published"})
	app.New(t, collections.Templates, map[string]any{"name": "Desain kami", "category": "company"})
}

// Whatever was done with the demo meanwhile goes with it; the database is as if
// it had never been.
func TestRemovingLeavesNothingAndTouchesNothingReal(t *testing.T) {
	t.Parallel()
	app := newEmpty(t)
	real(t, app)
	before, sizes := app.Hash(t), sizes(t, app)
	load(t, app)
	play(t, app)
	if app.Hash(t) == before {
		t.Fatal("nothing was loaded")
	}
	r, err := demo.Remove(app)
	if err != nil {
		t.Fatal(err)
	}
	if app.Hash(t) != before {
		for name, n := range sizes {
			if now := count(t, app, name); now != n {
				t.Errorf("%s has %d rows, had %d", name, now, n)
			}
		}
		t.Error("the database is not what it was before the demo")
	}
	for _, name := range withFlag {
		if r.Removed[name] == 0 {
			t.Errorf("nothing removed from %s", name)
		}
	}
	if len(r.Kept) != 0 {
		t.Errorf("kept %v", r.Kept)
	}
	load(t, app) // and it can come back
}

// sizes are the numbers of rows by collection.
func sizes(t *testing.T, app core.App) map[string]int64 {
	t.Helper()
	all, err := app.FindAllCollections()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int64{}
	for _, c := range all {
		rows[c.Name] = count(t, app, c.Name)
	}
	return rows
}

// play is what people do with a demo: order, pay, edit, move on, rename.
func play(t *testing.T, app *plugintest.App) {
	t.Helper()
	tier, err := collections.FindTier(app, "berita")
	if err != nil {
		t.Fatal(err)
	}
	project := app.NewProject(t, &plugintest.User{User: demoClient(t, app)}, tier)
	pay(t, app, project.Id)
	invoices, err := collections.FindInvoices(app, project.Id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := collections.Raise(app, collections.MoneyException{Kind: "late", Invoice: invoices[0].Id, Amount: 5, Key: "late:uji"}); err != nil {
		t.Fatal(err)
	}
	post, err := app.FindFirstRecordByData(collections.Posts, "slug", "qris-untuk-tagihan-jasa")
	if err != nil {
		t.Fatal(err)
	}
	post.Set("slug", "qris-lain")
	tier.Set("price", 4_100_000)
	for _, r := range []core.Model{post, tier} {
		if err := app.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	if count(t, app, collections.Jobs) == 0 || count(t, app, collections.SlugRedirects) != 1 {
		t.Fatal("playing left no traces to remove")
	}
}

func pay(t *testing.T, app *plugintest.App, projectID string) {
	t.Helper()
	invoices, err := collections.FindInvoices(app, projectID)
	if err != nil {
		t.Fatal(err)
	}
	err = app.RunInTransaction(func(txApp core.App) error {
		i, now := invoices[0], collections.DateTime(app.Now())
		if _, err := collections.Book(txApp, collections.LedgerEntry{
			Invoice: i.Id, Kind: collections.LedgerPayment, Amount: i.Amount(), Applied: i.Amount(),
			DedupeKey: "pay:test-" + i.Id, At: now, Demo: i.GetBool("demo"),
		}); err != nil {
			return err
		}
		i.MarkPaid(now)
		return txApp.Save(i)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A real client ordered a package of the demo: the package is the agency's now.
func TestWhatRealProjectsUseStays(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	app.NewUser(t, collections.RoleAdmin)
	tier, err := collections.FindTier(app, "company")
	if err != nil {
		t.Fatal(err)
	}
	design, err := app.FindFirstRecordByData(collections.Templates, "name", "Karya")
	if err != nil {
		t.Fatal(err)
	}
	project := app.New(t, collections.Projects, map[string]any{
		"user": app.NewUser(t, collections.RoleClient).Id, "name": "Sungguhan", "type": "company", "tier": tier.Id, "template": design.Id,
	})
	r, err := demo.Remove(app)
	if err != nil {
		t.Fatal(err)
	}
	fresh := app.Reload(t, project)
	if fresh.GetString("tier") != tier.Id || fresh.GetString("template") != design.Id || app.Reload(t, tier.Record).GetBool("demo") || len(r.Kept) != 2 {
		t.Errorf("project %v, kept %v", fresh, r.Kept)
	}
	if n := count(t, app, collections.PricingTiers); n != 1 {
		t.Errorf("%d packages are left", n)
	}
}

// A client of the demo that became somebody real: whoever knows the published
// password or holds a session from it is out.
func TestPublishedPasswordEndsWhereItsClientStays(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	app.NewUser(t, collections.RoleAdmin)
	client := demoClient(t, app)
	const published = "demo-klien-2026"
	if !client.ValidatePassword(published) {
		t.Fatal("the demo client has another password")
	}
	session := app.Token(t, client.Record)
	project := app.NewProject(t, &plugintest.User{User: client}, app.NewTier(t, "milik-kami", 4_000_000, 50))
	project.Set("demo", false)
	if err := app.Save(project); err != nil {
		t.Fatal(err)
	}
	r, err := demo.Remove(app)
	if err != nil {
		t.Fatal(err)
	}
	kept := app.Reload(t, client.Record)
	if kept.GetBool("demo") || len(r.Kept) != 1 || r.Kept[0].ID != client.Id {
		t.Errorf("kept %v, demo %t", r.Kept, kept.GetBool("demo"))
	}
	if kept.ValidatePassword(published) {
		t.Error("the published password opens a real client's account")
	}
	if _, err := app.FindAuthRecordByToken(session, core.TokenTypeAuth); err == nil {
		t.Error("a session of the demo goes on")
	}
}

func TestRemovingNeedsAnAdminOfOnesOwn(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	before := app.Hash(t)
	if _, err := demo.Remove(app); err == nil || !strings.Contains(err.Error(), "last_admin") {
		t.Errorf("removed the only admin: %v", err)
	}
	if app.Hash(t) != before {
		t.Error("the refused removal left traces")
	}
	own := app.NewUser(t, collections.RoleAdmin)
	var stock struct {
		Total int
		Rows  map[string]int
	}
	app.Do(t, "GET", "/api/admin/demo", own.Token, nil).Want(200).JSON(&stock)
	if stock.Total < 400 || stock.Rows[collections.Projects] < 50 {
		t.Errorf("stock %+v", stock)
	}
	app.Do(t, "DELETE", "/api/admin/demo", own.Token, nil).Want(200)
	app.Do(t, "GET", "/api/admin/demo", own.Token, nil).Want(200).JSON(&stock)
	if stock.Total != 0 {
		t.Errorf("%d rows are left", stock.Total)
	}
	if n := count(t, app, core.CollectionNameSuperusers); n != 1 {
		t.Errorf("%d superusers; the demo admin's should be gone", n)
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	root := &cobra.Command{Use: "jasaweb", SilenceErrors: true}
	app := plugintest.New(t, func(app *plugintest.App) {
		demo.MustRegister(app, demo.Config{RootCmd: root, Credentials: app.Credentials})
	})
	run := func(args ...string) (string, error) {
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetArgs(args)
		err := root.Execute()
		return out.String(), err
	}
	out, err := run("demo")
	if err != nil || !demoClient(t, app).ValidatePassword("demo-klien-2026") || !strings.Contains(out, "klien@jasaweb.test  demo-klien-2026") {
		t.Errorf("printed %s, %v", out, err)
	}
	if _, err := run("demo", "remove"); err == nil || !strings.Contains(err.Error(), "jasaweb admin create") {
		t.Errorf("removed the only admin: %v", err)
	}
	app.NewUser(t, collections.RoleAdmin)
	if out, err := run("demo", "remove"); err != nil || !strings.Contains(out, "rows removed") {
		t.Errorf("printed %s, %v", out, err)
	}
	if n := count(t, app, collections.Projects); n != 0 {
		t.Errorf("%d projects are left", n)
	}
}

func TestPageFitsTheDashboard(t *testing.T) {
	t.Parallel()
	pages, err := fs.Sub(demo.Pages, "ui")
	if err != nil {
		t.Fatal(err)
	}
	uitest.Check(t, pages)
}

// The dry run says exactly what the removal does then, refuses what it refuses,
// and changes nothing.
func TestDryRunOfTheRemovalIsExact(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	demoAdmin, err := app.FindAuthRecordByEmail(collections.Users, "admin@jasaweb.test")
	if err != nil {
		t.Fatal(err)
	}
	app.Do(t, "POST", "/api/admin/demo/dry-run", app.Token(t, demoAdmin), nil).Want(409) // the only admin

	own := app.NewUser(t, collections.RoleAdmin)
	tier, err := collections.FindTier(app, "company")
	if err != nil {
		t.Fatal(err)
	}
	app.New(t, collections.Projects, map[string]any{
		"user": app.NewUser(t, collections.RoleClient).Id, "name": "Sungguhan", "type": "company", "tier": tier.Id,
	})
	before := app.Hash(t)
	var plan struct {
		Effects []struct {
			Does, What string
			Count      int
		}
	}
	app.Do(t, "POST", "/api/admin/demo/dry-run", own.Token, nil).Want(200).JSON(&plan)
	if app.Hash(t) != before {
		t.Error("the dry run changed rows")
	}
	var done struct {
		Removed map[string]int
		Kept    []struct{ Collection string }
	}
	app.Do(t, "DELETE", "/api/admin/demo", own.Token, nil).Want(200).JSON(&done)
	for _, e := range plan.Effects {
		switch {
		case e.Does == "delete" && done.Removed[e.What] != e.Count:
			t.Errorf("%d of %s were removed, the dry run said %d", done.Removed[e.What], e.What, e.Count)
		case e.Does == "change" && (e.What != collections.PricingTiers || e.Count != 1 || len(done.Kept) != 1):
			t.Errorf("the dry run said that %d of %s stay, %v stayed", e.Count, e.What, done.Kept)
		}
		delete(done.Removed, e.What)
	}
	if len(plan.Effects) < 10 || len(done.Removed) > 0 {
		t.Errorf("the dry run said nothing of %v: %v", done.Removed, plan.Effects)
	}
	rows, err := app.FindAllRecords(collections.AuditLogs, dbx.HashExp{"action": "demo.remove", "actor": own.Id})
	if err != nil || len(rows) != 1 {
		t.Errorf("%d rows in the audit log, %v", len(rows), err)
	}
	app.Do(t, "POST", "/api/admin/demo/dry-run", own.Token, nil).Want(200).JSON(&plan)
	if len(plan.Effects) != 0 {
		t.Errorf("nothing is left, the dry run says %v", plan.Effects)
	}
}
