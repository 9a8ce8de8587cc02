package adapter

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRecorder_passesEverythingOnAndRemembers(t *testing.T) {
	type seen struct {
		uri    string
		header http.Header
		body   []byte
	}
	var got []seen
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, seen{r.RequestURI, r.Header, body})
		if len(got) == 1 {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		io.WriteString(w, "told")
	}))
	defer service.Close()
	recorder, err := newRecorder()
	if err != nil {
		t.Fatal(err)
	}
	defer recorder.Close()
	record, url, err := recorder.add("client-1", service.URL+"/")
	if err != nil {
		t.Fatal(err)
	}
	body := zipped(t, `{"batch":[{"uuid":"a"},{"uuid":"b"}]}`)
	for i, want := range []int{http.StatusServiceUnavailable, http.StatusOK} {
		r, _ := http.NewRequest(http.MethodPost, url+"/batch/?compression=gzip", bytes.NewReader(body))
		r.Header = http.Header{"Content-Encoding": {"gzip"}, "User-Agent": {"x/1"}, "X-Test-Id": {"t"}, "Accept-Encoding": {"br"}}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != want || string(text) != "told" || i == 0 && response.Header.Get("Retry-After") != "7" {
			t.Errorf("answered %d %v %q", response.StatusCode, response.Header, text)
		}
		if got[i].uri != "/batch/?compression=gzip" || !bytes.Equal(got[i].body, body) {
			t.Errorf("the service got %s with %d bytes", got[i].uri, len(got[i].body))
		}
		for name, values := range r.Header {
			if !slices.Equal(got[i].header[name], values) {
				t.Errorf("the service got %s: %v, want %v", name, got[i].header[name], values)
			}
		}
		for name := range got[i].header {
			if strings.HasPrefix(name, "X-Forwarded") || name == "Via" {
				t.Errorf("the service got %s", name)
			}
		}
	}
	attempts, lastError := record.told()
	if len(attempts) != 2 || lastError != "HTTP 503 from /batch/" {
		t.Fatalf("%d attempts, last error %q", len(attempts), lastError)
	}
	for i, a := range attempts {
		if a.StatusCode != []int{503, 200}[i] || a.RetryAttempt != i || a.EventCount != 2 || !slices.Equal(a.UUIDs, []string{"a", "b"}) {
			t.Errorf("attempt %d is %+v", i, a)
		}
	}
}

// TestRecorder_inventsNoAnswer: a service that is not there must look so from behind the recorder, too.
func TestRecorder_inventsNoAnswer(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	recorder, err := newRecorder()
	if err != nil {
		t.Fatal(err)
	}
	defer recorder.Close()
	record, url, err := recorder.add("client-1", gone.URL)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := http.Post(url+"/flags/?v=2", "application/json", strings.NewReader("{}")); err == nil {
		t.Errorf("answered %d", response.StatusCode)
	}
	if attempts, lastError := record.told(); lastError != "no answer from /flags/" || len(attempts) != 0 {
		t.Errorf("last error %q, %d attempts", lastError, len(attempts))
	}
	recorder.remove("client-1")
	if response, err := http.Post(url+"/batch/", "application/json", strings.NewReader("{}")); err == nil {
		t.Errorf("after a reset: answered %d", response.StatusCode)
	}
	if _, _, err := recorder.add("client-2", "nonsense"); err == nil {
		t.Error("a host that is no URL was taken")
	}
}
