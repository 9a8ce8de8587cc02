package standin

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFaults_areTakenInOrderAndThenOver(t *testing.T) {
	server := start(t, Options{})
	control(t, server, "POST", "faults", `{"path":"/batch/","repeat":false,"sequence":[
		{"status":503,"headers":{"retry-after":"1"},"body":"busy"},
		{"status":429},
		{"status":200,"body":"{\"status\":1,\"quota_limited\":[\"events\"]}","accept":false}]}`, 200)
	want := []struct {
		status   int
		body     string
		accepted int64 // in all
		fault    string
	}{
		{503, `busy`, 0, "status"},
		{429, `{"attr":null,"code":"scripted","detail":"Too Many Requests","type":"validation_error"}`, 0, "status"},
		{200, `{"status":1,"quota_limited":["events"]}`, 0, "status"},
		{200, `{"status":1}`, 1, ""},
	}
	for i, w := range want {
		answer := send(t, "POST", server.URL+"/batch/", batch("phc_a", fmt.Sprint(i), "e"), nil)
		if answer.status != w.status || answer.body != w.body {
			t.Errorf("request %d: %d %s, want %d %s", i, answer.status, answer.body, w.status, w.body)
		}
		if i == 0 && answer.header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After is missing: %v", answer.header)
		}
		if events := server.Summary("").Events; events != w.accepted {
			t.Errorf("request %d: %d events accepted, want %d", i, events, w.accepted)
		}
		requests := server.Requests(Filter{})
		if last := requests[len(requests)-1]; last.Status != w.status || last.Fault != w.fault {
			t.Errorf("request %d is recorded as %+v", i, last)
		}
	}
}

func TestFaults_repeatTheLastStepUntilCleared(t *testing.T) {
	server := start(t, Options{})
	control(t, server, "POST", "faults", `{"path":"/batch","repeat":true,"sequence":[{"status":500},{"status":503}]}`, 200)
	post := func() int { return send(t, "POST", server.URL+"/batch/", batch("k", "", "e"), nil).status }
	for i, want := range []int{500, 503, 503, 503} {
		if status := post(); status != want {
			t.Errorf("request %d: %d, want %d", i, status, want)
		}
	}
	control(t, server, "DELETE", "faults", "", 200)
	if status := post(); status != 200 {
		t.Errorf("after clearing: %d", status)
	}
}

func TestFaults_matchPathAndToken(t *testing.T) {
	server := start(t, Options{})
	teapot := []Step{{Status: 418}}
	cases := []struct {
		name, path, token string
		requestPath       string
		matches           bool
	}{
		{"known path", "/batch/", "", "/batch/", true},
		{"known path under a prefix", "/batch/", "", "/ingest/batch/", true},
		{"whole path", "/ingest/batch/", "", "/ingest/batch", true},
		{"whole path, other prefix", "/ingest/batch/", "", "/batch/", false},
		{"AI is not the analytics batch", "/batch/", "", "/i/v0/ai/batch/", false},
		{"every path", "", "", "/i/v0/ai/batch/", true},
		{"token", "/batch/", "phc_a", "/batch/", true},
		{"other token", "/batch/", "phc_b", "/batch/", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := server.ClearFaults(); err != nil {
				t.Fatal(err)
			}
			fault(t, server, Fault{Path: c.path, Token: c.token, Sequence: teapot})
			status := send(t, "POST", server.URL+c.requestPath, batch("phc_a", "", "e"), nil).status
			if matched := status == 418; matched != c.matches {
				t.Errorf("status %d, want a match: %v", status, c.matches)
			}
		})
	}
}

func TestFaults_tellTokensApartOnEveryEndpoint(t *testing.T) {
	server := start(t, Options{})
	fault(t, server, Fault{Token: "phc_b", Repeat: true, Sequence: []Step{{Status: 418}}})
	v1 := []byte(`{"batch":[]}`)
	for _, token := range []string{"phc_a", "phc_b"} {
		question := []byte(`{"token":"` + token + `"}`)
		statuses := []int{
			send(t, "POST", server.URL+"/i/v1/analytics/events", v1, map[string]string{"Authorization": "Bearer " + token}).status,
			send(t, "POST", server.URL+"/flags/?v=2", question, nil).status,
			send(t, "GET", server.URL+"/flags/definitions?token="+token, nil, secret).status,
		}
		for i, status := range statuses {
			if faulted := status == 418; faulted != (token == "phc_b") {
				t.Errorf("%s, request %d: %d", token, i, status)
			}
		}
	}
}

func TestFaults_v1ErrorsHaveTheirOwnShape(t *testing.T) {
	server := start(t, Options{})
	fault(t, server, Fault{Path: "/i/v1/analytics/events", Sequence: []Step{{Status: 503}, {Status: 204}}})
	headers := map[string]string{"Authorization": "Bearer phc_a"}
	answer := send(t, "POST", server.URL+"/i/v1/analytics/events", []byte(`{"batch":[]}`), headers)
	if answer.status != 503 || !strings.Contains(answer.body, `"error_description":"Service Unavailable"`) {
		t.Errorf("answer %d %s", answer.status, answer.body)
	}
	if answer := send(t, "POST", server.URL+"/i/v1/analytics/events", []byte(`{"batch":[]}`), headers); answer.status != 204 || answer.body != "" {
		t.Errorf("answer %d %q, want an empty 204", answer.status, answer.body)
	}
}

func TestFaults_delayKeepsTheAnswerOfTheArrival(t *testing.T) {
	server := start(t, Options{})
	_, before := server.Definitions()
	const delay = 300 * time.Millisecond
	fault(t, server, Fault{Path: "/flags/definitions", Sequence: []Step{{DelayMS: int(delay / time.Millisecond)}}})
	began := time.Now()
	answers := make(chan got, 1)
	go func() {
		answer, _ := try(t, "GET", server.URL+"/flags/definitions?token=t", nil, secret)
		answers <- answer
	}()
	eventually(t, "the request arrives", func() bool { return len(server.Requests(Filter{})) == 1 })
	if err := server.SetDefinitions([]byte(`{"flags":[]}`)); err != nil {
		t.Fatal(err)
	}
	answer := <-answers
	if took := time.Since(began); took < delay {
		t.Errorf("answered after %v, want at least %v", took, delay)
	}
	if etag := answer.header.Get("ETag"); etag != before {
		t.Errorf("ETag %s, want the one of the arrival, %s", etag, before)
	}
}

// dial opens a raw connection and posts one batch on it.
func dial(t *testing.T, server *Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	body := batch("phc_a", "u-1", "e")
	if _, err := fmt.Fprintf(conn, "POST /batch/ HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestFaults_breakTheConnection(t *testing.T) {
	const half = `{"stat` // of {"status":1}
	cases := []struct {
		action   Action
		head     bool // a status line comes first
		accepted int64
		status   int // recorded
	}{
		{ActionReset, false, 0, 0},
		{ActionResetAfter, false, 1, 0},
		{ActionResetBody, true, 1, 200},
		{ActionRefuse, false, 0, 0},
	}
	for _, c := range cases {
		t.Run(string(c.action), func(t *testing.T) {
			server := start(t, Options{})
			fault(t, server, Fault{Path: "/batch/", Sequence: []Step{{Action: c.action}}})
			conn := dial(t, server)
			received, err := io.ReadAll(conn)
			if !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the connection ended with %v, want a reset", err)
			}
			if head := strings.HasPrefix(string(received), "HTTP/1.1 200 OK\r\n"); head != c.head {
				t.Errorf("received %q", received)
			}
			if c.head && (!strings.Contains(string(received), "Content-Length: 12\r\n") || !strings.HasSuffix(string(received), "\r\n\r\n"+half)) {
				t.Errorf("received %q, want half of the announced body", received)
			}
			if events := server.Summary("").Events; events != c.accepted {
				t.Errorf("%d events accepted, want %d", events, c.accepted)
			}
			if r := server.Requests(Filter{})[0]; r.Status != c.status || r.Fault != string(c.action) {
				t.Errorf("recorded as %+v", r)
			}
		})
	}
}

func TestFaults_resetBodyCutsAnEmptyBodyToo(t *testing.T) {
	server := start(t, Options{})
	empty := ""
	fault(t, server, Fault{Sequence: []Step{{Action: ActionResetBody, Status: 503, Body: &empty}}})
	if _, err := try(t, "POST", server.URL+"/batch/", batch("k", "", "e"), nil); err == nil {
		t.Error("the answer was complete")
	}
	if events := server.Summary("").Events; events != 0 {
		t.Errorf("%d events accepted with status 503", events)
	}
}

func TestFaults_hangUntilCleared(t *testing.T) {
	ends := map[string]func(*Server) error{
		"cleared":       (*Server).ClearFaults,
		"reset":         (*Server).Reset,
		"server closes": (*Server).Close,
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			server := start(t, Options{})
			fault(t, server, Fault{Path: "/batch/", Repeat: true, Sequence: []Step{{Action: ActionHang}}})
			conn := dial(t, server)
			eventually(t, "the request hangs", func() bool {
				requests := server.Requests(Filter{})
				return len(requests) == 1 && requests[0].Fault == "hang" && requests[0].Status == 0
			})
			expectSilence(t, conn)
			if events := server.Summary("").Events; events != 0 {
				t.Errorf("%d events accepted", events)
			}
			if err := end(server); err != nil {
				t.Fatal(err)
			}
			if received, err := io.ReadAll(conn); len(received) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("received %q and %v, want the end without an answer", received, err)
			}
		})
	}
}

// expectSilence fails if anything comes within a moment.
func expectSilence(t *testing.T, conn net.Conn) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(conn).ReadByte(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection is not silent: %v", err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
}

func TestFaults_areRefusedIfTheyWouldDoNothing(t *testing.T) {
	server := start(t, Options{})
	for name, body := range map[string]string{
		"not JSON":          `{`,
		"no steps":          `{"path":"/batch/","sequence":[]}`,
		"unknown member":    `{"path":"/batch/","sequence":[{"statsu":503}]}`,
		"unknown action":    `{"path":"/batch/","sequence":[{"action":"explode"}]}`,
		"impossible status": `{"path":"/batch/","sequence":[{"status":99}]}`,
		"negative delay":    `{"path":"/batch/","sequence":[{"delay_ms":-1}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			control(t, server, "POST", "faults", body, http.StatusBadRequest)
			if faults := server.Faults(); len(faults) != 0 {
				t.Errorf("scripts %+v", faults)
			}
		})
	}
}
