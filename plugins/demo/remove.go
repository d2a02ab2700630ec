package demo

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"

	"jasaweb/collections"
	"jasaweb/plugins/internal/action"
)

// Removal is what became of the demo.
type Removal struct {
	Removed map[string]int `json:"removed" doc:"Rows by collection"`
	Kept    []Kept         `json:"kept" doc:"Rows that something real depends on; they are the agency's own now"`
}

// Kept is a row of the demo that became real.
type Kept struct {
	Collection string `json:"collection"`
	ID         string `json:"id"`
	Name       string `json:"name"`
}

// String names the row for people.
func (k Kept) String() string { return k.Collection + " " + k.Name + " (used by real projects)" }

// history are the collections whose rows go without the record hooks, which
// would book, number and tell. Each comes before what it depends on.
var history = []string{
	collections.Notifications, collections.ProjectEvents, collections.Ledger, collections.MoneyExceptions, collections.PaymentAttempts,
	collections.Invoices, collections.Projects,
}

// first and last are the order of the others: their files and what the hooks do
// go with each row.
var (
	first = []string{collections.TransferProofs}
	last  = []string{collections.Templates, collections.PricingTiers, collections.SlugRedirects, collections.Users}
)

// remover removes the demo in one transaction.
type remover struct {
	txApp core.App
	out   *Removal
	ids   map[string]bool // of everything removed
}

// Remove deletes every row of the demo and nothing else. What a real project
// depends on stays and becomes real. It refuses while the demo's admin is the
// only one.
func Remove(app core.App) (*Removal, error) {
	return removeIn(app, func() error { return nil })
}

var errOnlyLooking = errors.New("demo: only looking")

// rehearse removes everything in a transaction that never commits: so it counts and
// refuses exactly what Remove does.
func rehearse(app core.App) ([]action.Effect, error) {
	removal, err := removeIn(app, func() error { return errOnlyLooking })
	if !errors.Is(err, errOnlyLooking) {
		return nil, err
	}
	effects := []action.Effect{}
	for _, name := range slices.Sorted(maps.Keys(removal.Removed)) {
		effects = append(effects, action.Effect{Does: action.Delete, What: name, Count: removal.Removed[name]})
	}
	kept := map[string]int{}
	for _, k := range removal.Kept {
		kept[k.Collection]++
	}
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		effects = append(effects, action.Effect{Does: action.Change, What: name, Count: kept[name]})
	}
	return effects, nil
}

// removeIn removes the demo in a transaction that ends as end says.
func removeIn(app core.App, end func() error) (*Removal, error) {
	r := &remover{out: &Removal{Removed: map[string]int{}, Kept: []Kept{}}, ids: map[string]bool{}}
	err := app.RunInTransaction(func(txApp core.App) error {
		r.txApp = txApp
		if err := r.run(); err != nil {
			return err
		}
		return end()
	})
	return r.out, err
}

func (r *remover) run() error {
	names, err := flagged(r.txApp)
	if err != nil {
		return err
	}
	if err := r.keepUsed(); err != nil {
		return err
	}
	for _, name := range first {
		if err := r.deleteEach(name); err != nil {
			return err
		}
	}
	if _, err := r.txApp.NonconcurrentDB().NewQuery(inboxOfDemo).Execute(); err != nil {
		return fmt.Errorf("demo: remove notifications of the provider: %w", err)
	}
	for _, name := range history {
		if err := r.deleteAll(name); err != nil {
			return err
		}
	}
	for _, name := range names {
		if !slices.Contains(slices.Concat(first, history, last, []string{collections.AuditLogs}), name) {
			if err := r.deleteEach(name); err != nil {
				return err
			}
		}
	}
	for _, name := range last {
		if err := r.deleteEach(name); err != nil {
			return err
		}
	}
	if err := r.forgetJobs(); err != nil {
		return err
	}
	_, err = r.txApp.NonconcurrentDB().NewQuery(countersOfDemo).Bind(dbx.Params{"prefix": collections.DemoCounters + "%"}).Execute()
	if err != nil {
		return fmt.Errorf("demo: remove counters: %w", err)
	}
	return r.deleteAll(collections.AuditLogs) // what was deleted above is in it, too
}

// flagged are the collections whose rows can belong to the demo.
func flagged(app core.App) ([]string, error) {
	all, err := app.FindAllCollections(core.CollectionTypeBase, core.CollectionTypeAuth)
	if err != nil {
		return nil, fmt.Errorf("demo: list collections: %w", err)
	}
	names := []string{}
	for _, c := range all {
		if _, ok := c.Fields.GetByName("demo").(*core.BoolField); ok {
			names = append(names, c.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// keepUsed makes real what a real project was ordered with, and the client that
// it is for, whose published password then ends.
func (r *remover) keepUsed() error {
	for column, collection := range map[string]string{"tier": collections.PricingTiers, "template": collections.Templates, "user": collections.Users} {
		used := []string{}
		err := r.txApp.DB().Select(column).Distinct(true).From(collections.Projects).Where(dbx.HashExp{"demo": false}).Column(&used)
		if err != nil {
			return fmt.Errorf("demo: find what projects use: %w", err)
		}
		for _, id := range used {
			record, err := r.txApp.FindFirstRecordByFilter(collection, "id = {:id} && demo = true", dbx.Params{"id": id})
			if errors.Is(err, sql.ErrNoRows) {
				continue // real already, or none
			}
			if err != nil {
				return fmt.Errorf("demo: find %s %s: %w", collection, id, err)
			}
			record.Set("demo", false)
			if record.Collection().IsAuth() {
				record.SetPassword(security.RandomString(40))
			}
			if err := r.txApp.Save(record); err != nil {
				return fmt.Errorf("demo: keep %s %s: %w", collection, id, err)
			}
			r.out.Kept = append(r.out.Kept, Kept{collection, id, record.GetString("name")})
		}
	}
	return nil
}

// deleteEach deletes the rows of a collection one by one, with their files.
func (r *remover) deleteEach(name string) error {
	rows, err := r.txApp.FindAllRecords(name, dbx.HashExp{"demo": true})
	if err != nil {
		return fmt.Errorf("demo: find %s: %w", name, err)
	}
	for _, row := range rows {
		if err := r.txApp.Delete(row); err != nil {
			return fmt.Errorf("demo: remove %s %s: %w", name, row.Id, err)
		}
		r.ids[row.Id] = true
	}
	r.count(name, len(rows))
	return nil
}

// deleteAll deletes the rows of a collection at once, without hooks. The tables
// that are append-only allow it for rows that were inserted with the flag.
func (r *remover) deleteAll(name string) error {
	where := dbx.HashExp{"demo": true}
	ids := []string{}
	if err := r.txApp.DB().Select("id").From(name).Where(where).Column(&ids); err != nil {
		return fmt.Errorf("demo: find %s: %w", name, err)
	}
	if _, err := r.txApp.NonconcurrentDB().Delete(name, where).Execute(); err != nil {
		return fmt.Errorf("demo: remove %s: %w", name, err)
	}
	for _, id := range ids {
		r.ids[id] = true
	}
	r.count(name, len(ids))
	return nil
}

func (r *remover) count(name string, n int) {
	if n > 0 {
		r.out.Removed[name] += n
	}
}

// forgetJobs takes back the work about what is gone, such as its mails.
func (r *remover) forgetJobs() error {
	jobs, err := r.txApp.FindAllRecords(collections.Jobs)
	if err != nil {
		return fmt.Errorf("demo: find jobs: %w", err)
	}
	for _, job := range jobs {
		args := map[string]any{}
		if json.Unmarshal([]byte(job.GetString("args")), &args) != nil {
			continue // no arguments, or none with names
		}
		for _, value := range args {
			if id, ok := value.(string); ok && r.ids[id] {
				if err := r.txApp.Delete(job); err != nil {
					return fmt.Errorf("demo: remove job %s: %w", job.Id, err)
				}
				r.count(collections.Jobs, 1)
				break
			}
		}
	}
	return nil
}
