package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// catalogues are the keys of all texts of pages: those of view.Catalog{"key": {ID: …, EN: …}}.
func catalogues(t *testing.T, files map[string]*ast.File) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			catalog, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			name, _ := catalog.Type.(*ast.Ident)
			if qualified, ok := catalog.Type.(*ast.SelectorExpr); ok {
				name = qualified.Sel
			}
			if name == nil || name.Name != "Catalog" {
				return true
			}
			for _, element := range catalog.Elts {
				key, err := strconv.Unquote(element.(*ast.KeyValueExpr).Key.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				keys[key] = true
			}
			return true
		})
	}
	return keys
}

// sources are the files of the plugins that have pages, and of the design system.
func sources(t *testing.T) (code map[string]*ast.File, templates map[string]string) {
	t.Helper()
	code, templates = map[string]*ast.File{}, map[string]string{}
	const design = "jasaweb/plugins/internal/view"
	drawn := func(path string) bool { // by a plugin with pages
		dir, _, _ := strings.Cut(strings.TrimPrefix(path, at("plugins")+"/"), "/")
		if dir == "internal" {
			return strings.HasPrefix(path, at("plugins/internal/view")+"/")
		}
		files, err := filepath.Glob(at("plugins/" + dir + "/*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if raw, err := os.ReadFile(file); err != nil {
				t.Fatal(err)
			} else if strings.Contains(string(raw), strconv.Quote(design)) {
				return true
			}
		}
		return false
	}
	err := filepath.WalkDir(at("plugins"), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || !drawn(path):
			return err
		case strings.HasSuffix(path, ".html"):
			raw, err := os.ReadFile(path)
			templates[path] = string(raw)
			return err
		case strings.HasSuffix(path, ".go"):
			code[path], err = parser.ParseFile(token.NewFileSet(), path, nil, 0)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return code, templates
}

// named are the texts that code asks for by name, T("key") and Flash(tone,
// "key"): whole keys, and beginnings of keys that code puts together.
func named(file *ast.File) (whole, beginnings []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		arg := call.Args[0]
		if method.Sel.Name == "Flash" && len(call.Args) == 2 {
			arg = call.Args[1]
		} else if method.Sel.Name != "T" && method.Sel.Name != "N" {
			return true
		}
		switch key := arg.(type) {
		case *ast.BasicLit:
			if s, err := strconv.Unquote(key.Value); err == nil && method.Sel.Name == "N" {
				whole = append(whole, s+".one", s+".other")
			} else if err == nil {
				whole = append(whole, s)
			}
		case *ast.BinaryExpr:
			first := key.X
			for {
				inner, ok := first.(*ast.BinaryExpr)
				if !ok {
					break
				}
				first = inner.X
			}
			if lit, ok := first.(*ast.BasicLit); ok {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					beginnings = append(beginnings, s)
				}
			}
		}
		return true
	})
	return whole, beginnings
}

// Every text that code asks for exists (that those of templates do is checked at
// the start), and every text that exists is asked for by somebody.
func TestNoTextIsMissingAndNoneIsLeftOver(t *testing.T) {
	t.Parallel()
	code, templates := sources(t)
	keys := catalogues(t, code)
	if len(keys) < 400 {
		t.Fatalf("only %d texts", len(keys))
	}
	asked, begun := map[string]bool{}, map[string]bool{}
	for path, file := range code {
		whole, beginnings := named(file)
		for _, key := range whole {
			asked[key] = true
			if !keys[key] {
				t.Errorf("%s asks for the text %s, which nobody has", path, key)
			}
		}
		for _, beginning := range beginnings {
			begun[beginning] = true
			if !begins(keys, beginning) {
				t.Errorf("%s asks for a text that begins with %s, which nobody has", path, beginning)
			}
		}
	}
	// Keys also travel in variables and tables, and templates put some together.
	everything := strings.Builder{}
	for _, text := range templates {
		everything.WriteString(text)
	}
	for path := range code {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		everything.WriteString(regexp.MustCompile(`"[\w.-]+":\s*\{ID:`).ReplaceAllString(string(raw), ""))
	}
	for _, m := range regexp.MustCompile(`"([a-z][\w.-]*\.)"`).FindAllStringSubmatch(everything.String(), -1) {
		begun[m[1]] = true
	}
	for key := range keys {
		if !asked[key] && !beginsWith(begun, key) && !spelled(everything.String(), key) {
			t.Errorf("nobody asks for the text %s", key)
		}
	}
}

// spelled reports whether the key is written somewhere, as a whole or, like
// key + ".title", in two parts. A count is asked for without .one and .other.
func spelled(everything, key string) bool {
	if strings.Contains(everything, `"`+key+`"`) {
		return true
	}
	dot := strings.LastIndexByte(key, '.')
	if dot < 0 {
		return false
	}
	part := key[dot:]
	return (part == ".one" || part == ".other" || strings.Contains(everything, `"`+part+`"`)) && strings.Contains(everything, `"`+key[:dot]+`"`)
}

func begins(keys map[string]bool, beginning string) bool {
	for key := range keys {
		if strings.HasPrefix(key, beginning) {
			return true
		}
	}
	return false
}

func beginsWith(beginnings map[string]bool, key string) bool {
	for beginning := range beginnings {
		if strings.HasPrefix(key, beginning) {
			return true
		}
	}
	return false
}
