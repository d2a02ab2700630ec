package differential

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Names of the collections. kinds has every field type; the others are there to
// be related, related back and viewed.
const (
	kinds   = "kinds"
	targets = "targets"
	people  = "people"
	notes   = "Notes"
)

var choices = []string{"a", "b", "c", "Big One", "123", "true"}

// password of every person and of the superuser.
const password = "differential-1"

// build makes the collections on a fresh application.
func build(app core.App) error {
	for _, make := range []func(core.App) (*core.Collection, error){newPeople, newTargets, newKinds, newNotes} {
		c, err := make(app)
		if err != nil {
			return err
		}
		if err := app.Save(c); err != nil {
			return fmt.Errorf("save %s: %w", c.Name, err)
		}
		// A collection can only relate to itself once it is there.
		if c.Name == kinds || c.Name == targets {
			c.Fields.Add(&core.RelationField{Name: "self", CollectionId: c.Id, MaxSelect: 1})
			if err := app.Save(c); err != nil {
				return fmt.Errorf("save %s: %w", c.Name, err)
			}
		}
	}
	for _, view := range views {
		c := core.NewViewCollection(view.name)
		c.ViewQuery = view.query
		if err := app.Save(c); err != nil {
			return fmt.Errorf("save %s: %w", view.name, err)
		}
	}
	return nil
}

func newPeople(core.App) (*core.Collection, error) {
	c := core.NewAuthCollection(people)
	c.Fields.Add(
		&core.TextField{Name: "name"},
		&core.NumberField{Name: "score"},
		&core.AutodateField{Name: "created", OnCreate: true},
		&core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true},
	)
	c.ListRule = types.Pointer(`@request.auth.id != "" && (id = @request.auth.id || score > 3)`)
	return c, nil
}

func newTargets(app core.App) (*core.Collection, error) {
	owners, err := app.FindCollectionByNameOrId(people)
	if err != nil {
		return nil, err
	}
	c := core.NewBaseCollection(targets)
	c.Fields.Add(
		&core.TextField{Name: "title"},
		&core.NumberField{Name: "n"},
		&core.BoolField{Name: "flag"},
		&core.SelectField{Name: "tags", Values: choices, MaxSelect: 6},
		&core.RelationField{Name: "owner", CollectionId: owners.Id, MaxSelect: 1},
		&core.JSONField{Name: "info"},
	)
	c.ListRule = types.Pointer(`owner.id = @request.auth.id || flag = true`)
	c.AddIndex("idx_targets_title", false, "`title` COLLATE NOCASE", "")
	return c, nil
}

func newKinds(app core.App) (*core.Collection, error) {
	related, err := app.FindCollectionByNameOrId(targets)
	if err != nil {
		return nil, err
	}
	c := core.NewBaseCollection(kinds)
	c.Fields.Add(
		&core.TextField{Name: "text"},
		&core.TextField{Name: "Unik"}, // mixed case, and unique
		&core.EditorField{Name: "editor"},
		&core.NumberField{Name: "num"},
		&core.NumberField{Name: "whole", OnlyInt: true},
		&core.BoolField{Name: "bool"},
		&core.EmailField{Name: "email"},
		&core.URLField{Name: "url"},
		&core.DateField{Name: "date"},
		&core.SelectField{Name: "select", Values: choices, MaxSelect: 1}, // a reserved word
		&core.SelectField{Name: "selects", Values: choices, MaxSelect: 6},
		&core.FileField{Name: "file", MaxSelect: 1},
		&core.FileField{Name: "files", MaxSelect: 5},
		&core.RelationField{Name: "rel", CollectionId: related.Id, MaxSelect: 1},
		&core.RelationField{Name: "rels", CollectionId: related.Id, MaxSelect: 8},
		&core.JSONField{Name: "data"},
		&core.GeoPointField{Name: "geo"},
		&core.TextField{Name: "a_field_whose_name_is_longer_than_the_sixty_three_bytes_of_postgres"},
		&core.AutodateField{Name: "created", OnCreate: true},
		&core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true},
	)
	rule := `rel.owner = @request.auth.id || rels.owner.score ?> 2 || (bool = true && num != @request.query.q)`
	c.ListRule, c.ViewRule = &rule, &rule
	c.CreateRule = types.Pointer(`@request.auth.id != "" && @request.body.num:isset = true && (num > 0 || text:lower = "abc")`)
	c.UpdateRule = types.Pointer(`rel.owner = @request.auth.id || @request.body.text != text`)
	c.DeleteRule = types.Pointer(`bool = true`)
	c.AddIndex("idx_kinds_unik", true, "`Unik`", "`Unik` != ''")
	c.AddIndex("idx_kinds_num", false, "`num`, `date` DESC", "")
	return c, nil
}

func newNotes(app core.App) (*core.Collection, error) {
	related, err := app.FindCollectionByNameOrId(kinds)
	if err != nil {
		return nil, err
	}
	c := core.NewBaseCollection(notes)
	c.Fields.Add(
		&core.TextField{Name: "body"},
		&core.NumberField{Name: "rank"},
		&core.RelationField{Name: "kind", CollectionId: related.Id, MaxSelect: 1, CascadeDelete: true},
		&core.RelationField{Name: "kinds", CollectionId: related.Id, MaxSelect: 4},
	)
	return c, nil
}

// view is a view collection with the fields that can be filtered by.
type view struct {
	name, query string
	fields      []operand
}

// PocketBase quotes the text of columns that it takes for JSON as Go does. That
// is not always JSON, and then its answer is cut short, on any database: columns
// with free text are cast, so that they are text fields.
//
// The sums of v_groups leave out what is beyond a million: a whole REAL that SQLite
// writes as 1.5e+09 (Classes) would be in every list for as long as its record is.
var views = []view{
	{"v_plain", "SELECT id, text, num, bool, date, selects, rel, data, created FROM kinds",
		fields(kindText, "text", kindNumber, "num", kindBool, "bool", kindDate, "date", kindSelect, "selects", kindRelation, "rel", kindJSON, "data", kindText, "rel.title", kindAutodate, "created")},
	{"v_groups", "SELECT t.id, t.title, COUNT(k.id) AS total, SUM(CASE WHEN k.num BETWEEN -1000000 AND 1000000 THEN k.num END) AS amount, MAX(k.date) AS latest, AVG(CASE WHEN k.whole BETWEEN -1000000 AND 1000000 THEN k.whole END) AS mean FROM targets t LEFT JOIN kinds k ON k.rel = t.id GROUP BY t.id",
		fields(kindText, "title", kindNumber, "total", kindJSON, "amount", kindJSON, "latest", kindJSON, "mean")},
	{"v_casts", "SELECT id, CAST(num AS INT) AS i, CAST(num AS TEXT) AS s, CAST(SUBSTR(text, 1, 4) AS REAL) AS r, COALESCE(NULLIF(email, ''), num) AS mixed, (CASE WHEN bool THEN 'yes' ELSE num END) AS branch, IIF(num > 3, 1, 0) AS big, json_extract(data, '$.a') AS a, CAST(text || '-' || num AS TEXT) AS joined FROM kinds",
		fields(kindNumber, "i", kindText, "s", kindNumber, "r", kindJSON, "mixed", kindJSON, "branch", kindJSON, "big", kindJSON, "a", kindText, "joined")},
	{"v_numbers", "SELECT (ROW_NUMBER() OVER (ORDER BY id)) AS id, id AS kind, LENGTH(text) AS len, CAST(UPPER(text) AS TEXT) AS up, CAST(SUBSTR(text, 2, 3) AS TEXT) AS part, ABS(num) AS positive, ROUND(num, 1) AS rounded FROM kinds WHERE text != ''",
		fields(kindJSON, "len", kindText, "up", kindText, "part", kindJSON, "positive", kindJSON, "rounded", kindText, "kind")},
	{"v_nested", "SELECT v.id, v.total, t.n, t.owner, p.name AS who FROM v_groups v, targets t LEFT JOIN people p ON p.id = t.owner WHERE v.id = t.id",
		fields(kindNumber, "total", kindNumber, "n", kindRelation, "owner", kindText, "who")},
	{"v_union", "SELECT u.id, CAST(u.label AS TEXT) AS label, u.value FROM (SELECT id, text AS label, num AS value FROM kinds WHERE bool UNION ALL SELECT id, title, n FROM targets) u",
		fields(kindText, "label", kindNumber, "value")},
	{huge, "SELECT t.id, SUM(CASE WHEN k.num BETWEEN -1e17 AND 1e17 THEN k.num END) AS amount, AVG(k.whole) AS mean FROM targets t JOIN kinds k ON k.rel = t.id GROUP BY t.id",
		fields(kindJSON, "amount", kindJSON, "mean")},
}

// huge is the view whose sums leave what a float holds exactly, and not what
// SQLite's integers hold.
const huge = "v_huge"
