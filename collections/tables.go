package collections

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/dbutils"
)

// Table is what our migrations made of a collection.
type Table struct {
	Name    string
	Fields  []string // names
	Indexes []string // names
}

// SetSchema tells app what the migrations make: NAME.golden with lines that begin
// with "field NAME" or "index CREATE …".
func SetSchema(app core.App, schema fs.FS) error {
	tables, err := readTables(schema)
	if err != nil {
		return fmt.Errorf("collections: read the schema: %w", err)
	}
	r := registryOf(app)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tables = tables
	return nil
}

// FindTable returns what the migrations made of the collection that they call
// name, nil if they make none.
func FindTable(app core.App, name string) *Table {
	r := registryOf(app)
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.tables[name]
}

func readTables(schema fs.FS) (map[string]*Table, error) {
	files, err := fs.Glob(schema, "*.golden")
	if err != nil {
		return nil, err
	}
	tables := map[string]*Table{}
	for _, file := range files {
		raw, err := fs.ReadFile(schema, file)
		if err != nil {
			return nil, err
		}
		t := &Table{Name: strings.TrimSuffix(file, ".golden")}
		for line := range strings.Lines(string(raw)) {
			words := strings.Fields(line)
			switch {
			case len(words) < 2:
			case words[0] == "field":
				t.Fields = append(t.Fields, words[1])
			case words[0] == "index":
				t.Indexes = append(t.Indexes, indexName(strings.Join(words[1:], " ")))
			}
		}
		if len(t.Fields) == 0 {
			return nil, fmt.Errorf("%s has no field", t.Name)
		}
		tables[t.Name] = t
	}
	return tables, nil
}

func indexName(statement string) string { return dbutils.ParseIndex(statement).IndexName }

// Missing names what the database lacks of the schema: "invoices", "invoices.amount",
// "invoices idx_invoices_user". Somebody deleted it beside the program, from a
// collection's definition or from its table.
func Missing(app core.App) ([]string, error) {
	r := registryOf(app)
	r.mu.RLock()
	tables := r.tables
	r.mu.RUnlock()
	all, err := app.FindAllCollections()
	if err != nil {
		return nil, fmt.Errorf("collections: compare the schema: %w", err)
	}
	found := map[string]*core.Collection{}
	for _, c := range all {
		found[c.Name] = c
	}
	missing := []string{}
	for name, t := range tables {
		c := found[name]
		if c == nil {
			missing = append(missing, name)
			continue
		}
		columns, indexes, err := stored(app, name)
		if err != nil {
			return nil, fmt.Errorf("collections: compare the table of %s: %w", name, err)
		}
		if len(columns) == 0 {
			missing = append(missing, name)
			continue
		}
		for _, field := range t.Fields {
			if c.Fields.GetByName(field) == nil || !slices.Contains(columns, field) {
				missing = append(missing, name+"."+field)
			}
		}
		for _, index := range t.Indexes {
			defined := slices.ContainsFunc(c.Indexes, func(statement string) bool { return indexName(statement) == index })
			if _, made := indexes[index]; !defined || !made {
				missing = append(missing, name+" "+index)
			}
		}
	}
	slices.Sort(missing)
	return missing, nil
}

// stored is what a collection's table really has; nothing if there is none.
func stored(app core.App, name string) (columns []string, indexes map[string]string, err error) {
	if columns, err = app.TableColumns(name); err != nil || len(columns) == 0 {
		return nil, nil, err
	}
	indexes, err = app.TableIndexes(name)
	return columns, indexes, err
}
