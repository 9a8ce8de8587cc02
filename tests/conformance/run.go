package conformance

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Run runs every case on a host. capabilities are what the host has of the things cases may need.
func Run(host Host, capabilities []string, corpus *Corpus) []Result {
	var results []Result
	for _, c := range corpus.Cases {
		result := Result{ID: c.ID, Group: c.Group, Status: Passed}
		if lacking := c.lacks(capabilities); lacking != "" {
			result.Status, result.Message = Skipped, lacking
		} else {
			var err error
			if result.Digests, err = RunCase(host, c); err != nil {
				result.Status, result.Message = Failed, err.Error()
			}
		}
		results = append(results, result)
	}
	return results
}

func (c *Case) lacks(capabilities []string) string {
	for _, need := range c.AllNeeds() {
		if !slices.Contains(capabilities, need) {
			return need
		}
	}
	return ""
}

// RunCase runs one case and says what went other than scripted. A panic of the client is a failure of the case, so
// that the others still run.
func RunCase(host Host, c *Case) (did Digests, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v", reason)
		}
	}()
	client, err := host.Open(c.OpenInput(), c.T0Ms)
	if err != nil {
		return Digests{}, fmt.Errorf("open: %w", err)
	}
	r := run{client: client, tickets: map[int]Value{}, digest: newDigest()}
	_, r.hasHook = c.Open.Get("before_send")
	for i := range c.Steps {
		step := &c.Steps[i]
		if err := r.step(i, step); err != nil {
			return Digests{}, fmt.Errorf("step %d (%s): %w", i, step.name(), err)
		}
	}
	// What is left of the client must not keep memory of a host that serves all cases. The case is over, so the answer
	// no longer matters.
	_, err = client.Call("shutdown", []byte(`{"timeout_ms":0}`), c.Steps[len(c.Steps)-1].AtMs)
	return r.digest.sums(), err
}

func (s *Step) name() string {
	switch {
	case s.HTTP != nil:
		return "http"
	case s.Done != nil:
		return fmt.Sprintf("done of step %d", *s.Done)
	case s.Idle:
		return "idle"
	}
	return s.Op
}

// run is a case under way.
type run struct {
	client Client
	// tickets are those of the steps that answered PENDING.
	tickets map[int]Value
	digest  digest
	// hasHook says that the client was opened with before_send.
	hasHook bool
}

func (r *run) step(i int, s *Step) error {
	switch {
	case s.HTTP != nil:
		return r.exchange(s)
	case s.Done != nil:
		return r.done(s)
	case s.Idle:
		reply, _, err := r.poll(s.AtMs)
		if err := unless(err, reply, "wake_ms"); err != nil || s.WakeMs == nil {
			return err
		}
		return match("wake_ms", *s.WakeMs, reply.member("wake_ms"))
	}
	return r.operation(i, s)
}

func (r *run) operation(i int, s *Step) error {
	if client, ok := r.client.(FlagValuer); ok && s.Op == "get_flag" && s.In != nil {
		if answered, err := r.askValue(client, s); answered || err != nil {
			return err
		}
	}
	call := r.client.Call
	if s.Raw != nil {
		call = r.client.CallRaw
	}
	reply, err := call(s.Op, s.Input(), s.AtMs)
	if err != nil {
		return err
	}
	got, err := r.take(s.Op, reply)
	if err != nil {
		return err
	}
	if reply.Status != s.Status {
		return fmt.Errorf("got status %d, want %d: %s", reply.Status, s.Status, short(got))
	}
	if reply.Status == 1 {
		ticket, found := got.Get("ticket")
		if !found {
			return fmt.Errorf("no ticket in %s", short(got))
		}
		r.tickets[i] = ticket
	}
	if s.Expect == nil {
		return nil
	}
	return Match(*s.Expect, got)
}

func (r *run) done(s *Step) error {
	reply, _, err := r.poll(s.AtMs)
	if err := unless(err, reply, "done"); err != nil {
		return err
	}
	done, _ := reply.Get("done")
	if err := Match(r.tickets[*s.Done], done.member("ticket")); err != nil {
		return fmt.Errorf("ticket: %w", err)
	}
	if err := Match(Int(int64(s.Status)), done.member("status")); err != nil {
		return fmt.Errorf("status: %w in %s", err, short(done))
	}
	if s.Expect == nil {
		return nil
	}
	return Match(*s.Expect, done.member("reply"))
}

func (r *run) exchange(s *Step) error {
	reply, body, err := r.poll(s.AtMs)
	if err := unless(err, reply, "request"); err != nil {
		return err
	}
	request, _ := reply.Get("request")
	if err := s.HTTP.Expect.match(request, body); err != nil {
		return err
	}
	in := s.HTTP.Reply.complete(request.member("id"))
	answer, err := r.client.Call("complete", in.Encode(), s.AtMs)
	if err == nil && answer.Status != 0 {
		err = fmt.Errorf("complete answers status %d: %s", answer.Status, answer.JSON)
	}
	return err
}

// poll asks what is next and returns exactly one of done, request and wake_ms.
func (r *run) poll(atMs int64) (reply Value, body []byte, err error) {
	answer, err := r.client.Call("poll", []byte("{}"), atMs)
	if err != nil {
		return Value{}, nil, err
	}
	if reply, err = r.take("poll", answer); err != nil {
		return Value{}, nil, err
	}
	if answer.Status != 0 {
		return Value{}, nil, fmt.Errorf("poll answers status %d: %s", answer.Status, short(reply))
	}
	return reply, answer.Body, nil
}

// take reads a reply and takes it down for the digests: a request as such, anything else as the text it is.
func (r *run) take(op string, reply Reply) (Value, error) {
	got, err := Parse(reply.JSON)
	if err != nil {
		return Value{}, fmt.Errorf("reply is no JSON: %w", err)
	}
	if request, polled := got.Get("request"); polled && op == "poll" {
		r.digest.request(request, reply.Body)
	} else {
		r.digest.reply(reply)
	}
	return got, nil
}

// unless passes err on, or complains that poll's reply is not of the kind that was wanted.
func unless(err error, reply Value, want string) error {
	if err != nil {
		return err
	}
	if _, found := reply.Get(want); !found || len(reply.Members) != 1 {
		return fmt.Errorf("poll gives %s, want %s", short(reply), want)
	}
	return nil
}

// member is the value of a member, null where there is none.
func (v Value) member(name string) Value {
	value, _ := v.Get(name)
	return value
}

func (want *Request) match(request Value, body []byte) error {
	address := request.member("url").Text
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	if method := request.member("method").Text; want.Method != nil && method != *want.Method {
		return fmt.Errorf("method: got %s, want %s (%s)", method, *want.Method, address)
	}
	if got := u.Scheme + "://" + u.Host; want.Origin != nil && got != *want.Origin {
		return fmt.Errorf("origin: got %s, want %s", got, *want.Origin)
	}
	if want.Path != nil && u.EscapedPath() != *want.Path {
		return fmt.Errorf("path: got %s, want %s", u.EscapedPath(), *want.Path)
	}
	if want.Query != nil {
		if err := matchQuery(want.Query, u); err != nil {
			return err
		}
	}
	for name, value := range want.Headers {
		if got := request.member("headers").member(name); got.Kind != String || got.Text != value {
			return fmt.Errorf("header %s: got %s, want %q", name, got, value)
		}
	}
	if want.Body == nil {
		return nil
	}
	got, err := Parse(body)
	if err != nil {
		return fmt.Errorf("body is no JSON: %w", err)
	}
	return match("body", *want.Body, got)
}

// matchQuery compares all parameters; a bare name has an empty value.
func matchQuery(want map[string]string, u *url.URL) error {
	got, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return err
	}
	for name, values := range got {
		if value, found := want[name]; !found || len(values) != 1 || values[0] != value {
			return fmt.Errorf("query: got %s=%s, want %q", name, strings.Join(values, ","), want)
		}
	}
	for name := range want {
		if _, found := got[name]; !found {
			return fmt.Errorf("query: %s is missing in %s", name, u.RawQuery)
		}
	}
	return nil
}

// complete is the input of complete that tells the client of its response.
func (reply *Response) complete(id Value) Value {
	in := Value{Kind: Object}.With(Member{"id", id})
	if reply.Error != "" {
		return in.With(Member{"error", Text(reply.Error)})
	}
	headers := Value{Kind: Object}
	for name, value := range reply.Headers {
		headers = headers.With(Member{name, Text(value)})
	}
	body := ""
	if reply.Body != nil && reply.Body.Kind == String {
		body = reply.Body.Text
	} else if reply.Body != nil {
		body = reply.Body.String()
	}
	return in.With(Member{"status", Int(int64(reply.Status))}, Member{"headers", headers}, Member{"body", Text(body)})
}
