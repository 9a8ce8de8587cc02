package standin

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// DefaultSecretKey is the key definitions and remote config ask for when Options name none.
const DefaultSecretKey = "phs_standin"

// headerTimeout closes connections that never finish their headers; no real client is that slow on loopback.
const headerTimeout = 30 * time.Second

//go:embed demo/definitions.json
var demoDefinitions []byte

// Options configure a stand-in. The zero value listens on two free loopback ports and serves the demo definitions.
type Options struct {
	Addr        string // main listener, "127.0.0.1:0" if empty
	ControlAddr string // second listener, "127.0.0.1:0" if empty
	SecretKey   string // DefaultSecretKey if empty
	Definitions []byte // a definitions document, the demo document if nil
	MaxEvents   int    // events kept, DefaultMaxEvents if 0
	MaxRequests int    // requests kept, DefaultMaxRequests if 0
}

// Server is a running stand-in. Its methods may be called from any goroutine.
type Server struct {
	URL        string // base of the PostHog endpoints; also serves the control API and the page
	ControlURL string // base of the control API and the page, reachable while URL refuses connections

	secretKey string
	journal   *journal
	documents *documents
	faults    *plan
	hub       *hub
	gate      *gate
	control   *http.Server
	cancel    context.CancelFunc
	serving   sync.WaitGroup
}

// Start listens and serves until Close.
func Start(options Options) (*Server, error) {
	definitions := options.Definitions
	if definitions == nil {
		definitions = demoDefinitions
	}
	documents, err := newDocuments(definitions)
	if err != nil {
		return nil, fmt.Errorf("definitions: %w", err)
	}
	hub := newHub()
	server := &Server{
		secretKey: cmp.Or(options.SecretKey, DefaultSecretKey),
		journal:   newJournal(options.MaxEvents, options.MaxRequests, hub),
		documents: documents,
		faults:    newPlan(),
		hub:       hub,
	}
	if err := server.listen(options); err != nil {
		return nil, err
	}
	return server, nil
}

// listen opens both listeners and starts to serve them.
func (s *Server) listen(options Options) error {
	main, err := net.Listen("tcp", cmp.Or(options.Addr, "127.0.0.1:0"))
	if err != nil {
		return err
	}
	control, err := net.Listen("tcp", cmp.Or(options.ControlAddr, "127.0.0.1:0"))
	if err != nil {
		return errors.Join(err, main.Close())
	}
	s.URL = baseURL(main.Addr())
	s.ControlURL = baseURL(control.Addr())

	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	operator := s.operatorHandler()
	base := func(net.Listener) context.Context { return ctx }
	s.gate = newGate(&http.Server{
		Handler:           s.mainHandler(operator),
		BaseContext:       base,
		ReadHeaderTimeout: headerTimeout,
	}, main)
	s.control = &http.Server{Handler: operator, BaseContext: base, ReadHeaderTimeout: headerTimeout}
	s.serving.Go(func() { _ = s.control.Serve(control) })
	return nil
}

// baseURL is where this machine reaches a listener, also one that listens on every address.
func baseURL(addr net.Addr) string {
	host := addr.String()
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		host = net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return "http://" + host
}

// Close stops both listeners, breaks every connection and ends every hanging request. A closed server stays closed.
func (s *Server) Close() error {
	s.cancel()
	gateErr := s.gate.close()
	controlErr := s.control.Close()
	s.serving.Wait()
	return errors.Join(gateErr, controlErr)
}

// mainHandler routes the operator's own paths to operator and everything else to the PostHog endpoints.
func (s *Server) mainHandler(operator http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isOperatorPath(r.URL.Path) {
			operator.ServeHTTP(w, r)
			return
		}
		s.serve(w, r)
	})
}
