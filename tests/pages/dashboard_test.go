package pages

import (
	"context"
	"strings"
	"testing"
	"time"

	"jasaweb/tests/programtest"

	"github.com/chromedp/chromedp"
)

// The agency's day in the dashboard: the admin of the site signs in with the
// same e-mail and password, tries a change that the rules forbid and reads why
// under the field; money columns do not change; the SQL console cannot touch
// the ledger.
func TestDashboardInTheBrowser(t *testing.T) {
	t.Parallel()
	p := programtest.Start(t)
	client := programtest.Call(t, "POST", p.Site+"/api/auth/login", "", map[string]any{"email": "klien@jasaweb.test", "password": "demo-klien-2026"})["token"].(string)
	order := programtest.Call(t, "POST", p.Site+"/api/projects", client, map[string]any{"name": "Web SD", "type": "sekolah"})
	p.PayInSandbox(t, client, order["invoices"].([]any)[0].(map[string]any)["id"].(string))

	ctx := programtest.NewBrowser(t)
	do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			html, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 3000)`))
			t.Fatalf("%s: %v; the page shows:\n%s", what, err, html)
		}
	}
	do("sign in", chromedp.Navigate(p.Site+"/_/#/login"),
		chromedp.SendKeys(chromedp.CSS(`input[type=email], input[type=text]`), "admin@jasaweb.test"),
		chromedp.SendKeys(chromedp.CSS(`input[type=password]`), "demo-admin-2026\r"),
		chromedp.WaitVisible(chromedp.Search(`//header//a[contains(., 'Website')]`))) // our extension's link

	do("open the project", openRecord(p, "projects"), chooseOption("status", "completed"), saveRecord())
	do("read the refusal", chromedp.WaitVisible(chromedp.CSS(`[data-input-name=status].error`)))
	if got := fieldError(t, ctx, "status"); !strings.Contains(got, "tidak bisa berubah") {
		t.Errorf("under the status stands %q", got)
	}

	do("open an invoice", openRecord(p, "invoices"),
		chromedp.SetValue(chromedp.CSS(`.record-upsert-modal [name=amount]`), "1"),
		chromedp.SendKeys(chromedp.CSS(`.record-upsert-modal [name=amount]`), "0"), saveRecord())
	do("read the refusal", chromedp.WaitVisible(chromedp.CSS(`[data-input-name=amount].error`)))
	if got := fieldError(t, ctx, "amount"); !strings.Contains(got, "tidak bisa diubah") {
		t.Errorf("under the amount stands %q", got)
	}

	// The console's request, as the dashboard sends it with its own token.
	sql, err := chromedp.Run(ctx, chromedp.Evaluate[string](
		`app.pb.send("/api/sql", {method: "POST", body: {query: "UPDATE ledger SET amount = 0"}}).then(() => "changed", e => e.response.message)`,
		chromedp.EvalAwaitPromise))
	if err != nil || !strings.Contains(sql, "append-only") {
		t.Errorf("SQL console: %q, %v", sql, err)
	}
}

// openRecord opens the first record of the collection for editing.
func openRecord(p *programtest.Program, collection string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(
		chromedp.Navigate("about:blank"), // so that the next address is a fresh load and no open panel stays
		chromedp.Navigate(p.Site+"/_/#/collections?collection="+collection),
		chromedp.WaitVisible(chromedp.Search(`//nav[contains(@class,'breadcrumbs')]//*[contains(., '`+collection+`')]`)),
		chromedp.Click(chromedp.CSS(`table tbody tr td:nth-child(4)`)),
		chromedp.WaitVisible(chromedp.CSS(`.record-upsert-modal [name=status]`)),
		chromedp.Sleep(500*time.Millisecond), // the panel slides in; clicks miss it until then
	)
}

func chooseOption(field, value string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(
		chromedp.Click(chromedp.CSS(`.record-upsert-modal output[name=`+field+`] > button`)),
		chromedp.Click(chromedp.Search(`//output[@name='`+field+`']//button[contains(@class,'select-option') and contains(., '`+value+`')]`)),
	)
}

func saveRecord() chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.Search(`//button[contains(., 'Save changes')]`), chromedp.NodeEnabled)
}

func fieldError(t *testing.T, ctx context.Context, field string) string {
	t.Helper()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("[data-input-name=`+field+`].error").innerText`))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
