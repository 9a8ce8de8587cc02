package host

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPerform_sendsWhatTheModuleAsks(t *testing.T) {
	var got *http.Request
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		reader, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		text, err := io.ReadAll(reader)
		if err != nil {
			t.Error(err)
		}
		body = string(text)
		w.Header().Set("Retry-After", "7")
		w.Header().Add("X-Two", "a")
		w.Header().Add("X-Two", "b")
		w.WriteHeader(503)
		io.WriteString(w, "busy \xff")
	}))
	defer server.Close()

	result := perform(t.Context(), transport(nil), &request{
		ID: 9, Method: "POST", URL: server.URL + "/batch/?v=1", Encoding: "gzip", TimeoutMs: 5000,
		Headers: map[string]string{"content-type": "application/json", "content-encoding": "gzip", "user-agent": "posthog-x/1"},
	}, []byte(`{"batch":[]}`))

	if got.Method != "POST" || got.URL.String() != "/batch/?v=1" || body != `{"batch":[]}` {
		t.Errorf("the server got %s %s with body %q", got.Method, got.URL, body)
	}
	if got.Header.Get("User-Agent") != "posthog-x/1" || got.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("the server got headers %v", got.Header)
	}
	if result.ID != 9 || result.Status != 503 || result.Headers["retry-after"] != "7" || result.Headers["x-two"] != "a, b" {
		t.Errorf("complete is told %+v", result)
	}
	if result.Body != "busy \xff" {
		t.Errorf("body %q", result.Body)
	}
}

// TestPerform_followsNoRedirect: net/http would turn the POST into a GET and report its 200.
func TestPerform_followsNoRedirect(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("/elsewhere", http.StatusMovedPermanently))
	defer server.Close()
	given := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
	result := perform(t.Context(), transport(given), &request{Method: "POST", URL: server.URL, Encoding: "identity", TimeoutMs: 5000}, nil)
	if result.Status != http.StatusMovedPermanently {
		t.Errorf("want the 301 itself, got %+v", result)
	}
}

func TestPerform_namesTheKindOfFailure(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		// Only behind the body does the server notice that the client has gone.
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer silent.Close()
	hangingUp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		connection.(*net.TCPConn).SetLinger(0)
		connection.Close()
	}))
	defer hangingUp.Close()
	unknownAuthority := httptest.NewUnstartedServer(http.NotFoundHandler())
	unknownAuthority.Config.ErrorLog = log.New(io.Discard, "", 0)
	unknownAuthority.StartTLS()
	defer unknownAuthority.Close()
	refusing := httptest.NewServer(http.NotFoundHandler())
	refusing.Close()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()

	for _, tc := range []struct {
		name, url, encoding string
		ctx                 context.Context
		timeoutMs           int64
		want                string
	}{
		{"no answer in time", silent.URL, "identity", t.Context(), 20, "timeout"},
		{"connection reset", hangingUp.URL, "identity", t.Context(), 5000, "reset"},
		{"nobody listens", refusing.URL, "identity", t.Context(), 5000, "connect"},
		{"unknown authority", unknownAuthority.URL, "identity", t.Context(), 5000, "tls"},
		{"TLS to a plain server", strings.Replace(silent.URL, "http:", "https:", 1), "identity", t.Context(), 5000, "tls"},
		{"the client ends", silent.URL, "identity", cancelled, 5000, "cancelled"},
		{"an encoding nobody declared", silent.URL, "zstd", t.Context(), 5000, "encoding"},
		{"no URL", "::", "identity", t.Context(), 5000, "other"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &request{ID: 3, Method: "POST", URL: tc.url + "?token=phc_secret", Encoding: tc.encoding, TimeoutMs: tc.timeoutMs}
			result := perform(tc.ctx, transport(nil), r, []byte("{}"))
			if result.ID != 3 || result.Error != tc.want || result.Status != 0 {
				t.Errorf("got %+v, want error %q", result, tc.want)
			}
			if result.Message == "" || strings.Contains(result.Message, "phc_secret") {
				t.Errorf("message %q: want one, without the URL's token", result.Message)
			}
		})
	}
}

func TestCompletion_tooLargeIsAnError(t *testing.T) {
	// Each of these bytes takes six in JSON.
	body := strings.Repeat("\x01", maxComplete/6+1)
	in, err := (&completion{ID: 4, Status: 200, Body: body}).encode()
	if err != nil || string(in) != `{"id":4,"error":"other","message":"the response is too large"}` {
		t.Errorf("got %.100s, %v", in, err)
	}
}

func TestKind_resolvesNames(t *testing.T) {
	wrapped := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "nowhere.invalid", IsNotFound: true}}
	if got := kind(wrapped); got != "dns" {
		t.Errorf("kind(%v) = %q, want dns", wrapped, got)
	}
	if got := kind(errors.New("else")); got != "other" {
		t.Errorf("kind = %q, want other", got)
	}
}
