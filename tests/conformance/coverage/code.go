package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// source is a parsed Go file or all files of a package.
type source struct {
	path  string
	files []*ast.File
}

// parse reads a Go file, or those of a folder but its tests.
func parse(path string) (*source, error) {
	names := []string{path}
	if !strings.HasSuffix(path, ".go") {
		var err error
		if names, err = filepath.Glob(filepath.Join(path, "*.go")); err != nil {
			return nil, err
		}
	}
	s := &source{path: path}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		s.files = append(s.files, file)
	}
	return s, nil
}

func (s *source) inspect(visit func(ast.Node)) {
	for _, file := range s.files {
		ast.Inspect(file, func(n ast.Node) bool {
			if n != nil {
				visit(n)
			}
			return true
		})
	}
}

// within calls visit for what is inside the functions and variables of these names.
func (s *source) within(names []string, visit func(ast.Node)) {
	all := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if n != nil {
				visit(n)
			}
			return true
		})
	}
	s.inspect(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if slices.Contains(names, n.Name.Name) {
				all(n)
			}
		case *ast.ValueSpec:
			if slices.Contains(names, n.Names[0].Name) {
				all(n)
			}
		}
	})
}

func text(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	value, err := strconv.Unquote(literal.Value)
	return value, err == nil
}

// constants are the texts of constants whose names start with prefix.
func (s *source) constants(prefix string) (values []string) {
	s.inspect(func(n ast.Node) {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, prefix) {
			return
		}
		if value, ok := text(spec.Values[0]); ok {
			values = append(values, value)
		}
	})
	return values
}

// cases are the texts of the case clauses in functions.
func (s *source) cases(functions ...string) (values []string) {
	s.within(functions, func(n ast.Node) {
		if clause, ok := n.(*ast.CaseClause); ok {
			for _, e := range clause.List {
				if value, ok := text(e); ok {
					values = append(values, value)
				}
			}
		}
	})
	return values
}

// allCases are the texts of all case clauses.
func (s *source) allCases() (values []string) {
	s.inspect(func(n ast.Node) {
		if clause, ok := n.(*ast.CaseClause); ok {
			for _, e := range clause.List {
				if value, ok := text(e); ok {
					values = append(values, value)
				}
			}
		}
	})
	return values
}

// keys are the texts that are keys of maps in functions and variables.
func (s *source) keys(names ...string) (values []string) {
	s.within(names, func(n ast.Node) {
		if pair, ok := n.(*ast.KeyValueExpr); ok {
			if value, ok := text(pair.Key); ok {
				values = append(values, value)
			}
		}
	})
	return values
}

// httpStatuses are the numbers that a package compares something with for equality or switches on.
func (s *source) httpStatuses() (values []string) {
	take := func(expressions ...ast.Expr) {
		for _, e := range expressions {
			if literal, ok := e.(*ast.BasicLit); ok && literal.Kind == token.INT && len(literal.Value) == 3 {
				values = append(values, literal.Value)
			}
		}
	}
	s.inspect(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.CaseClause:
			take(n.List...)
		case *ast.BinaryExpr:
			if n.Op == token.EQL {
				take(n.X, n.Y)
			}
		}
	})
	return unique(values)
}

// records are kind/code of the records that a package makes.
func (s *source) records() (values []string) {
	s.inspect(func(n ast.Node) {
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return
		}
		fields := map[string]string{}
		for _, element := range literal.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				if name, ok := pair.Key.(*ast.Ident); ok {
					fields[name.Name], _ = text(pair.Value)
				}
			}
		}
		if fields["Kind"] != "" && fields["Code"] != "" {
			values = append(values, fields["Kind"]+"/"+fields["Code"])
		}
	})
	return unique(values)
}

func unique(values []string) []string {
	slices.Sort(values)
	return slices.Compact(values)
}

// must fails where a table is not found: the code has moved, and this program must follow it.
func must(what string, values []string) ([]string, error) {
	if len(values) == 0 {
		return nil, fmt.Errorf("found no %s: bring tests/conformance/coverage up to date", what)
	}
	return unique(values), nil
}
