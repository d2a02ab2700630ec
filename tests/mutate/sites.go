package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// mutant is one change.
type mutant struct {
	id       int
	file, fn string
	line     int
	from, to string
	bound    bool // a number or a time that has a name
	nth      int  // of those in one function that read the same, from 1
}

// String describes the change without its line, so that it stays the same when
// other lines come and go.
func (m mutant) String() string {
	text := fmt.Sprintf("%s %s: %s => %s", m.file, m.fn, m.from, m.to)
	if m.nth > 1 {
		text += fmt.Sprintf(" (%d)", m.nth)
	}
	return text
}

// sites finds the places of a file that can be changed.
type sites struct {
	*pkg
	file    *file
	next    int
	mutants []mutant
	wraps   []wrap
	fn      string
	results *types.Tuple // of the function around
}

// wrap replaces the text of a node by what with makes of it; the text has the
// changes within the node already.
type wrap struct {
	from, to int
	with     func(text string) string
}

func (s *sites) offset(p token.Pos) int { return s.fset.Position(p).Offset }

func (s *sites) text(n ast.Node) string {
	return string(s.file.src[s.offset(n.Pos()):s.offset(n.End())])
}

// add notes a change of the node and returns its number.
func (s *sites) add(n ast.Node, from, to string) int {
	one := func(text string) string {
		text = strings.Join(strings.Fields(text), " ")
		if len(text) > 100 {
			text = text[:100] + "…"
		}
		return text
	}
	m := mutant{id: s.next, file: s.file.rel, fn: s.fn, line: s.fset.Position(n.Pos()).Line, from: one(from), to: one(to), nth: 1}
	for _, o := range s.mutants {
		if o.fn == m.fn && o.from == m.from && o.to == m.to {
			m.nth++
		}
	}
	s.next++
	s.mutants = append(s.mutants, m)
	return m.id
}

func (s *sites) wrap(n ast.Node, with func(text string) string) {
	s.wraps = append(s.wraps, wrap{s.offset(n.Pos()), s.offset(n.End()), with})
}

// rewrite returns the file with all its changes, each asleep.
func (s *sites) rewrite() []byte {
	for _, d := range s.file.ast.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		s.fn = f.Name.Name
		if f.Recv != nil {
			s.fn = "(" + s.text(f.Recv.List[0].Type) + ")." + s.fn
		}
		s.results = s.info.Defs[f.Name].Type().(*types.Signature).Results()
		s.walk(f.Body)
	}
	slices.SortStableFunc(s.wraps, func(a, b wrap) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	text, _ := s.apply(0, len(s.file.src), s.wraps)
	return []byte(text)
}

// apply returns the text between two offsets with the wraps that lie within.
func (s *sites) apply(from, to int, wraps []wrap) (string, []wrap) {
	var b strings.Builder
	for len(wraps) > 0 && wraps[0].from < to {
		w := wraps[0]
		b.Write(s.file.src[from:w.from])
		var inner string
		inner, wraps = s.apply(w.from, w.to, wraps[1:])
		b.WriteString(w.with(inner))
		from = w.to
	}
	b.Write(s.file.src[from:to])
	return b.String(), wraps
}

func (s *sites) walk(root ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			outer := s.results
			s.results = s.info.Types[n].Type.(*types.Signature).Results()
			s.walk(n.Body)
			s.results = outer
			return false
		case *ast.GenDecl:
			return n.Tok != token.CONST && n.Tok != token.TYPE
		case *ast.ArrayType, *ast.StructType:
			return false
		case *ast.CallExpr:
			if name(n.Fun) == "make" { // room that is only reserved changes nothing
				return false
			}
			if logs(n) {
				return false
			}
			s.timeBoundary(n)
		case *ast.BlockStmt:
			s.statements(n.List)
		case *ast.CaseClause:
			s.statements(n.Body)
		case *ast.CommClause:
			s.statements(n.Body)
		case *ast.IfStmt:
			s.negate(n.Cond)
		case *ast.BinaryExpr:
			if s.constant(n) {
				return false
			}
			s.binary(n)
		case ast.Expr:
			return !s.constant(n)
		}
		return true
	})
}

// flips are what a comparison can be mistaken for.
var flips = map[token.Token][]token.Token{
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR}, token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL}, token.LAND: {token.LOR}, token.LOR: {token.LAND},
}

// reckons are the same for numbers. Both are reckoned before one is chosen, so
// nothing becomes a division: its divisor might be zero.
var reckons = map[token.Token]token.Token{token.ADD: token.SUB, token.SUB: token.ADD, token.QUO: token.MUL}

func (s *sites) binary(n *ast.BinaryExpr) {
	if name(n.Y) == "nil" {
		return // whoever takes no error for one is noticed by everything
	}
	x, y := s.text(n.X), s.text(n.Y)
	for _, op := range flips[n.Op] {
		to := "(" + x + ") " + op.String() + " (" + y + ")"
		s.chooseBool(n, x+" "+op.String()+" "+y, to)
	}
	op, ok := reckons[n.Op]
	basic, isBasic := s.info.Types[n].Type.Underlying().(*types.Basic)
	if !ok || !isBasic || basic.Info()&types.IsNumeric == 0 || calls(n) {
		return
	}
	id := s.add(n, s.text(n), x+" "+op.String()+" "+y)
	s.wrap(n, func(text string) string { return fmt.Sprintf("mutantPick__(%d, (%s) %s (%s), %s)", id, x, op, y, text) })
}

// chooseBool lets the node be what to says.
func (s *sites) chooseBool(n ast.Expr, described, to string) {
	id := s.add(n, s.text(n), described)
	s.wrap(n, func(text string) string {
		return fmt.Sprintf("(mutant__(%d) && (%s) || !mutant__(%d) && (%s))", id, to, id, text)
	})
}

// negate turns a condition that is no comparison around.
func (s *sites) negate(cond ast.Expr) {
	if _, ok := cond.(*ast.BinaryExpr); ok {
		return
	}
	id := s.add(cond, s.text(cond), "!("+s.text(cond)+")")
	s.wrap(cond, func(text string) string { return fmt.Sprintf("((%s) != mutant__(%d))", text, id) })
}

// timeBoundary makes "before" "not after", which differs at one instant.
func (s *sites) timeBoundary(n *ast.CallExpr) {
	f, ok := n.Fun.(*ast.SelectorExpr)
	if !ok || len(n.Args) != 1 || s.info.Types[f.X].Type == nil || s.info.Types[f.X].Type.String() != "time.Time" {
		return
	}
	other, ok := map[string]string{"Before": "After", "After": "Before"}[f.Sel.Name]
	if ok {
		to := "!" + s.text(f.X) + "." + other + "(" + s.text(n.Args[0]) + ")"
		s.chooseBool(n, to, to)
	}
}

// constant changes an expression whose value is known: numbers by one, times by
// half and to the double, true and false. It reports whether n is one.
func (s *sites) constant(n ast.Expr) bool {
	tv := s.info.Types[n]
	if tv.Value == nil {
		return false
	}
	basic, ok := tv.Type.Underlying().(*types.Basic)
	if !ok {
		return true
	}
	text := s.text(n)
	switch {
	case tv.Value.Kind() == constant.Bool:
		id := s.add(n, text, "!"+text)
		s.wrap(n, func(text string) string { return fmt.Sprintf("(%s != mutant__(%d))", text, id) })
	case tv.Value.Kind() == constant.Int && slices.Contains([]types.BasicKind{types.Int, types.Int64, types.UntypedInt}, basic.Kind()):
		kind, ok := s.typeName(tv.Type)
		if value, exact := constant.Int64Val(tv.Value); !ok || !exact || value > math.MaxInt64/2 || value < math.MinInt64/2 {
			return true // it has no name here, or what it would become has no room
		}
		changes := []string{"(" + text + ") + 1", "(" + text + ") - 1"}
		if kind == "time.Duration" && constant.Sign(tv.Value) != 0 {
			changes = []string{"(" + text + ") * 2", "(" + text + ") / 2"}
		}
		for _, to := range changes {
			id := s.add(n, text, to)
			s.mutants[len(s.mutants)-1].bound = slices.Contains([]string{"int", "int64", "time.Duration"}, kind) && s.ours(n)
			s.wrap(n, func(inner string) string {
				return fmt.Sprintf("mutantPick__(%d, %s(%s), %s(%s))", id, kind, to, kind, inner)
			})
		}
	}
	return true
}

// ours reports whether a constant is one that the program named, and not a library.
func (s *sites) ours(n ast.Expr) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			c, isConst := s.info.Uses[id].(*types.Const)
			found = found || isConst && c.Pkg() != nil && strings.HasPrefix(c.Pkg().Path()+"/", s.module()+"/")
		}
		return true
	})
	return found
}

// module is the first part of the package's path.
func (s *sites) module() string {
	module, _, _ := strings.Cut(s.pkg.pkg.Path(), "/")
	return module
}

// typeName is how this file writes the type; false if it does not import it.
func (s *sites) typeName(t types.Type) (string, bool) {
	known := true
	text := types.TypeString(types.Default(t), func(p *types.Package) string {
		if p == s.pkg.pkg {
			return ""
		}
		for _, i := range s.file.ast.Imports {
			if imported, _ := strconv.Unquote(i.Path.Value); imported == p.Path() {
				if i.Name != nil {
					return i.Name.Name
				}
				return path.Base(imported)
			}
		}
		known = false
		return ""
	})
	return text, known
}

// statements leaves out calls and assignments, and returns no error for one.
func (s *sites) statements(list []ast.Stmt) {
	for _, stmt := range list {
		switch n := stmt.(type) {
		case *ast.ExprStmt:
			call, ok := n.X.(*ast.CallExpr)
			if ok && !logs(call) && !slices.Contains([]string{"panic", "Lock", "Unlock", "RLock", "RUnlock", "copy", "Exit"}, name(call.Fun)) {
				s.leaveOut(n)
			}
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE && name(n.Lhs[0]) != "_" {
				s.leaveOut(n)
			}
		case *ast.IncDecStmt:
			s.leaveOut(n)
		case *ast.ReturnStmt:
			s.forgetError(n)
		}
	}
}

func (s *sites) leaveOut(n ast.Stmt) {
	id := s.add(n, s.text(n), "(left out)")
	s.wrap(n, func(text string) string { return fmt.Sprintf("if !mutant__(%d) { %s }", id, text) })
}

func (s *sites) forgetError(n *ast.ReturnStmt) {
	last := len(n.Results) - 1
	if last < 0 || s.results.Len() != last+1 || s.results.At(last).Type().String() != "error" || name(n.Results[last]) == "nil" {
		return
	}
	parts := []string{}
	for _, r := range n.Results[:last] {
		parts = append(parts, s.text(r))
	}
	to := "return " + strings.Join(append(parts, "nil"), ", ")
	id := s.add(n, s.text(n), to)
	s.wrap(n, func(text string) string { return fmt.Sprintf("if mutant__(%d) { %s }; %s", id, to, text) })
}

// name is that of an identifier or of what is selected, "" otherwise.
func name(n ast.Expr) string {
	switch n := n.(type) {
	case *ast.Ident:
		return n.Name
	case *ast.SelectorExpr:
		return n.Sel.Name
	}
	return ""
}

// logs reports whether a call only writes the log, which no test reads.
func logs(n *ast.CallExpr) bool {
	f, ok := n.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	inner, ok := f.X.(*ast.CallExpr)
	return ok && name(inner.Fun) == "Logger"
}

func calls(n ast.Node) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		_, call := n.(*ast.CallExpr)
		found = found || call
		return true
	})
	return found
}
