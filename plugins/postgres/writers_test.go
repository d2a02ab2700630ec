package postgres_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
)

// raise adds 1 to the number of row "x" as a program does that reads, decides
// and writes.
func raise(db *sql.DB, between func(*sql.Tx)) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var n int
	if err := tx.QueryRow("SELECT n FROM a WHERE id = 'x'").Scan(&n); err != nil {
		return err
	}
	between(tx)
	if _, err := tx.Exec("UPDATE a SET n = ? WHERE id = 'x'", n+1); err != nil {
		return err
	}
	return tx.Commit()
}

// Transactions that read and then write lose no change, whoever makes it: other
// connections, other nodes, statements outside of transactions.
func TestNoUpdateIsLostAtOnce(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(*sql.Tx){
		"": func(*sql.Tx) {},
		// A failed statement must not let others in, although Postgres then
		// begins a part of the transaction anew.
		"after a failed statement": func(tx *sql.Tx) { _, _ = tx.Exec("INSERT INTO a VALUES ('x', 0)") },
	} {
		for _, prepared := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s prepared %t", name, prepared), func(t *testing.T) {
				t.Parallel()
				url := pgtest.Database(t)
				nodes := []*sql.DB{open(t, postgres.Config{URL: url, Prepared: prepared}), open(t, postgres.Config{URL: url, Prepared: prepared})}
				must(t, nodes[0], "CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL, n NUMERIC)")
				must(t, nodes[0], "INSERT INTO a VALUES ('x', 0)")
				const each, writers = 25, 8
				var wg sync.WaitGroup
				for w := range writers {
					db := nodes[w%2]
					wg.Go(func() {
						for range each {
							if w < writers/4 {
								if _, err := db.Exec("UPDATE a SET n = n + 1 WHERE id = 'x'"); err != nil {
									t.Error(err)
								}
							} else if err := raise(db, between); err != nil {
								t.Error(err)
							}
						}
					})
				}
				wg.Wait()
				if got, want := answer(nodes[0], "SELECT n FROM a"), fmt.Sprintf("n NUMERIC| int64:%d;", each*writers); got != want {
					t.Errorf("%s, want %s", got, want)
				}
			})
		}
	}
}

// The same through PocketBase, with several connections that write: transactions
// of hooks, plain saves and SQL side by side on two nodes.
func TestNoUpdateIsLostThroughPocketBaseAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	var nodes []core.App
	for range 2 {
		store, err := postgres.New(postgres.Config{URL: url, Prepared: true, Writers: 6})
		if err != nil {
			t.Fatal(err)
		}
		app := core.NewBaseApp(core.BaseAppConfig{DataDir: filepath.Join(t.TempDir(), "data"), DBConnect: store.Connect})
		postgres.Register(app, store)
		if err := app.Bootstrap(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = app.ClearBootstrap() })
		if n := app.NonconcurrentDB().(*dbx.DB).DB().Stats().MaxOpenConnections; n != 6 {
			t.Fatalf("%d connections may write, want 6", n)
		}
		nodes = append(nodes, app)
	}
	c := core.NewBaseCollection("counters")
	c.Fields.Add(&core.NumberField{Name: "n"}, &core.NumberField{Name: "others"}, &core.TextField{Name: "note"})
	if err := nodes[0].Save(c); err != nil {
		t.Fatal(err)
	}
	record := core.NewRecord(c)
	if err := nodes[0].Save(record); err != nil {
		t.Fatal(err)
	}
	if err := nodes[1].ReloadCachedCollections(); err != nil {
		t.Fatal(err)
	}
	const each, writers = 20, 12
	var wg sync.WaitGroup
	for w := range writers {
		app := nodes[w%2]
		wg.Go(func() {
			for i := range each {
				if err := change(app, record.Id, w%3, fmt.Sprint(w, " ", i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got, err := nodes[0].FindRecordById("counters", record.Id)
	if err != nil {
		t.Fatal(err)
	}
	if n, others := got.GetInt("n"), got.GetInt("others"); n != each*writers/3 || others != each*writers/3 {
		t.Errorf("counted %d and %d, want %d each", n, others, each*writers/3)
	}
	if total, err := nodes[1].CountRecords("counters"); err != nil || total != int64(each*writers/3+1) {
		t.Errorf("%d records, %v", total, err)
	}
}

// change is one of the ways to write: a transaction that reads, decides and
// saves the whole record; one statement; a new record.
func change(app core.App, id string, way int, note string) error {
	switch way {
	case 0:
		return app.RunInTransaction(func(txApp core.App) error {
			record, err := txApp.FindRecordById("counters", id)
			if err != nil {
				return err
			}
			record.Set("n", record.GetInt("n")+1)
			record.Set("note", note)
			return txApp.SaveWithContext(context.Background(), record)
		})
	case 1:
		_, err := app.NonconcurrentDB().NewQuery("UPDATE {{counters}} SET [[others]] = [[others]] + 1 WHERE [[id]] = {:id}").Bind(dbx.Params{"id": id}).Execute()
		return err
	}
	c, err := app.FindCachedCollectionByNameOrId("counters")
	if err != nil {
		return err
	}
	return app.Save(core.NewRecord(c))
}
