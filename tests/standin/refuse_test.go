package standin

import (
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
)

// refused reports whether a connect to the main listener is refused.
func refused(t *testing.T, server *Server) bool {
	t.Helper()
	_, err := try(t, "POST", server.URL+"/batch/", batch("k", "", "e"), nil)
	if err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
		t.Logf("not refused, but: %v", err)
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

func TestRefuse_shutsTheMainListenerAlone(t *testing.T) {
	server := start(t, Options{})
	idle := freshClient(t)
	response, err := idle.Get(server.URL + "/_control/summary")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()

	control(t, server, "POST", "refuse", `{"refuse":true,"for_ms":0}`, 200)
	if !refused(t, server) || !server.Refusing() {
		t.Fatal("connects are not refused")
	}
	if _, err := idle.Get(server.URL + "/_control/summary"); err == nil {
		t.Error("a connection from before is still served")
	}
	control(t, server, "GET", "summary", "", 200)
	control(t, server, "POST", "refuse", `{"refuse":true}`, 200)

	control(t, server, "POST", "refuse", `{"refuse":false}`, 200)
	if answer := send(t, "POST", server.URL+"/batch/", batch("k", "", "e"), nil); answer.status != 200 {
		t.Errorf("after the refusal: %d", answer.status)
	}
}

func TestRefuse_orderedThroughTheMainListenerIsAnswered(t *testing.T) {
	server := start(t, Options{})
	answer := send(t, http.MethodPost, server.URL+"/_control/refuse", []byte(`{"refuse":true}`), nil)
	if answer.status != 200 || answer.body != `{"refusing":true}` {
		t.Errorf("answer %d %s", answer.status, answer.body)
	}
	if !refused(t, server) {
		t.Error("connects are not refused")
	}
}

func TestRefuse_endsByItself(t *testing.T) {
	server := start(t, Options{})
	control(t, server, "POST", "refuse", `{"refuse":true,"for_ms":200}`, 200)
	if !refused(t, server) {
		t.Error("connects are not refused")
	}
	eventually(t, "the main listener is back", func() bool { return !server.Refusing() })
	if refused(t, server) {
		t.Error("connects are still refused")
	}
}

func TestRefuse_asAStepLastsUntilFaultsAreCleared(t *testing.T) {
	server := start(t, Options{})
	fault(t, server, Fault{Path: "/batch/", Sequence: []Step{{Action: ActionRefuse}}})
	if _, err := try(t, "POST", server.URL+"/batch/", batch("k", "", "e"), nil); err == nil {
		t.Fatal("the request was answered")
	}
	if !refused(t, server) {
		t.Error("connects are not refused")
	}
	control(t, server, "DELETE", "faults", "", 200)
	if refused(t, server) {
		t.Error("connects are still refused")
	}
}

func TestRefuse_rejectsHalfAnOrder(t *testing.T) {
	server := start(t, Options{})
	for _, body := range []string{``, `{}`, `{"refuse":1}`, `{"refuse":true,"for_ms":-1}`, `{"refuse":true,"for":1}`} {
		control(t, server, "POST", "refuse", body, 400)
	}
	if server.Refusing() {
		t.Error("the main listener is closed")
	}
}
