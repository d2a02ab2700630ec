package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// pkg is a package of the copy, parsed and typed.
type pkg struct {
	tree, dir string
	fset      *token.FileSet
	files     []*file
	info      *types.Info
	name      string
	pkg       *types.Package
}

type file struct {
	path, rel string
	src       []byte
	ast       *ast.File
}

type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly                 bool
}

// load parses the package and types it with the compiler's export data.
func load(tree, path string) (*pkg, error) {
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,DepOnly", path)
	cmd.Dir, cmd.Stderr = tree, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	exports := map[string]string{}
	p := &pkg{tree: tree, fset: token.NewFileSet()}
	var self listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		exports[l.ImportPath] = l.Export
		if !l.DepOnly {
			self = l
		}
	}
	p.dir = self.Dir
	parsed := []*ast.File{}
	for _, name := range self.GoFiles {
		f := &file{path: filepath.Join(p.dir, name)}
		if f.rel, err = filepath.Rel(tree, f.path); err != nil {
			return nil, err
		}
		if f.src, err = os.ReadFile(f.path); err != nil {
			return nil, err
		}
		if f.ast, err = parser.ParseFile(p.fset, f.path, f.src, parser.SkipObjectResolution); err != nil {
			return nil, err
		}
		p.files, parsed = append(p.files, f), append(parsed, f.ast)
	}
	p.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(p.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
	p.pkg, err = config.Check(self.ImportPath, p.fset, parsed, p.info)
	if err != nil {
		return nil, fmt.Errorf("types: %w", err)
	}
	p.name = parsed[0].Name.Name
	return p, nil
}

// chooser is the file that the changed package gets besides: the environment
// says which change holds, and where to note which ones were reached.
const chooser = `package %s

import (
	mutantOS "os"
	mutantStrconv "strconv"
	mutantSync "sync"
)

var (
	mutantActive__, _ = mutantStrconv.Atoi(mutantOS.Getenv("MUTATE_ACTIVE"))
	mutantTrace__     = mutantOS.Getenv("MUTATE_TRACE")
	mutantSeen__      mutantSync.Map
)

func mutant__(n int) bool {
	if mutantTrace__ != "" {
		if _, seen := mutantSeen__.LoadOrStore(n, true); !seen {
			f, err := mutantOS.OpenFile(mutantTrace__, mutantOS.O_APPEND|mutantOS.O_CREATE|mutantOS.O_WRONLY, 0o600)
			if err != nil {
				panic(err)
			}
			f.WriteString(mutantStrconv.Itoa(n) + "\n")
			f.Close()
		}
	}
	return n == mutantActive__
}

func mutantPick__[T any](n int, changed, original T) T {
	if mutant__(n) {
		return changed
	}
	return original
}
`

// write puts all changes into the copy and returns them.
func (p *pkg) write() ([]mutant, error) {
	all := []mutant{}
	for _, f := range p.files {
		s := &sites{pkg: p, file: f, next: len(all) + 1}
		changed := s.rewrite()
		if len(s.mutants) == 0 {
			continue
		}
		all = append(all, s.mutants...)
		if err := os.WriteFile(f.path, changed, 0o600); err != nil {
			return nil, err
		}
	}
	return all, os.WriteFile(filepath.Join(p.dir, "mutants_of_tests.go"), fmt.Appendf(nil, chooser, p.name), 0o600)
}

// restore puts the package back, for the next one.
func (p *pkg) restore() {
	_ = os.Remove(filepath.Join(p.dir, "mutants_of_tests.go"))
	for _, f := range p.files {
		_ = os.WriteFile(f.path, f.src, 0o600)
	}
}
