package driver

import (
	"context"
	"net"
	"sync"
)

// connections are those of one transport, the ones under way included. http.Transport closes only what is idle when it
// is asked to, and lets a dial that nobody waits for any more run to its end; the last client leaves neither behind.
type connections struct {
	dialer *net.Dialer
	// ended is done when close was called.
	ended context.Context
	end   context.CancelFunc

	mu   sync.Mutex
	open map[*connection]struct{} // nil once closed
}

func newConnections(dialer *net.Dialer) *connections {
	c := &connections{dialer: dialer, open: map[*connection]struct{}{}}
	c.ended, c.end = context.WithCancel(context.Background())
	return c
}

// dial connects, unless ctx or the transport ends first.
func (c *connections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ended, cancel)()
	conn, err := c.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		conn.Close()
		return nil, net.ErrClosed
	}
	tracked := &connection{Conn: conn, all: c}
	c.open[tracked] = struct{}{}
	return tracked, nil
}

// close ends every connection, and every dial.
func (c *connections) close() {
	c.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		conn.Conn.Close()
	}
	c.open = nil
}

// connection is an open connection that its transport knows of.
type connection struct {
	net.Conn
	all *connections
}

// Close closes the connection and forgets it.
func (c *connection) Close() error {
	c.all.mu.Lock()
	delete(c.all.open, c)
	c.all.mu.Unlock()
	return c.Conn.Close()
}
