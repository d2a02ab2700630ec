package pages

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/ui"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// The mail server was down for too long: an admin sees the dead jobs in the
// dashboard, finds them by state and kind, reads why, tries one again by the
// keyboard and the others at once, and sees them done. On a telephone as well.
func TestDeadJobsInTheDashboard(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	down, blind := &atomic.Bool{}, &atomic.Bool{}
	down.Store(true)
	collections.HandleJob(s, "uji.kirim", func(context.Context, core.App, json.RawMessage) error {
		if down.Load() {
			return errors.New("dial tcp 127.0.0.1:25: connection refused")
		}
		return nil
	}, collections.Attempts(1))
	collections.HandleJob(s, "uji.lain", func(context.Context, core.App, json.RawMessage) error { return nil })
	s.withDashboard(blind)
	for range 3 {
		s.enqueue(t, "uji.kirim")
	}
	s.enqueue(t, "uji.lain")
	s.Rest(t)
	admin := s.NewUser(t, collections.RoleAdmin)

	b := s.open(t, "")
	b.do("sign in", chromedp.Navigate(s.site+"/_/#/login"),
		chromedp.SendKeys(chromedp.CSS(`input[type=email], input[type=text]`), admin.Email()),
		chromedp.SendKeys(chromedp.CSS(`input[type=password]`), plugintest.Password+"\r"),
		chromedp.WaitVisible(chromedp.Search(`//header//a[contains(., 'Tugas')]`)))
	b.do("open the page", chromedp.Click(chromedp.Search(`//header//a[contains(., 'Tugas')]`)),
		chromedp.WaitVisible(chromedp.CSS(`.jobs-list li`)))
	b.until("all jobs", `document.querySelectorAll(".jobs-list li").length >= 4 && [...document.querySelectorAll(".jobs-states .btn")].some(e => e.innerText == "Gagal 3")`)

	b.do("only the dead", chromedp.Click(chromedp.CSS(`.jobs-states [data-state=dead]`)))
	b.until("the dead", `document.querySelectorAll(".jobs-list li").length == 3 && document.querySelector(".jobs-list pre").innerText.includes("connection refused")`)
	b.do("of the other kind", chromedp.SetValue(chromedp.CSS(`.jobs-tools select`), "uji.lain"))
	b.eval(`document.querySelector(".jobs-tools select").dispatchEvent(new Event("change"))`)
	b.until("nothing", `document.querySelector(".jobs-empty")?.innerText == "Tidak ada tugas dengan saringan ini."`)
	b.do("reload", chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS(`.jobs-empty`)))
	b.until("the same filter", `document.querySelector(".jobs-tools select").value == "uji.lain" && document.querySelector("[data-state=dead]").ariaPressed == "true"`)

	down.Store(false)
	b.eval(`const s = document.querySelector(".jobs-tools select"); s.value = "uji.kirim"; s.dispatchEvent(new Event("change"))`)
	b.until("the dead again", `document.querySelectorAll(".jobs-list li .btn").length == 3`)
	b.eval(`document.querySelector(".jobs-list li .btn").focus()`)
	b.do("try one again by the keyboard", chromedp.KeyEvent("\r"))
	b.until("two are left", `document.querySelectorAll(".jobs-list li").length == 2`)
	s.wantJobs(t, "uji.kirim", collections.JobDone, 1)

	b.do("on a telephone", chromedp.EmulateViewport(390, 844))
	b.until("it fits", `document.documentElement.scrollWidth <= 390 && document.querySelector(".page-content").scrollWidth <= 390`)
	b.do("try the others again", chromedp.Click(chromedp.CSS(`.jobs-retry-all`)),
		chromedp.WaitVisible(chromedp.Search(`//button[contains(., 'Yes')]`)), chromedp.Click(chromedp.Search(`//button[contains(., 'Yes')]`)))
	b.until("none is left", `document.querySelector(".jobs-empty")?.innerText == "Tidak ada tugas dengan saringan ini."`)
	s.wantJobs(t, "uji.kirim", collections.JobDone, 3)
	b.do("those that are done", chromedp.Click(chromedp.CSS(`.jobs-states [data-state=done]`)))
	b.until("three", `document.querySelectorAll(".jobs-list li").length == 3`)

	blind.Store(true)
	b.do("look again", chromedp.Click(chromedp.CSS(`.jobs-states [data-state=""]`)))
	b.until("an error", `document.querySelector(".alert[role=alert]")?.innerText.includes("tidak bisa dimuat")`)
	blind.Store(false)
	b.do("once more", chromedp.Click(chromedp.CSS(`.alert[role=alert] .btn`)))
	b.until("the list", `document.querySelectorAll(".jobs-list li").length >= 3 && !document.querySelector(".alert[role=alert]")`)
}

// withDashboard adds PocketBase's dashboard, which only its own serve command
// does, with a policy no looser than PocketBase's. While blind is set, the page
// of jobs gets no answer.
func (s *stage) withDashboard(blind *atomic.Bool) {
	program, files := s.Handler, http.StripPrefix("/_/", http.FileServerFS(ui.DistDirFS))
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case blind.Load() && strings.HasPrefix(r.URL.Path, "/api/admin/jobs"):
			w.WriteHeader(http.StatusBadGateway)
		case strings.HasPrefix(r.URL.Path, "/_/") && !strings.HasPrefix(r.URL.Path, "/_/extensions"):
			w.Header().Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:")
			files.ServeHTTP(w, r)
		default:
			program.ServeHTTP(w, r)
		}
	})
}

// until waits for the script to be true.
func (b *tab) until(what, script string) {
	b.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if b.eval("Boolean("+script+")") == "true" {
			return
		}
	}
	b.t.Fatalf("%s: never; the page shows:\n%s", what, b.eval(`location.href + "\n" + document.body.innerText.slice(0, 3000)`))
}

func (s *stage) enqueue(t *testing.T, kind string) {
	t.Helper()
	if err := collections.Enqueue(s, kind, nil); err != nil {
		t.Fatal(err)
	}
}

// wantJobs waits for the queue to rest and counts the kind's jobs in the state.
func (s *stage) wantJobs(t *testing.T, kind, state string, want int) {
	t.Helper()
	s.Rest(t)
	rows, err := s.FindRecordsByFilter(collections.Jobs, "kind = '"+kind+"' && state = '"+state+"'", "", 0, 0)
	if err != nil || len(rows) != want {
		t.Errorf("%d %s jobs are %s, want %d; %v", len(rows), kind, state, want, err)
	}
}
