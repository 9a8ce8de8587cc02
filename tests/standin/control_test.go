package standin

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

func TestControl_filtersAndCounts(t *testing.T) {
	server := start(t, Options{})
	for _, e := range []struct{ token, lib, uuid, event string }{
		{"phc_a", "posthog-x", "u-1", "paid"},
		{"phc_a", "posthog-x", "u-1", "paid"}, // a retry
		{"phc_a", "posthog-y", "u-1", "paid"}, // the same event again, whoever sends it
		{"phc_a", "posthog-y", "u-2", "seen"},
		{"phc_b", "posthog-x", "u-1", "paid"}, // another project's event
		{"phc_b", "posthog-x", "", "seen"},
		{"phc_b", "posthog-x", "", "seen"},
	} {
		body := encodeJSON(map[string]any{"api_key": e.token, "batch": []any{
			map[string]any{"event": e.event, "uuid": e.uuid, "properties": map[string]any{"$lib": e.lib}},
		}})
		send(t, "POST", server.URL+"/batch/", body, nil)
	}
	send(t, "POST", server.URL+"/flags/", []byte(`{"token":"phc_a"}`), nil)

	for query, want := range map[string]int{
		"events":               7,
		"events?token=phc_a":   4,
		"events?lib=posthog-y": 2,
		"events?event=seen":    3,
		"events?token=phc_b&lib=posthog-x&event=paid": 1,
		"events?token=none":                           0,
		"requests":                                    8,
		"requests?token=phc_a":                        5,
		"requests?path=/batch/":                       7,
		"requests?path=/flags":                        1,
		"requests?path=/flags&token=phc_b":            0,
	} {
		if list := control(t, server, "GET", query, "", 200).([]any); len(list) != want {
			t.Errorf("%s: %d records, want %d", query, len(list), want)
		}
	}
	count := func(events, distinct, duplicates float64) map[string]any {
		return map[string]any{"events": events, "distinct": distinct, "duplicates": duplicates}
	}
	want := count(4, 2, 2)
	want["distinct_exact"] = true
	want["by_lib"] = map[string]any{"posthog-x": count(2, 1, 1), "posthog-y": count(2, 1, 1)}
	if got := control(t, server, "GET", "summary?token=phc_a", "", 200); !reflect.DeepEqual(got, want) {
		t.Errorf("summary %v, want %v", got, want)
	}
	if total := server.Summary(""); total.Count != (Count{7, 5, 2}) {
		t.Errorf("total %+v", total)
	}
}

func TestControl_isServedOnBothListenersAndAtTheRootAlone(t *testing.T) {
	server := start(t, Options{})
	for url, want := range map[string]int{
		server.URL + "/_control/summary":         200,
		server.ControlURL + "/_control/summary":  200,
		server.URL + "/":                         200,
		server.ControlURL + "/":                  200,
		server.URL + "/ingest/_control/summary":  404,
		server.URL + "/_control/nothing":         404,
		server.ControlURL + "/flags/definitions": 404,
	} {
		if answer := send(t, "GET", url, nil, secret); answer.status != want {
			t.Errorf("%s: %d, want %d", url, answer.status, want)
		}
	}
	if requests := server.Requests(Filter{}); len(requests) != 1 || requests[0].Path != "/ingest/_control/summary" {
		t.Errorf("the operator's own requests are recorded: %+v", requests)
	}
}

func TestControl_resetKeepsDefinitions(t *testing.T) {
	server := start(t, Options{})
	control(t, server, "PUT", "definitions", `{"flags":[]}`, 200)
	control(t, server, "POST", "faults", `{"path":"","repeat":true,"sequence":[{"status":500}]}`, 200)
	send(t, "POST", server.URL+"/batch/", batch("k", "u-1", "e"), nil)
	control(t, server, "POST", "reset", "", 200)
	for _, path := range []string{"events", "requests", "faults"} {
		if list := control(t, server, "GET", path, "", 200).([]any); len(list) != 0 {
			t.Errorf("%s after a reset: %v", path, list)
		}
	}
	send(t, "POST", server.URL+"/batch/", batch("k", "u-1", "e"), nil)
	if summary := server.Summary(""); summary.Count != (Count{1, 1, 0}) {
		t.Errorf("summary after a reset: %+v", summary)
	}
	if document, _ := server.Definitions(); string(document) != `{"flags":[]}` {
		t.Errorf("definitions after a reset: %s", document)
	}
}

func TestControl_definitionsAreValidated(t *testing.T) {
	server := start(t, Options{})
	_, before := server.Definitions()
	for _, body := range []string{``, `[]`, `null`, `{}`, `{"flags":{}}`, `{"flags":null}`, `{"flags":[]`} {
		control(t, server, "PUT", "definitions", body, 400)
	}
	if _, etag := server.Definitions(); etag != before {
		t.Error("a refused document changed the definitions")
	}
	if _, err := Start(Options{Definitions: []byte(`{}`)}); err == nil {
		t.Error("Start took a document without flags")
	}
}

func TestControl_editsOneFlag(t *testing.T) {
	const document = `{"flags":[{"key":"a/b","active":true,"version":3,"filters":{"groups":[{"rollout_percentage":50,` +
		`"properties":[{"key":"n","value":323.0}]}]}},{"key":"bare","active":true}],"extra":{"kept":1.50}}`
	cases := []struct {
		name, key, body string
		status          int
		want            string // in the document afterwards, empty for unchanged
	}{
		{"off", "a%2Fb", `{"active":false}`, 200, `"active":false,"filters"`},
		{"rollout", "a%2Fb", `{"rollout_percentage":12.5}`, 200, `"rollout_percentage":12.5`},
		{"both", "a%2Fb", `{"active":false,"rollout_percentage":0}`, 200, `"rollout_percentage":0`},
		{"raises the version", "a%2Fb", `{"active":false}`, 200, `"version":4`},
		{"keeps numbers as written", "a%2Fb", `{"active":false}`, 200, `"value":323.0`},
		{"keeps what it does not know", "a%2Fb", `{"active":false}`, 200, `{"kept":1.50}`},
		{"nothing", "a%2Fb", `{}`, 200, ``},
		{"as it is", "a%2Fb", `{"active":true,"rollout_percentage":50}`, 200, ``},
		{"no version", "bare", `{"active":false}`, 200, `{"active":false,"key":"bare"}`},
		{"no condition", "bare", `{"rollout_percentage":1}`, 400, ``},
		{"too much", "a%2Fb", `{"rollout_percentage":101}`, 400, ``},
		{"too little", "a%2Fb", `{"rollout_percentage":-1}`, 400, ``},
		{"wrong half", "a%2Fb", `{"active":false,"rollout_percentage":101}`, 400, ``},
		{"wrong type", "a%2Fb", `{"active":"no"}`, 400, ``},
		{"unknown member", "a%2Fb", `{"rollout":1}`, 400, ``},
		{"unknown flag", "c", `{"active":false}`, 404, ``},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			server := start(t, Options{Definitions: []byte(document)})
			_, before := server.Definitions()
			control(t, server, "POST", "flags/"+c.key, c.body, c.status)
			now, etag := server.Definitions()
			if c.want == "" {
				if string(now) != document || etag != before {
					t.Errorf("the document changed to %s", now)
				}
				return
			}
			if !strings.Contains(string(now), c.want) || etag == before {
				t.Errorf("ETag %s, was %s; document %s, want %s in it", etag, before, now, c.want)
			}
		})
	}
}

func TestControl_overviewTellsWhatEachLibraryHas(t *testing.T) {
	server := start(t, Options{})
	agent := func(lib string) map[string]string {
		return map[string]string{"Authorization": secret["Authorization"], "User-Agent": lib + "/1"}
	}
	poll := func(lib string) { _, _ = try(t, "GET", server.URL+"/flags/definitions?token=t", nil, agent(lib)) }
	_, old := server.Definitions()
	poll("posthog-a")
	poll("posthog-b")
	off := false
	if _, err := server.EditFlag("new-checkout", FlagEdit{Active: &off}); err != nil {
		t.Fatal(err)
	}
	poll("posthog-a")
	fault(t, server, Fault{Path: "/flags/definitions", Sequence: []Step{{Status: 503}, {Action: ActionResetBody}}})
	poll("posthog-b")
	poll("posthog-c")
	read := `{"api_key":"k","batch":[{"event":"$feature_flag_called","distinct_id":"u","properties":` +
		`{"$lib":"posthog-a","$feature_flag":"new-checkout","$feature_flag_response":false}}]}`
	send(t, "POST", server.URL+"/batch/", []byte(read), nil)

	overview := server.Overview()
	_, current := server.Definitions()
	type state struct {
		status int
		etag   string
	}
	want := map[string]state{"posthog-a": {200, current}, "posthog-b": {503, old}, "posthog-c": {0, ""}}
	for _, library := range overview.Libraries {
		if got := (state{library.LastPollStatus, library.LastPollETag}); got != want[library.Lib] || library.LastPollMS == 0 {
			t.Errorf("%s: %+v, want %+v", library.Lib, library, want[library.Lib])
		}
	}
	if len(overview.Libraries) != 3 || overview.DefinitionsETag != current || len(overview.Events) != 1 {
		t.Errorf("overview %+v", overview)
	}
	if len(overview.FlagReads) != 1 || overview.FlagReads[0].Flag != "new-checkout" || string(overview.FlagReads[0].Response) != "false" {
		t.Errorf("flag reads %+v", overview.FlagReads)
	}
}

func TestStream_tellsWhatHappens(t *testing.T) {
	server := start(t, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "GET", server.ControlURL+"/_control/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := freshClient(t).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	if !lines.Scan() || lines.Text() != ": joined" {
		t.Fatalf("first line %q", lines.Text())
	}
	read := `{"api_key":"k","batch":[{"event":"$feature_flag_called","properties":{"$lib":"l","$feature_flag":"f","$feature_flag_response":"<b>"}}]}`
	send(t, "POST", server.URL+"/batch/", []byte(read), nil)
	control(t, server, "PUT", "definitions", `{"flags":[]}`, 200)
	control(t, server, "POST", "reset", "", 200)

	for _, want := range []struct{ kind, key, value string }{
		{"event", "event", "$feature_flag_called"},
		{"flag_read", "response", "<b>"},
		{"request", "path", "/batch/"},
		{"definitions", "", ""},
		{"reset", "", ""},
	} {
		kind, data := nextMessage(t, lines)
		if kind != want.kind || want.key != "" && data[want.key] != want.value {
			t.Fatalf("message %s %v, want %+v", kind, data, want)
		}
	}
}

// nextMessage reads one server-sent event.
func nextMessage(t *testing.T, lines *bufio.Scanner) (kind string, data map[string]any) {
	t.Helper()
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "event":
			kind = value
		case "data":
			if err := json.Unmarshal([]byte(value), &data); err != nil {
				t.Fatalf("data %q: %v", value, err)
			}
		case "":
			if kind != "" {
				return kind, data
			}
		}
	}
	t.Fatalf("the stream ended: %v", lines.Err())
	return "", nil
}
