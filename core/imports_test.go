package core_test

import (
	"fmt"
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
)

// rule is what every failure of the check says besides where it happened.
const rule = "core performs no I/O, reads no clock, takes no lock and starts no goroutine: time, entropy and responses" +
	" come in as arguments, so that both builds and every test give the same bytes; and its packages import downwards only," +
	" codec <- event, flags, wire <- queue <- core <- ops"

const modulePath = "github.com/libposthog/libposthog/"

// layers gives every package its height: it may import only what lies lower.
var layers = map[string]int{
	"core/codec": 0,
	"core/event": 1,
	"core/flags": 1,
	"core/wire":  1,
	"core/queue": 2,
	"core":       3,
	"core/ops":   4,
}

// thirdParty names the modules core may import and, where only one package may, that package.
var thirdParty = map[string]string{
	"github.com/json-iterator/go": "core/codec",
}

// forbidden names packages, each with those below it.
var forbidden = []string{
	"C", "crypto/rand", "encoding/json", "io/ioutil", "log", "math/rand", "net", "os", "plugin", "reflect", "runtime",
	"sync", "syscall", "testing", "unsafe",
}

// Members of packages that are otherwise welcome: what they may not be used for, or all they may be used for.
var (
	forbiddenMembers = map[string][]string{
		"time": {
			"After", "AfterFunc", "LoadLocation", "Local", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until",
		},
		"fmt": {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
	}
	allowedMembers = map[string][]string{
		"math/rand/v2": {"ChaCha8", "New", "NewChaCha8", "NewPCG", "PCG", "Rand", "Source", "Zipf"},
	}
)

func TestCore_isSansIO(t *testing.T) {
	for _, violation := range check(t, ".") {
		t.Errorf("%s\n\t%s", violation, rule)
	}
}

// TestCoreCheck_seesEveryViolation plants one offending file at a time in a copy of the tree.
func TestCoreCheck_seesEveryViolation(t *testing.T) {
	plants := []struct{ name, folder, source, want string }{
		{"clock", ".", `import "time"; var x = time.Now()`, "time.Now"},
		{"renamed clock", "queue", `import clock "time"; var x = clock.Since(clock.Time{})`, "time.Since"},
		{"sleep as a value", "wire", `import "time"; var x = time.Sleep`, "time.Sleep"},
		{"timer", "wire", `import "time"; var x = time.NewTimer(1)`, "time.NewTimer"},
		{"zone of the machine", "event", `import "time"; var x = time.Local`, "time.Local"},
		{"dot import", "wire", `import . "time"; var x = Now()`, "dot import"},
		{"global randomness", "event", `import "math/rand/v2"; var x = rand.Uint64()`, "math/rand/v2.Uint64"},
		{"old randomness", "event", `import "math/rand"; var x = rand.New(nil)`, "imports math/rand"},
		{"system randomness", "event", `import "crypto/rand"; var x = rand.Reader`, "imports crypto/rand"},
		{"network", "wire", `import "net/http"; var x http.Client`, "imports net/http"},
		{"network values", "wire", `import "net/url"; var x url.URL`, "imports net/url"},
		{"files", "flags", `import "os"; var x = os.Args`, "imports os"},
		{"signals", "flags", `import "os/signal"; var x = signal.Stop`, "imports os/signal"},
		{"old files", "flags", `import "io/ioutil"; var x = ioutil.Discard`, "imports io/ioutil"},
		{"system calls", "ops", `import "syscall"; var x = syscall.Getpid`, "imports syscall"},
		{"locks", ".", `import "sync"; var x sync.Mutex`, "imports sync"},
		{"atomics", ".", `import "sync/atomic"; var x atomic.Int64`, "imports sync/atomic"},
		{"unsafe", "codec", `import "unsafe"; var x unsafe.Pointer`, "imports unsafe"},
		{"reflection", "codec", `import "reflect"; var x reflect.Kind`, "imports reflect"},
		{"second codec", "codec", `import "encoding/json"; var x json.Number`, "imports encoding/json"},
		{"log", "ops", `import "log/slog"; var x slog.Attr`, "imports log/slog"},
		{"print", "ops", `import "fmt"; func x() { fmt.Println() }`, "fmt.Println"},
		{"builtin print", "ops", `func x() { println() }`, "println"},
		{"json-iterator", "wire", `import "github.com/json-iterator/go"; var x jsoniter.Any`, "only core/codec"},
		{"other module", "wire", `import "example.com/other"; var x other.T`, "example.com/other"},
		{"upward arrow", "codec", `import "github.com/libposthog/libposthog/core/queue"; var x queue.Queue`, "does not lie below"},
		{"sideways arrow", "wire", `import "github.com/libposthog/libposthog/core/flags"; var x flags.T`, "does not lie below"},
		{"driver", ".", `import "github.com/libposthog/libposthog/capi/driver"; var x driver.T`, "does not lie below"},
		{"goroutine", "queue", `func x() { go x() }`, "go statement"},
		{"channel", "queue", `var x chan int`, "channel type"},
		{"select", "queue", `func x() { select {} }`, "select statement"},
		{"new package", "extra", `var x int`, "has no place"},
	}
	for _, plant := range plants {
		t.Run(plant.name, func(t *testing.T) {
			root := copyTree(t)
			folder := filepath.Join(root, plant.folder)
			write(t, filepath.Join(folder, "planted.go"), "package planted; "+plant.source)
			var planted []string
			for _, violation := range check(t, root) {
				if strings.Contains(violation, "planted.go") {
					planted = append(planted, violation)
				}
			}
			if len(planted) != 1 || !strings.Contains(planted[0], plant.want) {
				t.Errorf("planted %q in %s\n got %q\nwant one violation with %q", plant.source, plant.folder, planted, plant.want)
			}
		})
	}
}

// check returns what the Go files under root do that core may not do. Tests may do everything.
func check(t *testing.T, root string) []string {
	t.Helper()
	var violations []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		f := file{pkg: strings.TrimSuffix("core/"+filepath.ToSlash(folder), "/."), set: token.NewFileSet()}
		f.tree, err = parser.ParseFile(f.set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		f.check()
		violations = append(violations, f.violations...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return violations
}

// file is one source file under the check.
type file struct {
	pkg  string
	set  *token.FileSet
	tree *ast.File
	// imports maps the names that imports have in this file to their paths.
	imports    map[string]string
	violations []string
}

func (f *file) report(node ast.Node, format string, args ...any) {
	f.violations = append(f.violations, fmt.Sprintf("%s: %s", f.set.Position(node.Pos()), fmt.Sprintf(format, args...)))
}

func (f *file) check() {
	if _, known := layers[f.pkg]; !known {
		f.report(f.tree.Name, "package %s has no place in the order of layers", f.pkg)
	}
	f.imports = map[string]string{}
	for _, spec := range f.tree.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		f.checkImport(spec, path)
		f.imports[importName(spec, path)] = path
	}
	ast.Inspect(f.tree, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.GoStmt:
			f.report(node, "go statement")
		case *ast.SelectStmt:
			f.report(node, "select statement")
		case *ast.ChanType:
			f.report(node, "channel type")
		case *ast.CallExpr:
			if name, ok := node.Fun.(*ast.Ident); ok && (name.Name == "print" || name.Name == "println") {
				f.report(node, "%s writes to stderr", name.Name)
			}
		case *ast.SelectorExpr:
			f.checkMember(node)
		}
		return true
	})
}

func (f *file) checkImport(spec *ast.ImportSpec, path string) {
	within := func(parent string) bool { return path == parent || strings.HasPrefix(path, parent+"/") }
	first, _, _ := strings.Cut(path, "/")
	switch {
	case spec.Name != nil && spec.Name.Name == ".":
		f.report(spec, "dot import of %s", path)
	case strings.HasPrefix(path, modulePath):
		to, known := layers[strings.TrimPrefix(path, modulePath)]
		if !known || to >= layers[f.pkg] {
			f.report(spec, "%s imports %s, which does not lie below it", f.pkg, path)
		}
	case strings.Contains(first, "."):
		switch only, known := thirdParty[path]; {
		case !known:
			f.report(spec, "%s imports %s, which is not among the modules core may use", f.pkg, path)
		case only != "" && only != f.pkg:
			f.report(spec, "%s imports %s, which only %s may do", f.pkg, path, only)
		}
	case path != "math/rand/v2" && slices.ContainsFunc(forbidden, within):
		f.report(spec, "%s imports %s", f.pkg, path)
	}
}

// checkMember looks at pkg.Member, called or not.
func (f *file) checkMember(node *ast.SelectorExpr) {
	name, ok := node.X.(*ast.Ident)
	if !ok {
		return
	}
	path := f.imports[name.Name]
	allowed, limited := allowedMembers[path]
	if slices.Contains(forbiddenMembers[path], node.Sel.Name) || limited && !slices.Contains(allowed, node.Sel.Name) {
		f.report(node, "uses %s.%s", path, node.Sel.Name)
	}
}

func importName(spec *ast.ImportSpec, path string) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	parts := strings.Split(path, "/")
	last := parts[len(parts)-1]
	if len(parts) > 1 && len(last) > 1 && last[0] == 'v' && last[1] >= '0' && last[1] <= '9' {
		return parts[len(parts)-2]
	}
	return last
}

// copyTree copies the sources of core to a temporary folder.
func copyTree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		write(t, filepath.Join(root, path), string(source))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
