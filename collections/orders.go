package collections

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// orderOnce is how long the same words of the same client are one order: a second
// tap, a page sent again.
const orderOnce = time.Minute

// ErrOrderedAlready refuses a project that repeats another one of its client.
var ErrOrderedAlready = Refuse("ordered_already", "name", Text{
	ID: "Pesanan yang sama baru saja masuk. Lihat daftar website sebelum memesan lagi.",
	EN: "The same order has just come in. Look at the list of websites before ordering again.",
})

// orderWords are the columns that make an order what it is.
var orderWords = []string{"name", "tier", "template", "brief"}

// SameOrder reports that both projects were ordered with the same words.
func (p *Project) SameOrder(other *Project) bool {
	for _, column := range orderWords {
		if p.GetString(column) != other.GetString(column) {
			return false
		}
	}
	return p.Owner() == other.Owner()
}

// FindRepeatedOrder returns the other project of the client that has the order
// key of p, or else one that was ordered with the same words less than a minute
// ago and still stands; nil if there is none.
func FindRepeatedOrder(app core.App, p *Project) (*Project, error) {
	others := func() *dbx.SelectQuery {
		return app.RecordQuery(Projects).AndWhere(dbx.HashExp{"user": p.Owner()}).AndWhere(dbx.Not(dbx.HashExp{"id": p.Id})).OrderBy("created DESC").Limit(1)
	}
	if key := p.GetString("order_key"); key != "" {
		known, err := oneProject(others().AndWhere(dbx.HashExp{"order_key": key}))
		if known != nil || err != nil {
			return known, err
		}
	}
	same := dbx.HashExp{}
	for _, column := range orderWords {
		same[column] = p.GetString(column)
	}
	since := DateTime(Now(app).Add(-orderOnce))
	return oneProject(others().AndWhere(same).AndWhere(dbx.Not(dbx.HashExp{ColumnStatus: string(Cancelled)})).
		AndWhere(dbx.NewExp("[[created]] >= {:since}", dbx.Params{"since": since.String()})))
}

func oneProject(q *dbx.SelectQuery) (*Project, error) {
	record := &core.Record{}
	err := q.One(record)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("collections: look for the same order: %w", err)
	}
	return AsProject(record), nil
}
