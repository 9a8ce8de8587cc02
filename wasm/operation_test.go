package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/ops"
	"github.com/libposthog/libposthog/wasm/host"
	"github.com/libposthog/libposthog/wasm/host/hosttest"
)

// TestOperations_badInputGetsAStatus calls every operation with everything a host may get wrong. None may trap, none
// may hang the client, and each failure explains itself.
func TestOperations_badInputGetsAStatus(t *testing.T) {
	s := newSession(t, `"mode":"memory"`)
	garbage := strings.Repeat("\x00\xff{[\"garbage", 1<<20/12)
	inputs := []struct{ name, in string }{
		{"empty", ""},
		{"not JSON", `}{`},
		{"cut short", `{"event":"e`},
		{"not an object", `[1,2]`},
		{"a null", `null`},
		{"invalid UTF-8", "{\"event\":\"\xff\"}"},
		{"lone surrogate", `{"event":"\ud800"}`},
		{"too deep", strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)},
		{"numbers for everything", members("1")},
		{"texts for everything", members(`"x"`)},
		{"arrays for everything", members("[1]")},
		{"objects for everything", members(`{"x":[]}`)},
		{"a response of the wrong types", `{"id":"x","status":[],"headers":1,"body":{},"error":1}`},
		{"1 MB of garbage", garbage},
		{"3 MB of JSON", `{"event":"` + strings.Repeat("x", 3<<20) + `"}`},
	}
	for _, op := range operations() {
		if op == "shutdown" {
			continue
		}
		for _, input := range inputs {
			r := s.call(op, input.in)
			notJSON := !json.Valid([]byte(input.in)) || strings.Contains(input.in, `\ud800`) || strings.Contains(input.in, "\xff")
			if input.in != "" && notJSON && r.Status >= 0 {
				t.Errorf("%s with %s: status %d, want a failure; %.200s", op, input.name, r.Status, r.raw)
			}
			if r.Status < 0 && (r.Error == nil || r.Error.Code == "" || r.Error.Message == "") {
				t.Errorf("%s with %s: status %d without code and message: %.200s", op, input.name, r.Status, r.raw)
			}
			if bytes.Contains(r.raw, []byte("garbage")) {
				t.Errorf("%s with %s: the reply quotes the input: %.200s", op, input.name, r.raw)
			}
		}
	}
	s.must("stats", "", nil)
}

// members is an object that gives every member an operation reads the same value, but those that replies begin with:
// get_flag_definitions gives back what set_flag_definitions took.
func members(value string) string {
	var names []string
	for _, name := range strings.Fields(`api_key host entropy encodings flush_at distinct_id event properties groups
		timestamp uuid flags disable_geoip alias set set_once unset group_type group_key exceptions level op token
		keys key flag_keys fields person_properties group_properties device_id only_evaluate_locally match_value
		send_feature_flag_events timeout_ms enabled clear payloads id headers body message`) {
		names = append(names, `"`+name+`":`+value)
	}
	return "{" + strings.Join(names, ",") + "}"
}

func TestOperations_unknownClientGetsAStatus(t *testing.T) {
	s := newSession(t, `"mode":"memory"`)
	for _, handle := range []uint32{0, s.client + 1, 1 << 31, 1<<32 - 1} {
		s.client = handle
		for _, op := range ops.Table {
			if r := s.call(op.Name, "{}"); r.Status != -4 {
				t.Errorf("%s on client %d: want UNKNOWN_CLIENT, got %s", op.Name, handle, r.raw)
			}
		}
	}
}

// TestOperations_afterShutdown: the ledger still answers, everything else is refused, nothing traps.
func TestOperations_afterShutdown(t *testing.T) {
	s := newSession(t, "")
	s.must("capture", `{"distinct_id":"u","event":"e"}`, nil)
	s.must("shutdown", `{"timeout_ms":0}`, nil)
	for _, op := range ops.Table {
		r := s.call(op.Name, "")
		if r.Status < 0 && r.Error.Message == "" {
			t.Errorf("%s: no message in %s", op.Name, r.raw)
		}
	}
	if r := s.call("capture", `{"distinct_id":"u","event":"e"}`); r.Status != -5 {
		t.Errorf("capture: want CLOSED, got %s", r.raw)
	}
	var ledger struct{ Dropped map[string]int64 }
	s.must("stats", "", &ledger)
	if ledger.Dropped["shutdown"] != 1 {
		t.Errorf("stats: want one event dropped by shutdown, got %v", ledger.Dropped)
	}
}

func TestOperations_clientsAreApart(t *testing.T) {
	s := newSession(t, `"mode":"memory"`)
	first, second := s.client, s.open(`"mode":"memory"`)
	for i, client := range []uint32{first, second} {
		s.client = client
		s.must("register", fmt.Sprintf(`{"properties":{"tenant":%d}}`, i), nil)
	}
	for i, client := range []uint32{first, second} {
		s.client = client
		s.must("capture", `{"distinct_id":"u","event":"e"}`, nil)
		var captured struct {
			Events []struct{ Properties struct{ Tenant int } }
		}
		s.must("captured", "", &captured)
		if len(captured.Events) != 1 || captured.Events[0].Properties.Tenant != i {
			t.Errorf("client %d captured %+v", client, captured.Events)
		}
	}
}

// TestOperations_memoryStaysBounded captures, uploads and evaluates in virtual time. The linear memory never shrinks, so
// its size is the most that was ever in use.
func TestOperations_memoryStaysBounded(t *testing.T) {
	s := newSession(t, "")
	round := func(n int) {
		for i := range n {
			s.nowMs += 10
			s.must("capture", fmt.Sprintf(`{"distinct_id":"user-%d","event":"purchase","properties":{"amount":%d}}`, i, i), nil)
			s.call("get_flag", fmt.Sprintf(`{"key":"beta","distinct_id":"user-%d","only_evaluate_locally":true}`, i))
			for p := s.poll(); p.Request != nil; p = s.poll() {
				s.must("complete", fmt.Sprintf(`{"id":%d,"status":200,"headers":{},"body":"{\"status\":\"Ok\"}"}`, p.Request.ID), nil)
			}
		}
	}
	round(5_000)
	before := s.instance.MemoryBytes()
	round(5_000)
	after := s.instance.MemoryBytes()
	if grown := after - before; grown > 1<<20 {
		t.Errorf("20,000 calls let the memory grow by %d bytes, from %d to %d", grown, before, after)
	}
	if after > 32<<20 {
		t.Errorf("the memory is %d bytes after 20,000 small calls", after)
	}
}

// TestOperations_replacedDefinitionsDoNotPileUp: a large input every time, and nothing in between that would let the
// garbage collector finish what it began.
func TestOperations_replacedDefinitionsDoNotPileUp(t *testing.T) {
	s := newSession(t, "")
	var document strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&document, `%c{"id":%d,"key":"flag-%d","active":true,"filters":{"groups":[{"properties":[{"key":"email",`+
			`"type":"person","value":"@example.com","operator":"icontains"}],"rollout_percentage":50}]}}`, "[,"[min(i, 1)], i, i)
	}
	in := `{"flags":` + document.String() + `]}`
	replace := func(n int) uint32 {
		for range n {
			s.must("set_flag_definitions", in, nil)
		}
		return s.instance.MemoryBytes()
	}
	before, after := replace(5), replace(15)
	if limit := before + before/2; after > limit {
		t.Errorf("a document of %d bytes took %d bytes of memory the fifth time and %d the twentieth, want at most %d",
			len(in), before, after, limit)
	}
}

// TestOperations_clientsThatComeAndGoLeaveNothing opens and shuts down many clients in one instance.
func TestOperations_clientsThatComeAndGoLeaveNothing(t *testing.T) {
	s := newSession(t, `"mode":"memory"`)
	round := func(n int) {
		for range n {
			s.client = s.open(`"mode":"memory"`)
			s.must("shutdown", `{"timeout_ms":0}`, nil)
		}
	}
	round(2_000)
	before := s.instance.MemoryBytes()
	round(4_000)
	if grown := s.instance.MemoryBytes() - before; grown > 1<<20 {
		t.Errorf("4,000 clients that came and went left %d bytes", grown)
	}
}

// TestInstances_manyAreApart runs 20 instances; each gives the ids its own entropy says.
func TestInstances_manyAreApart(t *testing.T) {
	seen := map[string]int{}
	for i := range 20 {
		s := &session{t: t, instance: hosttest.Instance(t), nowMs: start}
		var opened struct{ Client uint32 }
		s.must("open", fmt.Sprintf(`{"api_key":"phc_test","entropy":"%064d"}`, i), &opened)
		s.client = opened.Client
		var captured struct{ UUID string }
		s.must("capture", `{"distinct_id":"u","event":"e"}`, &captured)
		if other, twice := seen[captured.UUID]; twice {
			t.Errorf("instances %d and %d gave the same uuid %s", other, i, captured.UUID)
		}
		seen[captured.UUID] = i
	}
}

// TestInstance_hammer calls one instance from many goroutines. Without the host's lock this corrupts the module's
// memory; with it every reply belongs to its call.
func TestInstance_hammer(t *testing.T) {
	s := newSession(t, `"mode":"memory"`)
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for i := range 200 {
				event := fmt.Sprintf("event-%d-%d", g, i)
				in := fmt.Sprintf(`{"distinct_id":"u","event":"%s","uuid":"00000000-0000-4000-8000-%06d%06d"}`, event, g, i)
				reply, _, err := s.instance.Call(context.Background(), "capture", s.client, []byte(in), start)
				want := fmt.Sprintf(`{"status":0,"uuid":"00000000-0000-4000-8000-%06d%06d"}`, g, i)
				if err != nil || string(reply) != want {
					t.Errorf("capture of %s: %s, %v; want %s", event, reply, err, want)
					return
				}
			}
		})
	}
	group.Wait()
	var captured struct{ Events []json.RawMessage }
	s.must("captured", "", &captured)
	if len(captured.Events) != 8*200 {
		t.Errorf("captured %d events, want %d", len(captured.Events), 8*200)
	}
}

// TestInstance_writesNothing watches the module's standard output and error through a life with failures in it.
func TestInstance_writesNothing(t *testing.T) {
	var output bytes.Buffer
	module, err := host.Load(t.Context(), hosttest.Wasm(t), host.Options{CacheDir: hosttest.CacheDir(), Output: &output})
	if err != nil {
		t.Fatal(err)
	}
	defer module.Close(t.Context())
	instance, err := module.Instantiate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, instance: instance, nowMs: start}
	s.client = s.open(`"flush_at":1,"max_retries":0`)
	s.must("capture", `{"distinct_id":"u","event":"e"}`, nil)
	s.call("capture", `not JSON`)
	p := s.poll()
	s.must("complete", fmt.Sprintf(`{"id":%d,"error":"connect","message":"refused"}`, p.Request.ID), nil)
	s.must("shutdown", `{"timeout_ms":0}`, nil)
	if output.Len() > 0 {
		t.Errorf("the module wrote %q", output.String())
	}
}

// TestABIPage_isComplete: whatever a host must know by name is on the page.
func TestABIPage_isComplete(t *testing.T) {
	page, err := os.ReadFile("ABI.md")
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"_initialize", "posthog_alloc", "posthog_free", "posthog_abi_version", "posthog_flag_value"}
	names = append(names, operations()...)
	for _, f := range compiled(t).ImportedFunctions() {
		_, name, _ := f.Import()
		names = append(names, name)
	}
	names = append(names, literals(t, "../core/options.go", `(?m)^\t\t"([a-z_]+)": `, 30)...)
	names = append(names, literals(t, "../core/options.go", `case "([a-z_]+)":`, 8)...)
	for _, name := range names {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("ABI.md does not name `%s`", name)
		}
	}
	words := literals(t, "../core/event/message.go", `case "([a-z_]+)":`, 15)
	words = append(words, literals(t, "../core/queue/ledger.go", `= "([a-z_]+)"`, 12)...)
	for _, word := range words {
		if !regexp.MustCompile("[`\"]" + word).Match(page) {
			t.Errorf("ABI.md does not have the word %s", word)
		}
	}
	for status := core.Panic; status <= core.WouldWait; status++ {
		if row := fmt.Sprintf("| %d | `%s` |", status, status); !strings.Contains(string(page), row) {
			t.Errorf("ABI.md has no row that starts %s", row)
		}
	}
}

// literals are the words that a source file has in a pattern, so many at least.
func literals(t *testing.T, file, pattern string, least int) []string {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, match := range regexp.MustCompile(pattern).FindAllSubmatch(source, -1) {
		words = append(words, string(match[1]))
	}
	if len(words) < least {
		t.Fatalf("%s has %d words in %s, want %d at least: %v", file, len(words), pattern, least, words)
	}
	return words
}
