package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
)

// findCandidates lists every mutation that can be made in a tree's core: comparisons moved by one or turned around, and
// and or exchanged, conditions negated, constants changed, statements left out. Each stays within one line.
func findCandidates(tree string) ([]mutation, error) {
	var all []mutation
	err := filepath.WalkDir(filepath.Join(tree, "core"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		relative, err := filepath.Rel(tree, path)
		if err != nil {
			return err
		}
		lines, err := readLines(path)
		if err != nil {
			return err
		}
		f := finder{file: relative, lines: lines, set: token.NewFileSet()}
		parsed, err := parser.ParseFile(f.set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, f.visit)
		all = append(all, f.found...)
		return nil
	})
	return all, err
}

func shuffle(candidates []mutation, seed uint64) {
	source := rand.New(rand.NewPCG(seed, 0))
	source.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
}

// finder collects the candidates of one file.
type finder struct {
	file  string
	lines []string
	set   *token.FileSet
	found []mutation
}

var operators = map[token.Token]string{
	token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">", token.EQL: "!=", token.NEQ: "==",
	token.LAND: "||", token.LOR: "&&", token.ADD: "-", token.SUB: "+",
}

func (f *finder) visit(node ast.Node) bool {
	switch n := node.(type) {
	case *ast.ImportSpec:
		return false
	case *ast.BinaryExpr:
		if other, known := operators[n.Op]; known {
			f.add(n.OpPos, n.OpPos+token.Pos(len(n.Op.String())), other)
		}
	case *ast.IfStmt:
		f.add(n.Cond.Pos(), n.Cond.End(), "!("+f.text(n.Cond)+")")
	case *ast.BasicLit:
		if value, err := strconv.ParseInt(n.Value, 0, 64); err == nil && n.Kind == token.INT {
			f.add(n.Pos(), n.End(), strconv.FormatInt(value+1, 10))
		}
	case *ast.Ident:
		switch n.Name {
		case "true":
			f.add(n.Pos(), n.End(), "false")
		case "false":
			f.add(n.Pos(), n.End(), "true")
		}
	case *ast.ExprStmt, *ast.IncDecStmt:
		f.add(n.Pos(), n.End(), "")
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			f.add(n.Pos(), n.End(), "")
		}
	}
	return true
}

// add notes a mutation of the text between two places, if both are in one line.
func (f *finder) add(from, to token.Pos, replacement string) {
	start, end := f.set.Position(from), f.set.Position(to)
	if start.Line != end.Line {
		return
	}
	line := f.lines[start.Line-1]
	changed := line[:start.Column-1] + replacement + line[end.Column-1:]
	f.found = append(f.found, mutation{
		File: f.file, Line: strings.TrimSpace(line), Replacement: strings.TrimSpace(changed), number: start.Line,
	})
}

// text is an expression's source, empty if it spans lines.
func (f *finder) text(expression ast.Expr) string {
	start, end := f.set.Position(expression.Pos()), f.set.Position(expression.End())
	if start.Line != end.Line {
		return ""
	}
	return f.lines[start.Line-1][start.Column-1 : end.Column-1]
}
