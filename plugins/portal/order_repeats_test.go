package portal_test

import (
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/tools/types"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// Two POSTs at once made two projects and four numbered invoices.
func TestAnOrderSentTwiceAtOnceIsOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		key     string
		other   map[string]any // what differs in the second
		another bool           // is a second order
	}{
		"the same words":           {},
		"the same key":             {key: "pesanan-1"},
		"another name":             {other: map[string]any{"name": "Lain"}, another: true},
		"another brief":            {other: map[string]any{"brief": "lain"}, another: true},
		"a name with other blanks": {other: map[string]any{"name": " SD Satu "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAgency(t)
			send := func(more map[string]any) *plugintest.Response {
				body := map[string]any{"name": "SD Satu", "tier": "dasar", "brief": "merah"}
				maps.Copy(body, more)
				req := a.Request(t, "POST", "/api/projects", a.client.Token, body)
				if c.key != "" {
					req.Header.Set("Idempotency-Key", c.key)
				}
				return a.Send(t, req)
			}
			var got [2]ordered
			var both sync.WaitGroup
			for i, more := range []map[string]any{nil, c.other} {
				both.Go(func() { send(more).Want(201).JSON(&got[i]) })
			}
			both.Wait()
			projects, invoices := 1, 2
			if c.another {
				projects, invoices = 2, 4
			}
			if same := got[0].Project.ID == got[1].Project.ID; same == c.another || len(got[1].Invoices) != 2 {
				t.Errorf("the answers: %+v", got)
			}
			for collection, want := range map[string]int{collections.Projects: projects, collections.Invoices: invoices} {
				if n, err := a.CountRecords(collection); err != nil || n != int64(want) {
					t.Errorf("%d %s, %v; want %d", n, collection, err, want)
				}
			}
		})
	}
}

func TestAnOrderMayComeAgain(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	words := map[string]any{"name": "SD Satu", "tier": "dasar"}
	first := a.order(t, a.client, words)
	made, err := types.ParseDateTime(first.Project.Created)
	if err != nil {
		t.Fatal(err)
	}
	a.SetNow(made.Time().Add(time.Minute))
	if again := a.order(t, a.client, words); again.Project.ID != first.Project.ID {
		t.Error("within a minute the same words are another order")
	}
	a.SetNow(made.Time().Add(time.Minute + time.Millisecond))
	second := a.order(t, a.client, words)
	if second.Project.ID == first.Project.ID {
		t.Error("after a minute the same words are no order of their own")
	}
	other := a.NewUser(t, collections.RoleClient)
	if theirs := a.order(t, other, words); theirs.Project.ID == first.Project.ID || theirs.Project.ID == second.Project.ID {
		t.Error("another client got this one's project")
	}
	a.SetNow(time.Time{})
	third := a.order(t, a.client, map[string]any{"name": "SD Dua", "tier": "dasar"})
	a.move(t, a.client, third.Project.ID, "cancel", map[string]any{}).Want(200)
	if again := a.order(t, a.client, map[string]any{"name": "SD Dua", "tier": "dasar"}); again.Project.ID == third.Project.ID {
		t.Error("a cancelled order keeps its client from ordering anew")
	}
}

func TestAKeyBelongsToOneOrder(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	send := func(by *plugintest.User, name, key string) *plugintest.Response {
		req := a.Request(t, "POST", "/api/projects", by.Token, map[string]any{"name": name, "tier": "dasar"})
		req.Header.Set("Idempotency-Key", key)
		return a.Send(t, req)
	}
	var first, again, theirs ordered
	send(a.client, "SD Satu", strings.Repeat("k", 100)).Want(201).JSON(&first)
	a.SetNow(a.Now().Add(30 * 24 * time.Hour))
	send(a.client, "SD Satu", strings.Repeat("k", 100)).Want(201).JSON(&again)
	if first.Project.ID != again.Project.ID {
		t.Error("a month later the key is another order")
	}
	before := a.Hash(t)
	send(a.client, "SD Dua", strings.Repeat("k", 100)).WantError(409)
	send(a.client, "SD Satu", strings.Repeat("k", 101)).WantError(400)
	if a.Hash(t) != before {
		t.Error("a refused order left traces")
	}
	send(a.NewUser(t, collections.RoleClient), "SD Satu", strings.Repeat("k", 100)).Want(201).JSON(&theirs)
	if theirs.Project.ID == first.Project.ID {
		t.Error("another client's key leads to this one's project")
	}
}
