package portal_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"jasaweb/collections"
)

func TestTheSameWordsCountAgain(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	o := a.started(t, a.client)
	for range 2 {
		a.review(t, o.Project.ID)
		a.move(t, a.client, o.Project.ID, "revise", map[string]any{"note": "Ganti logo"}).Want(200)
	}
	notes := 0
	for _, line := range a.detail(t, a.client, o.Project.ID).Timeline {
		if line.Note == "Ganti logo" {
			notes++
		}
	}
	if notes != 2 {
		t.Errorf("the note is there %d times, want 2", notes)
	}
	a.review(t, o.Project.ID)
	before := a.Hash(t)
	a.move(t, a.client, o.Project.ID, "revise", map[string]any{"note": " \n\t"}).WantError(400)
	if a.Hash(t) != before {
		t.Error("a refused revision left traces")
	}
}

func TestApprovalWaitsForTheLastPaymentAndSaysSoInTheClientsLanguage(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	o := a.started(t, a.client)
	a.review(t, o.Project.ID)
	before := a.Hash(t)
	for lang, want := range map[string]string{"": "belum lunas", "en-GB,en;q=0.9": "is not paid yet"} {
		req := a.Request(t, "POST", "/api/projects/"+o.Project.ID+"/approve", a.client.Token, nil)
		req.Header.Set("Accept-Language", lang)
		rec := httptest.NewRecorder()
		a.Handler.ServeHTTP(rec, req)
		body := rec.Body.String()
		if rec.Code != http.StatusConflict || strings.Count(body, want) != 2 || !strings.Contains(body, `"status":{`) {
			t.Errorf("%q: %d %s", lang, rec.Code, body)
		}
	}
	if a.Hash(t) != before {
		t.Error("a refused approval left traces")
	}
	a.pay(t, o.Invoices[1].ID)
	var d collections.ProjectDetail
	a.move(t, a.client, o.Project.ID, "approve", nil).Want(200).JSON(&d)
	if d.Status != string(collections.Completed) || d.Credentials == nil || d.Credentials.Password != "rahasia" {
		t.Errorf("%+v", d)
	}
}

func TestLoginIsShownOnlyOnceAccepted(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	o := a.started(t, a.client)
	a.review(t, o.Project.ID)
	for _, path := range []string{"/api/projects/" + o.Project.ID, "/api/projects"} {
		if body := string(a.Do(t, "GET", path, a.client.Token, nil).Want(200).Body); strings.Contains(body, "credentials") {
			t.Errorf("%s: %s", path, body)
		}
	}
}

func TestTwoParallelApprovalsAreOneAtOnce(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	o := a.started(t, a.client)
	a.review(t, o.Project.ID)
	a.pay(t, o.Invoices[1].ID)
	var mu sync.Mutex
	answers := map[int]int{}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			r := a.move(t, a.client, o.Project.ID, "approve", nil)
			mu.Lock()
			defer mu.Unlock()
			answers[r.Status]++
		})
	}
	wg.Wait()
	if answers[200] != 1 || answers[409] != 1 {
		t.Errorf("answers = %v, want one 200 and one 409", answers)
	}
	lines := 0
	for _, line := range a.detail(t, a.client, o.Project.ID).Timeline {
		if line.To == string(collections.Completed) {
			lines++
		}
	}
	if lines != 1 {
		t.Errorf("%d lines about the completion, want 1", lines)
	}
}

func TestClientCancelsOnlyBeforePaying(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	a.NewTier(t, "besar", 25_000_000, 50)
	fresh := a.order(t, a.client, map[string]any{"name": "Batal", "tier": "dasar"})
	a.move(t, a.client, fresh.Project.ID, "cancel", nil).Want(200)
	for _, i := range a.detail(t, a.client, fresh.Project.ID).Invoices {
		if i.Status != collections.InvoiceCancelled {
			t.Errorf("invoice %s is %s", i.Number, i.Status)
		}
	}
	// Half of the deposit is money already: giving it back is the agency's to do.
	half := a.order(t, a.client, map[string]any{"name": "Kampus", "tier": "besar"})
	a.pay(t, half.Invoices[0].ID)
	started := a.started(t, a.client)
	before := a.Hash(t)
	for _, id := range []string{fresh.Project.ID, half.Project.ID, started.Project.ID} {
		a.move(t, a.client, id, "cancel", nil).WantError(409, "status")
	}
	if a.Hash(t) != before {
		t.Error("a refused cancellation left traces")
	}
}

func TestDetailTellsTheStoryInOrder(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	o := a.started(t, a.client)
	a.review(t, o.Project.ID)
	a.move(t, a.client, o.Project.ID, "revise", map[string]any{"note": "Ganti logo"}).Want(200)
	a.review(t, o.Project.ID)
	a.pay(t, o.Invoices[1].ID)
	a.move(t, a.client, o.Project.ID, "approve", nil).Want(200)
	story := []string{}
	for _, line := range a.detail(t, a.client, o.Project.ID).Timeline {
		story = append(story, line.From+">"+line.To+" "+line.ActorKind)
	}
	want := ">pending_payment client, pending_payment>in_progress payment, in_progress>review admin, " +
		"review>in_progress client, in_progress>review admin, review>completed client"
	if got := strings.Join(story, ", "); got != want {
		t.Errorf("timeline\n %s\nwant\n %s", got, want)
	}
}
