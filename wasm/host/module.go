package host

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// abiVersion is the version of wasm/ABI.md this host was written to.
const abiVersion = 1

// Memory is counted in pages of 64 KiB, of which wasm has 65,536.
const (
	pagesPerMB = 16
	maxPages   = 65536
)

// Options configure a Module. The zero value works.
type Options struct {
	// CacheDir keeps the compiled module between runs: loading takes about 2 s without, 50 ms with. Empty means no
	// cache. The folder is made if needed and must be writable by this program only: what is in it gets executed. A
	// damaged file in it is replaced. Several programs may use one folder.
	CacheDir string
	// MemoryLimitMB bounds the memory of each instance; 0 leaves wasm's own bound of 4 GiB. An instance that needs
	// more traps. A client needs about 8, twenty times the size of its flag definitions, and three times
	// max_queue_bytes when its queue is full.
	MemoryLimitMB int
	// HTTPClient performs the requests of every [Client]; nil means one with Go's defaults: proxies from the
	// environment, keep-alive, HTTP/2. Redirects are never followed, whatever its CheckRedirect says.
	HTTPClient *http.Client
	// Output receives what the module writes to its standard output and error: nothing, except the Go runtime's
	// last words before a trap. Nil discards them.
	Output io.Writer
}

// Module is the compiled module. It is safe for concurrent use.
type Module struct {
	options  Options
	http     *http.Client
	runtime  wazero.Runtime
	cache    wazero.CompilationCache
	compiled wazero.CompiledModule
}

// Load compiles the module. Closing it closes every instance made from it.
func Load(ctx context.Context, wasm []byte, options Options) (*Module, error) {
	m, err := compile(ctx, wasm, options)
	if err != nil && options.CacheDir != "" && forget(options.CacheDir) {
		m, err = compile(ctx, wasm, options)
	}
	if err != nil {
		return nil, fmt.Errorf("load posthog.wasm: %w", err)
	}
	return m, nil
}

// forget removes what wazero has in a cache folder, and tells whether there was something: it takes a damaged file for an
// error, and would at every start.
func forget(cacheDir string) bool {
	folders, err := filepath.Glob(filepath.Join(cacheDir, "wazero-*"))
	for _, folder := range folders {
		err = errors.Join(err, os.RemoveAll(folder))
	}
	return err == nil && len(folders) > 0
}

func compile(ctx context.Context, wasm []byte, options Options) (m *Module, err error) {
	m = &Module{options: options, http: transport(options.HTTPClient)}
	defer func() {
		if err != nil {
			m.Close(ctx)
		}
	}()
	config := wazero.NewRuntimeConfig()
	if options.MemoryLimitMB > 0 {
		config = config.WithMemoryLimitPages(uint32(min(options.MemoryLimitMB, maxPages/pagesPerMB) * pagesPerMB))
	}
	if options.CacheDir != "" {
		if m.cache, err = wazero.NewCompilationCacheWithDir(options.CacheDir); err != nil {
			return nil, err
		}
		config = config.WithCompilationCache(m.cache)
	}
	m.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	if _, err = wasi_snapshot_preview1.Instantiate(ctx, m.runtime); err != nil {
		return nil, err
	}
	m.compiled, err = m.runtime.CompileModule(ctx, wasm)
	return m, err
}

// Instantiate makes a running copy of the module: some milliseconds and some MiB. Close it when done.
func (m *Module) Instantiate(ctx context.Context) (*Instance, error) {
	module, err := m.runtime.InstantiateModule(ctx, m.compiled, m.sandbox())
	if err != nil {
		return nil, fmt.Errorf("instantiate posthog.wasm: %w", err)
	}
	i, err := newInstance(ctx, module)
	if err != nil {
		module.Close(ctx)
		return nil, fmt.Errorf("instantiate posthog.wasm: %w", err)
	}
	return i, nil
}

// sandbox is what an instance sees of the world. wazero's own clock and randomness repeat from run to run. The module
// takes neither for meaning, but the Go runtime in it seeds its hash tables from the one and paces its collector by
// the other.
func (m *Module) sandbox() wazero.ModuleConfig {
	config := wazero.NewModuleConfig().
		WithName("").
		WithStartFunctions("_initialize").
		WithRandSource(rand.Reader).
		WithSysWalltime().
		WithSysNanotime()
	if m.options.Output != nil {
		config = config.WithStdout(m.options.Output).WithStderr(m.options.Output)
	}
	return config
}

// Close closes every instance and forgets the compiled code.
func (m *Module) Close(ctx context.Context) error {
	var err error
	if m.runtime != nil {
		err = m.runtime.Close(ctx)
	}
	if m.cache != nil {
		if cacheErr := m.cache.Close(ctx); err == nil {
			err = cacheErr
		}
	}
	return err
}
