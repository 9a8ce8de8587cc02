package delivery

import (
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/libposthog/libposthog/tests/delivery/sink"
	"github.com/libposthog/libposthog/tests/standin"
)

// failure is a way in which a server can fail to take events.
type failure struct {
	name string
	// start returns a server that fails like this for good.
	start func(t *testing.T) target
	// accepts says that the server takes the events before it fails.
	accepts bool
	// pad is how many bytes longer than usual each event is to be.
	pad int
}

// target is a server that fails.
type target struct {
	url string
	// attempts counts the batches it was sent; nil where no server can know.
	attempts func() int64
	// standin is the server, where it is one.
	standin *standin.Server
}

var failures = []failure{
	{name: "refuses", start: refusing},
	{name: "cannot be reached", start: absent(sink.Unreachable)},
	{name: "accepts and never answers", start: scripted(standin.Step{Action: standin.ActionHang})},
	{name: "resets before answering", start: scripted(standin.Step{Action: standin.ActionReset})},
	// Events so long that a batch fills every buffer on the way: the reset comes while the rest is being written.
	{name: "resets in the middle of the request", start: connections(resetMidRequest), pad: 100_000},
	{name: "resets in the middle of its answer", start: scripted(standin.Step{Action: standin.ActionResetBody}), accepts: true},
	{name: "stalls in the middle of its answer", start: connections(stallMidAnswer)},
	{name: "resets after it accepted", start: scripted(standin.Step{Action: standin.ActionResetAfter}), accepts: true},
	{name: "answers 503", start: scripted(standin.Step{Status: 503})},
	{name: "answers 503 with Retry-After", start: scripted(standin.Step{Status: 503, Headers: map[string]string{"Retry-After": "1"}})},
}

// scripted is a stand-in that takes one step with every batch.
func scripted(step standin.Step) func(*testing.T) target {
	return func(t *testing.T) target {
		server := startStandin(t)
		fault(t, server, standin.Fault{Repeat: true, Sequence: []standin.Step{step}})
		return target{server.URL, func() int64 { return int64(len(batches(server))) }, server}
	}
}

// fault scripts what the stand-in does with batches.
func fault(t *testing.T, server *standin.Server, f standin.Fault) {
	t.Helper()
	f.Path = "/batch/"
	if err := server.AddFault(f); err != nil {
		t.Fatal(err)
	}
}

func batches(server *standin.Server) []standin.Request {
	return server.Requests(standin.Filter{Path: "/batch/"})
}

// refusing is a port that nobody listens on.
func refusing(t *testing.T) target {
	server := startStandin(t)
	server.Refuse(0)
	return target{url: server.URL}
}

// absent is a server that shows no sign of life.
func absent(start func() (string, func(), error)) func(*testing.T) target {
	return func(t *testing.T) target {
		url, closeIt, err := start()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(closeIt)
		return target{url: url}
	}
}

// connections is a server that treats every connection alike. None serves a second request, so that connections are
// attempts.
func connections(treat func(*net.TCPConn)) func(*testing.T) target {
	return func(t *testing.T) target {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		var accepted atomic.Int64
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				accepted.Add(1)
				go treat(conn.(*net.TCPConn))
			}
		}()
		return target{url: "http://" + listener.Addr().String(), attempts: accepted.Load}
	}
}

// resetMidRequest reads the head of a request and a little of its body.
func resetMidRequest(conn *net.TCPConn) {
	_, _ = io.ReadFull(conn, make([]byte, 64<<10))
	_ = conn.SetLinger(0)
	_ = conn.Close()
}

// stallMidAnswer begins an answer and waits for the client to give up.
func stallMidAnswer(conn *net.TCPConn) {
	_, _ = conn.Read(make([]byte, 512))
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"stat")
	_, _ = io.Copy(io.Discard, conn)
	_ = conn.Close()
}
