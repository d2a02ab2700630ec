package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"jasaweb/collections"
	"jasaweb/plugins"
	"jasaweb/tests/programtest"
)

// takesNames are the calls of PocketBase and dbx that name collections or tables.
var takesNames = []string{
	"FindCollectionByNameOrId", "FindCachedCollectionByNameOrId", "FindRecordById", "FindRecordsByIds", "FindAllRecords", "FindFirstRecordByData",
	"FindRecordsByFilter", "FindFirstRecordByFilter", "CountRecords", "RecordQuery", "NewBaseCollection", "NewAuthCollection", "IsCollectionNameUnique",
	"From", "Insert", "Update", "Delete", "TruncateTable", "FindRecord", "FindKind", "Bump", "Stamp",
}

// rawNames are the places in a file that spell a collection's name out where
// something is asked about that collection.
func rawNames(file *ast.File, isName func(string) bool) []token.Pos {
	found := []token.Pos{}
	name := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && isName(s) {
				found = append(found, lit.Pos())
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			called, ok := n.Fun.(*ast.SelectorExpr)
			if ok && (slices.Contains(takesNames, called.Sel.Name) || strings.HasPrefix(called.Sel.Name, "OnRecord")) {
				for _, argument := range n.Args {
					name(argument)
				}
			}
		case *ast.BinaryExpr: // c.Name == "users"
			for _, sides := range [][2]ast.Expr{{n.X, n.Y}, {n.Y, n.X}} {
				if of, ok := sides[0].(*ast.SelectorExpr); ok && of.Sel.Name == "Name" {
					name(sides[1])
				}
			}
		case *ast.KeyValueExpr: // "collection": "users", Collection: "users"
			key, _ := n.Key.(*ast.Ident)
			text, _ := n.Key.(*ast.BasicLit)
			if key != nil && (key.Name == "Collection" || key.Name == "collection") || text != nil && text.Value == `"collection"` {
				name(n.Value)
			}
		case *ast.ValueSpec: // const users = "users"
			for _, value := range n.Values {
				name(value)
			}
		}
		return true
	})
	return found
}

// collectionNames are the names of all described collections: true for those that
// the package collections spells, which several rooms use.
func collectionNames(t *testing.T) map[string]bool {
	t.Helper()
	spelled, err := os.ReadFile(filepath.Join(programtest.Root(), "collections", "names.go"))
	if err != nil {
		t.Fatal(err)
	}
	names, shared := map[string]bool{}, 0
	for _, k := range collections.Kinds(programtest.NewApp(t, plugins.Options{})) {
		names[k.Name] = strings.Contains(string(spelled), strconv.Quote(k.Name))
		if names[k.Name] {
			shared++
		}
	}
	if shared < 20 {
		t.Fatalf("%d names", shared)
	}
	return names
}

// A collection's name is written once: in the package collections, or, if one
// plugin alone uses it, there. Migrations spell it out, because they describe the
// past.
func TestNamesOfCollectionsAreWrittenOnce(t *testing.T) {
	t.Parallel()
	names := collectionNames(t)
	files, set, rooms := 0, token.NewFileSet(), map[string]string{} // where a name that is not shared is written
	tree := os.DirFS(programtest.Root())
	err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			strings.HasPrefix(path, "collections/") || strings.HasPrefix(path, "pb_migrations/") {
			return err
		}
		if path == "plugins/internal/rest/access.go" { // which may not know the vocabulary
			return nil
		}
		files++
		source, err := fs.ReadFile(tree, path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, pos := range rawNames(file, func(s string) bool { return names[s] }) {
			t.Errorf("%s: use the constant of package collections", set.Position(pos))
		}
		rawNames(file, func(s string) bool {
			if shared, ours := names[s]; ours && !shared {
				if room := filepath.Dir(path); rooms[s] != "" && rooms[s] != room {
					t.Errorf("%s and %s both write %q: make it a constant of package collections", rooms[s], room, s)
				} else {
					rooms[s] = room
				}
			}
			return false
		})
		return nil
	})
	if err != nil || files < 100 {
		t.Fatalf("looked at %d files: %v", files, err)
	}
}

func TestRawNamesAreFound(t *testing.T) {
	t.Parallel()
	source := `package x
const users = "users" // 1
func f() {
	app.FindAllRecords("users") // 2
	app.OnRecordCreate("users") // 3
	if c.Name == "users" {} // 4
	_ = dbx.HashExp{"collection": "users"} // 5
	_ = Entry{Collection: "users"} // 6
	_ = Field{Key: "users", Path: "/api/users"}
	Refuse("code", "users", text)
}`
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "x.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	lines := []int{}
	for _, pos := range rawNames(file, func(s string) bool { return s == "users" }) {
		lines = append(lines, set.Position(pos).Line)
	}
	if slices.Sort(lines); !slices.Equal(lines, []int{2, 4, 5, 6, 7, 8}) {
		t.Errorf("found in lines %v", lines)
	}
}
