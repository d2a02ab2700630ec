package migrations

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// madeKey is the row of _params that holds which collections of this database
// our steps made: a JSON object of their names by their ids. An id stays when a
// collection is renamed in the dashboard, and PocketBase gives it to no other;
// so what people make there is never taken for ours, nor ours for theirs.
const madeKey = "jasaweb_collections"

// register adds the step of the calling file. Every step of ours goes through
// it: what the step makes is written down as ours in the same transaction.
func register(up, down func(core.App) error) {
	_, path, _, _ := runtime.Caller(1)
	m.Register(func(app core.App) error {
		before, err := collectionNames(app)
		if err != nil {
			return err
		}
		if err := up(app); err != nil {
			return err
		}
		after, err := collectionNames(app)
		if err != nil {
			return err
		}
		return claim(app, func(made map[string]string) {
			for id, name := range after {
				_, ours := made[id]
				if old, known := before[id]; !known || ours && old != name { // a step may rename, too
					made[id] = name
				}
			}
		})
	}, down, filepath.Base(path))
}

// collectionNames are the names of all collections but PocketBase's own, by id.
func collectionNames(app core.App) (map[string]string, error) {
	all, err := app.FindAllCollections()
	if err != nil {
		return nil, fmt.Errorf("list collections: %w", err)
	}
	names := map[string]string{}
	for _, c := range all {
		if !c.System {
			names[c.Id] = c.Name
		}
	}
	return names, nil
}

// claim lets change the collections that are ours.
func claim(app core.App, change func(made map[string]string)) error {
	var raw string
	err := app.DB().Select("value").From("_params").Where(dbx.HashExp{"id": madeKey}).Row(&raw)
	known := !errors.Is(err, sql.ErrNoRows)
	if err != nil && known {
		return fmt.Errorf("read the list of our collections: %w", err)
	}
	made := map[string]string{}
	if known {
		if err := json.Unmarshal([]byte(raw), &made); err != nil {
			return fmt.Errorf("read the list of our collections: %w", err)
		}
	}
	change(made)
	value, err := json.Marshal(made)
	if err != nil || string(value) == raw {
		return err
	}
	if known {
		_, err = app.DB().Update("_params", dbx.Params{"value": string(value)}, dbx.HashExp{"id": madeKey}).Execute()
	} else {
		_, err = app.DB().Insert("_params", dbx.Params{"id": madeKey, "value": string(value)}).Execute()
	}
	if err != nil {
		return fmt.Errorf("write the list of our collections: %w", err)
	}
	return nil
}
