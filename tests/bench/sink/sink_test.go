package sink

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// batch is n events, the first of which is number from, with the uuid's member written as given.
func batch(member string, from, n int) string {
	events := make([]string, n)
	for i := range events {
		events[i] = fmt.Sprintf(`{"event":"e",%s"0190f5a4-0000-7000-8000-%012d"}`, member, from+i)
	}
	return `{"batch":[` + strings.Join(events, ",") + `]}`
}

func post(t *testing.T, url, encoding string, body []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/batch/", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Encoding", encoding)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatal(response.Status)
	}
}

func start(t *testing.T, b Behaviour) *Sink {
	s, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.Begin(b)
	return s
}

func TestSink_countsDistinctEvents(t *testing.T) {
	s := start(t, Behaviour{})
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	_, _ = io.WriteString(w, batch(`"uuid":`, 5, 10))
	_ = w.Close()
	post(t, s.URL, "", []byte(batch(`"uuid": `, 0, 10)))
	post(t, s.URL, "gzip", compressed.Bytes())
	post(t, s.URL, "", []byte(batch(`"messageId":`, 20, 3)))
	count, err := s.End()
	if err != nil {
		t.Fatal(err)
	}
	if count.Acknowledged != 18 || count.Requests != 3 {
		t.Fatalf("%d events in %d requests, want 18 in 3", count.Acknowledged, count.Requests)
	}
}

func TestSink_answersAfterTheDelay(t *testing.T) {
	const delay = 30 * time.Millisecond
	s := start(t, Behaviour{Delay: delay})
	before := time.Now()
	post(t, s.URL, "", []byte(batch(`"uuid":`, 0, 1)))
	if taken := time.Since(before); taken < delay {
		t.Fatalf("answered after %s", taken)
	}
}

func TestSink_muteAnswersNothingAndCountsNothing(t *testing.T) {
	s := start(t, Behaviour{Mute: true})
	client := http.Client{Timeout: 50 * time.Millisecond}
	response, err := client.Post(s.URL+"/batch/", "application/json", strings.NewReader(batch(`"uuid":`, 0, 1)))
	if err == nil {
		response.Body.Close()
		t.Fatal("answered")
	}
	if count, err := s.End(); err != nil || count.Acknowledged != 0 {
		t.Fatal(count, err)
	}
}

func TestDefinitions_areAsManyAsAskedFor(t *testing.T) {
	if flags := strings.Count(Definitions(100), `"key":"flag-`); flags != 98 {
		t.Fatalf("%d flags besides the two that have names", flags)
	}
}
