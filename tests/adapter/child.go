package adapter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// maxLine bounds a reply.
const maxLine = 64 << 20

// Child is a host in a process of its own. A line to it is
//
//	<number> <client> <action> <JSON>
//
// and for each it writes, in any order, one of
//
//	<number> ok <JSON>
//	<number> error <text>
//
// Clients are words without a space. The child does as many things at once as it is told, and ends with its standard
// input.
type Child struct {
	command *exec.Cmd
	stdin   io.WriteCloser
	mu      sync.Mutex
	// last is the youngest number; waiting has a place for the answer to each that is under way.
	last    int
	waiting map[int]chan answer
	// ended is closed when the child writes no more.
	ended chan struct{}
}

type answer struct {
	reply []byte
	err   error
}

// Start starts a child. What it writes to its standard error goes to ours.
func Start(command, env []string) (*Child, error) {
	c := &Child{command: exec.Command(command[0], command[1:]...), waiting: map[int]chan answer{}, ended: make(chan struct{})}
	c.command.Env = append(os.Environ(), env...)
	c.command.Stderr = os.Stderr
	var err error
	if c.stdin, err = c.command.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := c.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	go c.read(stdout)
	return c, nil
}

func (c *Child) read(stdout io.Reader) {
	defer close(c.ended)
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var number int
		var kind string
		if _, err := fmt.Sscan(lines.Text(), &number, &kind); err != nil {
			fmt.Fprintf(os.Stderr, "%s wrote %q\n", c.command.Path, lines.Text())
			continue
		}
		rest := strings.SplitN(lines.Text(), " ", 3)[2]
		c.mu.Lock()
		place := c.waiting[number]
		delete(c.waiting, number)
		c.mu.Unlock()
		if place == nil {
			fmt.Fprintf(os.Stderr, "%s answered %q, which nobody asked\n", c.command.Path, lines.Text())
			continue
		}
		if kind == "ok" {
			place <- answer{reply: []byte(rest)}
		} else {
			place <- answer{err: errors.New(rest)}
		}
	}
}

func (c *Child) Do(ctx context.Context, client, action string, in []byte) ([]byte, error) {
	place := make(chan answer, 1)
	c.mu.Lock()
	c.last++
	c.waiting[c.last] = place
	_, err := fmt.Fprintf(c.stdin, "%d %s %s %s\n", c.last, client, action, in)
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case a := <-place:
		return a.reply, a.err
	case <-c.ended:
		return nil, fmt.Errorf("%s has ended", c.command.Path)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close ends the child.
func (c *Child) Close() error {
	closing := c.stdin.Close()
	<-c.ended
	return errors.Join(closing, c.command.Wait())
}
