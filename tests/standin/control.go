package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxControlBody bounds what the operator may put in; a definitions document may be larger than any event.
const maxControlBody = 64 << 20

// isOperatorPath tells the operator's paths from the service's. They live at the root alone, under no prefix.
func isOperatorPath(path string) bool {
	return path == "/" || strings.HasPrefix(path, "/_control/") || strings.HasPrefix(path, pagePrefix)
}

// operatorHandler serves the control API and the page, on both listeners.
func (s *Server) operatorHandler() http.Handler {
	mux := http.NewServeMux()
	s.routeReads(mux)
	s.routeOrders(mux)
	mux.Handle("GET /_control/stream", s.hub)
	mux.HandleFunc("/_control/", func(w http.ResponseWriter, r *http.Request) {
		writeError(w, http.StatusNotFound, fmt.Errorf("no %s %s here", r.Method, r.URL.Path))
	})
	page := pageHandler()
	mux.Handle("GET /{$}", page)
	mux.Handle("GET "+pagePrefix, http.StripPrefix(strings.TrimSuffix(pagePrefix, "/"), page))
	return mux
}

// routeReads adds what answers and changes nothing.
func (s *Server) routeReads(mux *http.ServeMux) {
	read := func(path string, list func(Filter) any) {
		mux.HandleFunc("GET /_control/"+path, func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			writeJSON(w, list(Filter{Token: q.Get("token"), Lib: q.Get("lib"), Event: q.Get("event"), Path: q.Get("path")}))
		})
	}
	read("events", func(f Filter) any { return s.Events(f) })
	read("requests", func(f Filter) any { return s.Requests(f) })
	read("summary", func(f Filter) any { return s.Summary(f.Token) })
	read("overview", func(Filter) any { return s.Overview() })
	read("faults", func(Filter) any { return s.Faults() })
	mux.HandleFunc("GET /_control/definitions", func(w http.ResponseWriter, _ *http.Request) {
		document, etag := s.Definitions()
		w.Header().Set("ETag", etag)
		jsonReply(http.StatusOK, document).write(w)
	})
}

// routeOrders adds what changes something. An order answers {"ok":true}, or 400 and what was wrong with it.
func (s *Server) routeOrders(mux *http.ServeMux) {
	order := func(pattern string, carryOut func(r *http.Request, body []byte) error) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /_control/"+path, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControlBody))
			if err == nil {
				err = carryOut(r, body)
			}
			if err != nil {
				writeError(w, http.StatusBadRequest, err)
				return
			}
			writeJSON(w, map[string]bool{"ok": true})
		})
	}
	order("POST reset", func(*http.Request, []byte) error { return s.Reset() })
	order("PUT definitions", func(_ *http.Request, body []byte) error { return s.SetDefinitions(body) })
	order("PUT remote_flags", func(_ *http.Request, body []byte) error { return s.SetRemoteFlags(body) })
	order("DELETE remote_flags", func(*http.Request, []byte) error { return s.SetRemoteFlags(nil) })
	order("PUT remote_config/{key}", func(r *http.Request, body []byte) error {
		return s.SetRemoteConfig(r.PathValue("key"), body)
	})
	order("DELETE remote_config/{key}", func(r *http.Request, _ []byte) error {
		return s.SetRemoteConfig(r.PathValue("key"), nil)
	})
	order("POST faults", func(_ *http.Request, body []byte) error {
		var fault Fault
		if err := strict(body, &fault); err != nil {
			return err
		}
		return s.AddFault(fault)
	})
	order("DELETE faults", func(*http.Request, []byte) error { return s.ClearFaults() })
	mux.HandleFunc("POST /_control/flags/{key}", s.editFlag)
	mux.HandleFunc("POST /_control/refuse", s.refuse)
}

// editFlag changes one flag and answers with the flag as it is now.
func (s *Server) editFlag(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControlBody))
	var change FlagEdit
	if err == nil {
		err = strict(body, &change)
	}
	var flag []byte
	if err == nil {
		flag, err = s.EditFlag(r.PathValue("key"), change)
	}
	switch {
	case errors.Is(err, errNoFlag):
		writeError(w, http.StatusNotFound, err)
	case err != nil:
		writeError(w, http.StatusBadRequest, err)
	default:
		jsonReply(http.StatusOK, flag).write(w)
	}
}

// refuse shuts or opens the main listener. An order that came through the main listener is still answered there.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request) {
	var order struct {
		Refuse *bool `json:"refuse"`
		ForMS  int   `json:"for_ms"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControlBody))
	if err == nil {
		err = strict(body, &order)
	}
	switch {
	case err != nil:
	case order.Refuse == nil:
		err = errors.New("refuse is neither true nor false")
	case order.ForMS < 0:
		err = errors.New("for_ms is negative")
	case *order.Refuse:
		w.Header().Set("Connection", "close")
		s.gate.refuse(connection(r), time.Duration(order.ForMS)*time.Millisecond)
	default:
		err = s.Admit()
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	writeJSON(w, map[string]bool{"refusing": s.Refusing()})
}

// strict decodes an order and rejects members nobody reads: a typo must not become a fault that never happens.
func strict(body []byte, order any) error {
	if !json.Valid(body) {
		return errors.New("body is not JSON")
	}
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.DisallowUnknownFields()
	return decoder.Decode(order)
}

func writeJSON(w http.ResponseWriter, value any) {
	jsonReply(http.StatusOK, encodeJSON(value)).with("Cache-Control", "no-store").write(w)
}

func writeError(w http.ResponseWriter, status int, err error) {
	jsonReply(status, encodeJSON(map[string]string{"error": err.Error()})).write(w)
}
