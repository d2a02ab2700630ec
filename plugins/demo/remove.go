package demo

import (
	"database/sql"
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
	kinds, err := inOrder(r.txApp)
	if err != nil {
		return err
	}
	if err := r.keepUsed(kinds); err != nil {
		return err
	}
	for _, stage := range []map[collections.Removal]func(*collections.Kind) error{
		{collections.RemoveEach: r.deleteEach, collections.RemoveAll: r.deleteAll, collections.RemoveWithOwner: r.deleteWithOwner},
		{collections.RemoveByCode: r.removeByCode},
		{collections.RemoveLast: r.deleteAll},
	} {
		for _, k := range kinds {
			remove, ok := stage[k.Demo.Removal]
			if !ok {
				continue
			}
			if err := remove(k); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepUsed makes real what a real row was made with (a project: its package, its
// design and its client, whose published password then ends).
func (r *remover) keepUsed(kinds []*collections.Kind) error {
	for _, k := range kinds {
		for _, column := range k.Demo.Needs {
			target, err := target(r.txApp, k.Name, column)
			if err != nil {
				return err
			}
			used := []string{}
			err = r.txApp.DB().Select(column).Distinct(true).From(k.Name).Where(dbx.HashExp{collections.ColumnDemo: false}).Column(&used)
			if err != nil {
				return fmt.Errorf("demo: find what %s use: %w", k.Name, err)
			}
			for _, id := range used {
				if err := r.keep(target.Name, id); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (r *remover) keep(collection, id string) error {
	record, err := r.txApp.FindFirstRecordByFilter(collection, "id = {:id} && demo = true", dbx.Params{"id": id})
	if errors.Is(err, sql.ErrNoRows) {
		return nil // real already, or none
	}
	if err != nil {
		return fmt.Errorf("demo: find %s %s: %w", collection, id, err)
	}
	record.Set(collections.ColumnDemo, false)
	if record.Collection().IsAuth() {
		record.SetPassword(security.RandomString(40))
	}
	if err := r.txApp.Save(record); err != nil {
		return fmt.Errorf("demo: keep %s %s: %w", collection, id, err)
	}
	r.out.Kept = append(r.out.Kept, Kept{collection, id, record.GetString("name")})
	return nil
}

// deleteEach deletes the rows of a collection one by one, with their files.
func (r *remover) deleteEach(k *collections.Kind) error {
	name := k.Name
	rows, err := r.txApp.FindAllRecords(name, dbx.HashExp{collections.ColumnDemo: true})
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
func (r *remover) deleteAll(k *collections.Kind) error {
	name, where := k.Name, dbx.HashExp{collections.ColumnDemo: true}
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

// deleteWithOwner deletes rows that have no flag and that belong to a row that
// goes.
func (r *remover) deleteWithOwner(k *collections.Kind) error {
	owner, err := target(r.txApp, k.Name, k.Demo.Owner)
	if err != nil {
		return err
	}
	_, err = r.txApp.NonconcurrentDB().Delete(k.Name, dbx.NewExp("[["+k.Demo.Owner+"]] IN (SELECT [[id]] FROM {{"+owner.Name+"}} WHERE [[demo]] = TRUE)")).Execute()
	if err != nil {
		return fmt.Errorf("demo: remove %s: %w", k.Name, err)
	}
	return nil
}

func (r *remover) removeByCode(k *collections.Kind) error {
	n, err := k.Demo.Remove(r.txApp, r.ids)
	if err != nil {
		return err
	}
	r.count(k.Name, n)
	return nil
}

func (r *remover) count(name string, n int) {
	if n > 0 {
		r.out.Removed[name] += n
	}
}
