package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/libposthog/libposthog/core/ops"
	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

var update = flag.Bool("update", false, "rewrite imports.txt and exports.txt from the built module")

// operations are open and the table: the exports besides memory, version and the flag's value.
func operations() []string {
	names := []string{"open"}
	for _, op := range ops.Table {
		names = append(names, op.Name)
	}
	return names
}

// TestExports_areTheTable reads exports.go: each operation has one export, and that is one call of the shared function
// with its own name.
func TestExports_areTheTable(t *testing.T) {
	fileSet := token.NewFileSet()
	file, err := parser.ParseFile(fileSet, "exports.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var exported []string
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Doc == nil {
			continue
		}
		name, ok := strings.CutPrefix(function.Doc.List[len(function.Doc.List)-1].Text, "//go:wasmexport posthog_")
		if !ok || name == "abi_version" {
			continue
		}
		exported = append(exported, name)
		if got, want := source(t, fileSet, function.Body), fmt.Sprintf(`return call("%s", c, p, n, t)`, name); got != want {
			t.Errorf("export posthog_%s:\n got %s\nwant %s", name, got, want)
		}
	}
	if want := operations(); !slices.Equal(exported, want) {
		t.Errorf("exports.go and ops.Table differ:\n got %v\nwant %v", exported, want)
	}
}

// source returns the text between a body's braces.
func source(t *testing.T, fileSet *token.FileSet, body *ast.BlockStmt) string {
	t.Helper()
	text, err := os.ReadFile("exports.go")
	if err != nil {
		t.Fatal(err)
	}
	from, to := fileSet.Position(body.Lbrace).Offset, fileSet.Position(body.Rbrace).Offset
	return strings.TrimSpace(string(text[from+1 : to]))
}

func TestModule_importsOnlyWASI(t *testing.T) {
	var imports []string
	for _, f := range compiled(t).ImportedFunctions() {
		module, name, _ := f.Import()
		if module != "wasi_snapshot_preview1" {
			t.Errorf("the module imports %s.%s; only wasi_snapshot_preview1 is there in every host", module, name)
		}
		imports = append(imports, signature(module+"."+name, f))
	}
	compareList(t, "imports.txt", imports)
}

func TestModule_exportsTheABI(t *testing.T) {
	exports := []string{"memory"}
	for name, f := range compiled(t).ExportedFunctions() {
		exports = append(exports, signature(name, f))
	}
	compareList(t, "exports.txt", exports)
	want := []string{"_initialize", "memory", "posthog_alloc", "posthog_free", "posthog_abi_version", "posthog_flag_value"}
	for _, name := range operations() {
		want = append(want, "posthog_"+name)
	}
	for i, line := range exports {
		exports[i], _, _ = strings.Cut(line, " ")
	}
	slices.Sort(exports)
	slices.Sort(want)
	if !slices.Equal(exports, want) {
		t.Errorf("the module's exports are not the ABI's:\n got %v\nwant %v", exports, want)
	}
}

// TestModule_hasNoNetwork keeps out what makes the module three times as large and cannot work in it.
func TestModule_hasNoNetwork(t *testing.T) {
	list := exec.Command("go", "list", "-deps", ".")
	list.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, "github.com/libposthog/libposthog/core") {
		t.Fatalf("go list -deps does not show core: %v", packages)
	}
	for _, unwanted := range []string{"net", "net/http", "crypto/tls", "os/exec", "compress/gzip"} {
		if slices.Contains(packages, unwanted) {
			t.Errorf("the module depends on %s", unwanted)
		}
	}
}

// compiled decodes the module.
func compiled(t *testing.T) wazero.CompiledModule {
	t.Helper()
	module, err := hosttest.Runtime(t).CompileModule(t.Context(), hosttest.Wasm(t))
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// signature writes a function as the lists hold it: name (i32, i64) i64.
func signature(name string, f api.FunctionDefinition) string {
	line := name + " (" + valueTypes(f.ParamTypes()) + ")"
	if results := valueTypes(f.ResultTypes()); results != "" {
		line += " " + results
	}
	return line
}

func valueTypes(types []api.ValueType) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = api.ValueTypeName(t)
	}
	return strings.Join(names, ", ")
}

// compareList compares lines, sorted and each once, with a checked-in file.
func compareList(t *testing.T, file string, lines []string) {
	t.Helper()
	slices.Sort(lines)
	got := strings.Join(slices.Compact(slices.Clone(lines)), "\n") + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs from the built module (if the change is meant: go test ./wasm -update)\n got\n%s\nwant\n%s", file, got, want)
	}
}
