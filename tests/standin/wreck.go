package standin

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// perform carries out the script for a decided exchange: it settles what counts as received, waits, and answers or
// breaks the connection.
func (s *Server) perform(w http.ResponseWriter, x *exchange, e *entry) {
	step, cleared := s.faults.take(x.route, x.token)
	answer := step.rewrite(x)
	if step.accepts(x, answer) {
		s.journal.accept(x.events)
	}
	if step.DelayMS > 0 && !wait(x.http, time.Duration(step.DelayMS)*time.Millisecond) {
		s.journal.finish(e, reply{}, "delay")
		return
	}
	switch step.Action {
	case ActionAnswer:
		s.journal.finish(e, answer, step.name())
		answer.write(w)
	case ActionHang:
		s.journal.finish(e, reply{}, step.name())
		hang(x.http, cleared)
	case ActionResetBody:
		s.journal.finish(e, answer, step.name())
		breakBody(w, answer)
	case ActionRefuse:
		s.journal.finish(e, reply{}, step.name())
		s.gate.refuse(connection(x.http), time.Duration(step.ForMS)*time.Millisecond)
		reset(w)
	case ActionReset, ActionResetAfter:
		s.journal.finish(e, reply{}, step.name())
		reset(w)
	}
}

// name is how the journal calls the step.
func (s Step) name() string {
	switch {
	case s.Action != ActionAnswer:
		return string(s.Action)
	case s.Status != 0:
		return "status"
	case s.Body != nil || len(s.Headers) > 0:
		return "answer"
	case s.DelayMS > 0:
		return "delay"
	}
	return ""
}

// rewrite puts the step's status, headers and body in place of the decided ones.
func (s Step) rewrite(x *exchange) reply {
	answer := x.reply
	if s.Status != 0 && s.Status != answer.status {
		answer = s.scripted(x)
	}
	if s.Body != nil {
		answer.body = []byte(*s.Body)
	}
	header := answer.header.Clone()
	for name, value := range s.Headers {
		header.Set(name, value)
	}
	answer.header = header
	return answer
}

// scripted is the service's own body for a status that was not its own decision.
func (s Step) scripted(x *exchange) reply {
	switch {
	case s.Status == http.StatusNoContent || s.Status == http.StatusNotModified:
		return reply{status: s.Status, header: x.reply.header}
	case s.Status < http.StatusBadRequest:
		answer := x.reply
		answer.status = s.Status
		return answer
	case x.route.endpoint == analyticsEndpoint:
		return analyticsError(s.Status, "scripted", http.StatusText(s.Status))
	default:
		return serviceError(s.Status, "scripted", http.StatusText(s.Status))
	}
}

// accepts says whether the events of the exchange count as received.
func (s Step) accepts(x *exchange, answer reply) bool {
	if s.Accept != nil {
		return *s.Accept
	}
	switch s.Action {
	case ActionHang, ActionReset, ActionRefuse:
		return false
	case ActionResetAfter:
		return x.reply.accepts()
	default:
		return answer.accepts()
	}
}

// wait pauses, and reports false if the client went away or the server closed meanwhile.
func wait(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// hang holds the connection, then ends it without an answer.
func hang(r *http.Request, cleared <-chan struct{}) {
	select {
	case <-cleared:
	case <-r.Context().Done():
	}
	panic(http.ErrAbortHandler)
}

// reset breaks the connection with a RST instead of closing it.
func reset(w http.ResponseWriter) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	lingerless(c)
}

// breakBody announces a body, sends half of it and resets. There is always a byte missing, also of an empty body.
func breakBody(w http.ResponseWriter, answer reply) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", answer.status, http.StatusText(answer.status))
	header := answer.header.Clone()
	header.Set("Content-Length", strconv.Itoa(max(len(answer.body), 1)))
	_ = header.Write(&head)
	head.WriteString("\r\n")
	head.Write(answer.body[:len(answer.body)/2])
	_, _ = c.Write(head.Bytes())
	lingerless(c)
}

// lingerless closes a connection so that the kernel sends RST and drops what it has not sent.
func lingerless(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
