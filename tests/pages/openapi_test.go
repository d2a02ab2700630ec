package pages

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"jasaweb/tests/programtest"
)

// The page works offline, under its strict policy, on a phone too.
func TestDocumentInTheBrowser(t *testing.T) {
	t.Parallel()
	p := programtest.Start(t)
	ctx := programtest.NewBrowser(t)
	for _, width := range []int64{1280, 390} {
		err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 844), chromedp.Navigate(p.Site+"/api/docs"),
			chromedp.WaitVisible(chromedp.CSS(`.opblock-summary-path`)))
		if err != nil {
			t.Fatalf("%d px: %v", width, err)
		}
		wide, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`))
		if err != nil || wide > 0 {
			t.Errorf("%d px: %d pixels too wide, %v", width, wide, err)
		}
	}
	foreign, err := chromedp.Run(ctx, chromedp.Evaluate[string](
		`performance.getEntriesByType("resource").map(r => r.name).filter(n => !n.startsWith(location.origin) && !n.startsWith("data:")).join(" ")`))
	if err != nil || foreign != "" {
		t.Errorf("the page loads from elsewhere: %s, %v", foreign, err)
	}
	// An operation can be addressed, opens and can be tried. Swagger UI draws a
	// group only when it comes into view, which the address brings about.
	const one = `#operations-pricing-get-api-pricing `
	err = chromedp.Do(ctx, chromedp.Navigate("about:blank"), chromedp.EmulateViewport(1280, 844),
		chromedp.Navigate(p.Site+"/api/docs#/pricing/get-api-pricing"),
		chromedp.Click(chromedp.CSS(one+`.try-out__btn`)), chromedp.Click(chromedp.CSS(one+`.execute`)),
		chromedp.WaitVisible(chromedp.CSS(one+`.live-responses-table tr.response .response-col_status`)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.querySelector(`"+one+".live-responses-table tr.response .response-col_status`).innerText"))
	if err != nil || !strings.HasPrefix(got, "200") {
		t.Errorf("trying a route answers %q, %v", got, err)
	}
}
