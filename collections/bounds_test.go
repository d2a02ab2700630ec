package collections_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// A message keeps 5,000 characters; a longer one ends with an ellipsis there.
func TestMessagesAreKeptUpToTheirLength(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	client := app.NewUser(t, collections.RoleClient)
	full := strings.Repeat("ñ", 5000)
	for message, want := range map[string]string{full: full, full + "ñ": strings.TrimSuffix(full, "ñ") + "…"} {
		title := fmt.Sprint(len(message))
		if err := collections.Notify(app, client.User, collections.Notice{
			Type: collections.NoticeSystem, Priority: collections.PriorityLow, Title: collections.Text{ID: title}, Message: collections.Text{ID: message},
		}); err != nil {
			t.Fatal(err)
		}
		row, err := app.FindFirstRecordByData(collections.Notifications, "title", title)
		if err != nil || row.GetString("message") != want {
			t.Errorf("of %d bytes %d are kept, %v", len(message), len(row.GetString("message")), err)
		}
	}
}

// Each part of a login has 500 letters, in whichever alphabet.
func TestALoginHasItsLength(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	p, _ := sealed(t, app)
	const address = "https://sd.sch.id/"
	for _, letter := range []string{"p", "é"} {
		for n, kept := range map[int]bool{500: true, 501: false} {
			long := strings.Repeat(letter, n)
			for part, c := range map[string]collections.Credentials{
				"admin_url": {AdminURL: address + strings.Repeat(letter, n-len(address)), Username: "a", Password: "b"},
				"username":  {AdminURL: address, Username: long, Password: "b"},
				"password":  {AdminURL: address, Username: "a", Password: long},
			} {
				p.SetCredentials(&c)
				if err := app.Save(p); (err == nil) != kept {
					t.Errorf("%s of %d %s: %v", part, n, letter, err)
				}
			}
		}
	}
}

// The demo's invoices have the serials from ninety million on, the agency's own
// those below.
func TestTheDemoCountsFromNinetyMillion(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	now := time.Date(2030, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		demo   bool
		number string
		serial int
	}{
		{true, "INV/DEMO-2030/III/0001", 90_000_001}, {false, "INV/2030/III/0001", 1}, {true, "INV/DEMO-2030/III/0002", 90_000_002}, {false, "INV/2030/III/0002", 2},
	} {
		number, serial, err := collections.NextInvoiceNumber(app, now, c.demo)
		if err != nil || number != c.number || serial != c.serial {
			t.Errorf("%s, %d, %v; want %s, %d", number, serial, err, c.number, c.serial)
		}
	}
}

// Whose a collection is, is read once. Within a transaction what looks like
// people's may be about to become ours (a migration writes that down last), so it
// is asked again afterwards.
func TestWhoMadeACollectionIsRememberedOutsideOfTransactions(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	make := func(app core.App, name string) *core.Collection {
		c := core.NewBaseCollection(name)
		if err := app.Save(c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	nameOf := func(app core.App, c *core.Collection) string {
		t.Helper()
		k, err := collections.KindOf(app, c)
		if err != nil {
			t.Fatal(err)
		}
		if k == nil {
			return ""
		}
		return k.Name
	}
	var made *core.Collection
	err := app.RunInTransaction(func(txApp core.App) error {
		made = make(txApp, "langkah")
		if name := nameOf(txApp, made); name != "" {
			t.Errorf("in the transaction it is already %s", name)
		}
		_, err := txApp.DB().NewQuery("UPDATE {{_params}} SET [[value]] = REPLACE([[value]], '{', {:ours}) WHERE [[id]] = 'jasaweb_collections'").
			Bind(dbx.Params{"ours": `{"` + made.Id + `":"langkah",`}).Execute()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if name := nameOf(app, made); name != "langkah" {
		t.Errorf("what a migration made is %q, want closed under its name", name)
	}

	theirs := make(app, "milik_orang")
	reads := &atomic.Int64{}
	db := app.ConcurrentDB().(*dbx.DB)
	db.QueryLogFunc = func(_ context.Context, _ time.Duration, query string, _ *sql.Rows, _ error) {
		if strings.Contains(query, "_params") {
			reads.Add(1)
		}
	}
	for range 3 {
		if name := nameOf(app, theirs); name != "" {
			t.Errorf("what people made is %s", name)
		}
	}
	if n := reads.Load(); n > 1 {
		t.Errorf("whose it is was read %d times", n)
	}
}
