package standin

import (
	"embed"
	"io/fs"
	"net/http"
)

// pagePrefix is where the page's script and style live.
const pagePrefix = "/_page/"

// pagePolicy keeps the page to what is embedded: names from the network are shown, and nothing of them can run.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

//go:embed page
var pageFiles embed.FS

// pageHandler serves page/index.html at its root, and the files beside it.
func pageHandler() http.Handler {
	files, err := fs.Sub(pageFiles, "page")
	if err != nil {
		panic("standin: page: " + err.Error()) // the folder is embedded or the package does not compile
	}
	server := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", pagePolicy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		server.ServeHTTP(w, r)
	})
}
