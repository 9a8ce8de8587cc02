package standin

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// reopenRetry spaces the attempts of a timed reopening that finds its port taken by a stranger.
const reopenRetry = 50 * time.Millisecond

// connKey is the context key of the connection a request came in on.
type connKey struct{}

// gate is the main listener with a door. While the door is shut the port has no listener, so the kernel itself refuses
// connects, and the connections that were open are gone, as after the death of a server process.
type gate struct {
	server *http.Server
	addr   string

	// mu guards everything below: the listener (nil while refusing), the open connections, the timer that reopens.
	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]struct{}
	timer    *time.Timer
	closed   bool

	serving sync.WaitGroup
}

func newGate(server *http.Server, listener net.Listener) *gate {
	g := &gate{
		server: server,
		addr:   listener.Addr().String(),
		conns:  make(map[net.Conn]struct{}),
	}
	server.ConnState = g.track
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.serve(listener)
	return g
}

// serve starts to accept on listener. The caller holds mu.
func (g *gate) serve(listener net.Listener) {
	g.listener = listener
	g.serving.Go(func() { _ = g.server.Serve(listener) })
}

// track keeps the set of open connections. A hijacked connection belongs to its handler, which breaks it itself.
func (g *gate) track(c net.Conn, state http.ConnState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch state {
	case http.StateNew:
		if g.listener == nil {
			// Accepted in the instant before the door shut.
			_ = c.Close()
			return
		}
		g.conns[c] = struct{}{}
	case http.StateClosed, http.StateHijacked:
		delete(g.conns, c)
	}
}

// refuse shuts the door for a while, or until admit when the while is 0. The connection that carried the order, if it
// came through this very door, is spared so that it can be answered.
func (g *gate) refuse(order net.Conn, while time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return
	}
	g.stopTimer()
	if g.listener != nil {
		_ = g.listener.Close()
		g.listener = nil
	}
	for c := range g.conns {
		if c != order {
			_ = c.Close()
		}
	}
	if while > 0 {
		g.admitAfter(while)
	}
}

// admit opens the door again, on the same port.
func (g *gate) admit() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stopTimer()
	return g.reopen()
}

// admitAfter arms the timer. The caller holds mu.
func (g *gate) admitAfter(while time.Duration) {
	var timer *time.Timer
	timer = time.AfterFunc(while, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.timer != timer {
			return // a later order replaced this one
		}
		g.timer = nil
		if g.reopen() != nil {
			g.admitAfter(reopenRetry)
		}
	})
	g.timer = timer
}

// reopen listens on the old address. The caller holds mu.
func (g *gate) reopen() error {
	if g.closed || g.listener != nil {
		return nil
	}
	listener, err := net.Listen("tcp", g.addr)
	if err != nil {
		return err
	}
	g.serve(listener)
	return nil
}

// stopTimer forgets a pending reopening. The caller holds mu.
func (g *gate) stopTimer() {
	if g.timer != nil {
		g.timer.Stop()
		g.timer = nil
	}
}

// refusing reports whether the door is shut.
func (g *gate) refusing() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.listener == nil
}

// close ends the gate for good.
func (g *gate) close() error {
	g.mu.Lock()
	g.closed = true
	g.stopTimer()
	g.listener = nil
	g.mu.Unlock()
	// Outside the lock: closing a connection reports back through track.
	err := g.server.Close()
	g.serving.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil // a refusal closed the listener already
	}
	return err
}
