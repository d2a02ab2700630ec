package process

import (
	"syscall"
	"testing"
	"time"

	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// nextVersion is a step of the next version: it adds, renames, retypes and drops a
// column of the payments, each in a schema change of its own.
const nextVersion = `package migrations

import "github.com/pocketbase/pocketbase/core"

func init() {
	register(func(app core.App) error {
		for _, change := range []func(*core.FieldsList){
			func(f *core.FieldsList) { f.Add(&core.TextField{Name: "baru"}) },
			func(f *core.FieldsList) { f.GetByName("lama_nama").SetName("nama_baru") },
			func(f *core.FieldsList) { f.RemoveByName("lama_jenis"); f.Add(&core.NumberField{Name: "lama_jenis"}) },
			func(f *core.FieldsList) { f.RemoveByName("lama_pergi") },
		} {
			c, err := app.FindCollectionByNameOrId("payment_attempts")
			if err != nil {
				return err
			}
			change(&c.Fields)
			if err := app.Save(c); err != nil {
				return err
			}
		}
		return nil
	}, func(core.App) error { return nil })
}
`

// A newer version is rolled out over three nodes that take payments: the first of it
// changes the table under the older ones, which go on serving, and then they are
// replaced one by one. No payment and no notification fails; a node that has not
// heard yet may say 503.
func TestPaymentsGoOnWhileANewerVersionIsRolledOut(t *testing.T) {
	plugintest.OnceOnly(t, "brings its own Postgres")
	t.Parallel()
	newer := programtest.BuildWith(t, map[string]string{"pb_migrations/1764999998_next.go": nextVersion})
	s := newShop(t)
	a := s.nodes[0]
	fields := programtest.Call(t, "GET", a.Site+"/api/collections/payment_attempts", s.admin, nil)["fields"].([]any)
	for _, name := range []string{"lama_nama", "lama_jenis", "lama_pergi"} {
		fields = append(fields, map[string]any{"name": name, "type": "text"})
	}
	programtest.Call(t, "PATCH", a.Site+"/api/collections/payment_attempts", s.admin, map[string]any{"fields": fields})
	check := func(what string, got map[string]int, late bool) {
		t.Helper()
		t.Logf("%s: %v", what, got)
		for said, n := range got {
			may := late && (said == "pay 503" || said == "webhook 503" || said == "order failed")
			if said != "pay done" && said != "webhook done" && !may {
				t.Errorf("%s: %d × %s", what, n, said)
			}
		}
	}
	check("before", s.load(func() {}), true) // statements are kept from here on
	old := *s.sites.Load()
	for n, p := range []*programtest.Program{newNode(t, a.Env, a.Sandbox), newNode(t, a.Env, a.Sandbox), newNode(t, a.Env, a.Sandbox)} {
		got := s.load(func() {
			p.ServeWith(t, newer)
			programtest.WaitFor(t, p.Site+"/api/ready")
			s.flows(10) // beside all that are old
			sites := append([]string{p.Site}, *s.sites.Load()...)
			s.sites.Store(new(sites[:len(sites)-1]))
			time.Sleep(2 * time.Second) // what it was sent before is answered
			if err := s.serving[2-n].Process.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
			if err := s.serving[2-n].Wait(); err != nil {
				t.Errorf("an old node ended with %v", err)
			}
		})
		check("rolled over "+old[2-n], got, n == 0)
	}
	now := *s.sites.Load()
	end := &programtest.Program{Site: now[0], Sandbox: a.Sandbox}
	got := programtest.Call(t, "GET", end.Site+"/api/collections/payment_attempts", s.admin, nil)["fields"].([]any)
	types := map[string]any{}
	for _, field := range got {
		types[field.(map[string]any)["name"].(string)] = field.(map[string]any)["type"]
	}
	if types["baru"] != "text" || types["nama_baru"] != "text" || types["lama_jenis"] != "number" || types["lama_pergi"] != nil {
		t.Errorf("the schema is not the newer one: %v", types)
	}
	(&buyers{t: t, site: end.Site, sandbox: a.Sandbox, tokens: []string{s.token}}).reconcile(end, s.admin)
	checkBooks(t, end, s.admin)
}
