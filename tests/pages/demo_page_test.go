package pages

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/demo"
	"jasaweb/plugins/plugintest"
)

// An admin of one's own looks at the demo data in the dashboard, removes it with
// one click and a Yes, and sees that nothing is left; what is real stays.
func TestDashboardRemovesTheDemo(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if err := demo.Load(s); err != nil {
		t.Fatal(err)
	}
	flagged := func() (n int) {
		err := s.DB().Select("count(*)").From(collections.Projects).Where(dbx.HashExp{"demo": true}).Row(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if flagged() == 0 {
		t.Fatal("the demo has no project")
	}
	s.withDashboard(&atomic.Bool{})
	admin := s.NewUser(t, collections.RoleAdmin)

	b := s.open(t, "")
	b.do("sign in on a telephone", chromedp.EmulateViewport(390, 844), chromedp.Navigate(s.site+"/_/#/login"),
		chromedp.SendKeys(chromedp.CSS(`input[type=email], input[type=text]`), admin.Email()),
		chromedp.SendKeys(chromedp.CSS(`input[type=password]`), plugintest.Password+"\r"),
		chromedp.WaitVisible(chromedp.Search(`//header//a[contains(., 'Data contoh')]`)))
	b.until("the first page", `location.hash.includes("collection=")`) // it sets its address when it has come
	b.do("open the page", chromedp.Click(chromedp.Search(`//header//a[contains(., 'Data contoh')]`)))
	b.until("how much there is", `document.querySelector(".page-content p")?.innerText.includes("baris data contoh")`)
	b.until("it fits", `document.documentElement.scrollWidth <= 390`)
	b.do("change one's mind", chromedp.Click(chromedp.Search(`//button[contains(., 'Hapus data contoh')]`)),
		chromedp.Click(chromedp.Search(`//button[contains(., 'No')]`), chromedp.NodeVisible))
	if flagged() == 0 {
		t.Fatal("removed although the answer was No")
	}
	b.until("the question is gone", `![...document.querySelectorAll("button")].some(e => e.innerText.trim() == "No" && e.checkVisibility())`)
	b.do("remove it", chromedp.Click(chromedp.Search(`//button[contains(., 'Hapus data contoh')]`)),
		chromedp.Click(chromedp.Search(`//button[contains(., 'Yes')]`), chromedp.NodeVisible))
	b.until("nothing is left", `document.querySelector(".page-content p")?.innerText.startsWith("Tidak ada data contoh")`)
	if n := flagged(); n != 0 {
		t.Errorf("%d demo projects are left", n)
	}
	if _, err := s.FindRecordById(collections.Users, admin.Id); err != nil {
		t.Error(fmt.Errorf("the admin: %w", err))
	}
}
