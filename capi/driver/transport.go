package driver

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// route is how requests leave the process. Clients with equal routes share a transport, and with it connections.
type route struct {
	proxy, noProxy string
	// ca is the text of the option ca_file, not its name: a changed file is another route.
	ca string
}

// transport is an HTTP transport and the number of clients that use it.
type transport struct {
	*http.Transport
	crowd
	connections *connections
	route       route
	users       int
	// trust puts the certificates of ca_file beside the system's.
	trust sync.Once
}

// transports are those in use.
var transports = struct {
	sync.Mutex
	byRoute map[route]*transport
}{byRoute: map[route]*transport{}}

// acquireTransport returns the transport for a route and counts the caller in. caFile may be empty. The error says
// what is wrong with which option.
func acquireTransport(proxy, noProxy, caFile string) (*transport, error) {
	r := route{proxy: proxy, noProxy: noProxy}
	if caFile != "" {
		ca, err := os.ReadFile(caFile)
		if err != nil {
			return nil, errors.New("ca_file cannot be read: " + reason(err))
		}
		r.ca = string(ca)
	}
	transports.Lock()
	defer transports.Unlock()
	t := transports.byRoute[r]
	if t == nil {
		made, err := newTransport(r)
		if err != nil {
			return nil, err
		}
		t = made
		transports.byRoute[r] = t
	}
	t.users++
	return t, nil
}

// release counts a client out. The last one closes the connections.
func (t *transport) release() {
	transports.Lock()
	defer transports.Unlock()
	if t.users--; t.users > 0 {
		return
	}
	delete(transports.byRoute, t.route)
	t.connections.close()
	t.CloseIdleConnections()
}

func newTransport(r route) (*transport, error) {
	proxy, err := proxyFunc(r.proxy, r.noProxy)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if r.ca != "" && !holdsCertificate([]byte(r.ca)) {
		return nil, errors.New("ca_file holds no certificate in PEM form")
	}
	connections := newConnections(&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second})
	return &transport{route: r, connections: connections, Transport: &http.Transport{
		Proxy:               proxy,
		DialContext:         connections.dial,
		TLSClientConfig:     config,
		TLSHandshakeTimeout: 10 * time.Second,
		ForceAttemptHTTP2:   true, // a custom TLSClientConfig turns it off otherwise
		MaxIdleConns:        256,
		MaxIdleConnsPerHost: crowdSize,
		IdleConnTimeout:     90 * time.Second,
		// exchange asks for gzip and undoes it itself, with the faster decoder.
		DisableCompression: true,
	}}, nil
}

// RoundTrip performs a request. The certificates of ca_file are read before the first that may meet one: a bundle holds
// some hundred and takes 10 ms, which open would have to wait for.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if t.route.ca != "" && (request.URL.Scheme == "https" || t.route.proxy != "") {
		t.trust.Do(func() {
			roots, err := x509.SystemCertPool()
			if err != nil {
				roots = x509.NewCertPool() // a system without roots still has those of ca_file
			}
			roots.AppendCertsFromPEM([]byte(t.route.ca))
			t.TLSClientConfig.RootCAs = roots
		})
	}
	return t.Transport.RoundTrip(request)
}

// holdsCertificate tells whether a text in PEM form has one certificate that can be read.
func holdsCertificate(text []byte) bool {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return false
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		if _, err := x509.ParseCertificate(block.Bytes); err == nil {
			return true
		}
	}
}

// reason is an error of the file system without the path, which a reply must not quote.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return "unknown reason"
}
