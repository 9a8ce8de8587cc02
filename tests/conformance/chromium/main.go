// Chromium runs the conformance cases against build/posthog.wasm in a headless browser: a page loads the wasm engine of
// the Node binding and the runner of its tests, and posts the report back.
//
//	chromium CASES OUT.json
package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/libposthog/libposthog/tests/conformance"
)

//go:embed page.html page.mjs
var page embed.FS

// patience covers the start of a browser on a busy machine and the run of the cases.
const patience = 5 * time.Minute

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: chromium CASES OUT.json")
		os.Exit(2)
	}
	report, err := run(os.Args[1])
	if err == nil {
		err = report.Write(os.Args[2])
	}
	if err != nil {
		fmt.Println("chromium:", err)
		os.Exit(2)
	}
	os.Exit(report.Tell(os.Stdout))
}

// run serves everything the page needs, opens it, and waits for its report.
func run(cases string) (*conformance.Report, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	reports := make(chan []byte, 1)
	server := &http.Server{Handler: routes(cases, reports)}
	go server.Serve(listener)
	defer server.Close()

	closeBrowser, err := browse(fmt.Sprintf("http://%s/page.html", listener.Addr()))
	if err != nil {
		return nil, err
	}
	defer closeBrowser()
	select {
	case text := <-reports:
		report := &conformance.Report{}
		if err := json.Unmarshal(text, report); err != nil {
			return nil, fmt.Errorf("the page failed: %s", text)
		}
		return report, nil
	case <-time.After(patience):
		return nil, fmt.Errorf("no report after %s", patience)
	}
}

// routes serves the page and what it runs; what it posts goes to reports.
func routes(cases string, reports chan<- []byte) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(page))
	for path, folder := range map[string]string{
		"/src/": "bindings/node/src", "/test/": "bindings/node/test", "/cases/": cases,
	} {
		mux.Handle(path, http.StripPrefix(path, http.FileServer(http.Dir(folder))))
	}
	mux.HandleFunc("/posthog.wasm", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, "build/posthog.wasm")
	})
	mux.HandleFunc("POST /report", func(w http.ResponseWriter, r *http.Request) {
		if text, err := io.ReadAll(r.Body); err == nil {
			reports <- text
		}
	})
	return mux
}
