package standin

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

var secret = map[string]string{"Authorization": "Bearer " + DefaultSecretKey}

func TestRemoteFlags_defaultAnswersNoFlags(t *testing.T) {
	server := start(t, Options{})
	for _, path := range []string{"/flags/?v=2", "/flags?v=2", "/ingest/flags/?v=2"} {
		answer := send(t, "POST", server.URL+path, []byte(`{"token":"phc_a","distinct_id":"u"}`), nil)
		var body struct {
			Flags       map[string]any
			Errors      *bool `json:"errorsWhileComputingFlags"`
			RequestID   string
			EvaluatedAt int64
		}
		if err := json.Unmarshal([]byte(answer.body), &body); err != nil || answer.status != 200 {
			t.Fatalf("%s: %d %s", path, answer.status, answer.body)
		}
		uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
		if body.Flags == nil || len(body.Flags) != 0 || body.Errors == nil || *body.Errors || !uuid.MatchString(body.RequestID) || body.EvaluatedAt == 0 {
			t.Errorf("%s: %s", path, answer.body)
		}
	}
	if requests := server.Requests(Filter{Token: "phc_a", Path: "/flags"}); len(requests) != 3 || requests[0].Query != "v=2" {
		t.Errorf("recorded as %+v", requests)
	}
}

func TestRemoteFlags_answersTheScriptToTheByte(t *testing.T) {
	server := start(t, Options{})
	const script = `{ "flags": {"a": {"enabled": true, "score": 1.0}}, "quotaLimited": [] }`
	control(t, server, "PUT", "remote_flags", script, 200)
	body := []byte(`{"api_key":"phc_a"}`)
	if answer := send(t, "POST", server.URL+"/flags/?v=2", body, nil); answer.body != script {
		t.Errorf("answer %s", answer.body)
	}
	control(t, server, "PUT", "remote_flags", `{"flags":`, 400)
	control(t, server, "DELETE", "remote_flags", ``, 200)
	if answer := send(t, "POST", server.URL+"/flags/?v=2", body, nil); !strings.Contains(answer.body, `"flags":{}`) {
		t.Errorf("answer after delete: %s", answer.body)
	}
}

func TestRemoteFlags_refusesWhatIsNotAQuestion(t *testing.T) {
	server := start(t, Options{})
	if answer := send(t, "POST", server.URL+"/flags/", []byte(`nope`), nil); answer.status != 400 {
		t.Errorf("not JSON: %d", answer.status)
	}
	if answer := send(t, "POST", server.URL+"/flags/", []byte(`{}`), nil); answer.status != 401 {
		t.Errorf("no token: %d", answer.status)
	}
	if answer := send(t, "GET", server.URL+"/flags/", nil, nil); answer.status != 405 || answer.header.Get("Allow") != "POST" {
		t.Errorf("wrong method: %d %v", answer.status, answer.header)
	}
}

func TestDefinitions_needTheSecretKey(t *testing.T) {
	server := start(t, Options{SecretKey: "phs_other"})
	cases := []struct {
		name, authorization string
		status              int
	}{
		{"none", "", 401},
		{"wrong", "Bearer phs_standin", 401},
		{"wrong scheme", "Basic phs_other", 401},
		{"empty", "Bearer ", 401},
		{"right", "Bearer phs_other", 200},
		{"right, scheme in another case", "bearer phs_other", 200},
	}
	for _, path := range []string{"/flags/definitions?token=t&send_cohorts", "/api/projects/@current/feature_flags/k/remote_config?token=t"} {
		for _, c := range cases {
			t.Run(path+" "+c.name, func(t *testing.T) {
				if err := server.SetRemoteConfig("k", []byte(`1`)); err != nil {
					t.Fatal(err)
				}
				headers := map[string]string{}
				if c.authorization != "" {
					headers["Authorization"] = c.authorization
				}
				answer := send(t, "GET", server.URL+path, nil, headers)
				if answer.status != c.status {
					t.Errorf("status %d, want %d", answer.status, c.status)
				}
				if !json.Valid([]byte(answer.body)) {
					t.Errorf("answer is not JSON: %q", answer.body)
				}
			})
		}
	}
}

func TestDefinitions_etagFollowsTheDocument(t *testing.T) {
	server := start(t, Options{})
	url := server.URL + "/ingest/flags/definitions?token=phc_a&send_cohorts"
	first := send(t, "GET", url, nil, secret)
	etag := first.header.Get("ETag")
	if first.status != 200 || !regexp.MustCompile(`^W/"[0-9a-f]{16}"$`).MatchString(etag) {
		t.Fatalf("%d, ETag %q", first.status, etag)
	}
	if first.body != string(demoDefinitions) {
		t.Error("the document is not served byte for byte")
	}
	conditional := func(match string) got {
		return send(t, "GET", url, nil, map[string]string{"Authorization": secret["Authorization"], "If-None-Match": match})
	}
	for _, match := range []string{etag, strings.TrimPrefix(etag, "W/"), `"other", ` + etag, "*"} {
		if answer := conditional(match); answer.status != 304 || answer.body != "" || answer.header.Get("ETag") != etag {
			t.Errorf("If-None-Match %s: %d %q, ETag %q", match, answer.status, answer.body, answer.header.Get("ETag"))
		}
	}
	if answer := conditional(`W/"other"`); answer.status != 200 {
		t.Errorf("another ETag: %d", answer.status)
	}
	off := false
	if _, err := server.EditFlag("new-checkout", FlagEdit{Active: &off}); err != nil {
		t.Fatal(err)
	}
	if answer := conditional(etag); answer.status != 200 || answer.header.Get("ETag") == etag {
		t.Errorf("after an edit: %d, ETag %q", answer.status, answer.header.Get("ETag"))
	}
}

func TestDefinitions_acceptTheTokenAsHeader(t *testing.T) {
	server := start(t, Options{})
	headers := map[string]string{"Authorization": secret["Authorization"], "X-PostHog-Project-Api-Key": "phc_a"}
	if answer := send(t, "GET", server.URL+"/flags/definitions/?send_cohorts", nil, headers); answer.status != 200 {
		t.Fatalf("status %d", answer.status)
	}
	if requests := server.Requests(Filter{Token: "phc_a", Path: "/flags/definitions"}); len(requests) != 1 {
		t.Errorf("recorded as %+v", server.Requests(Filter{}))
	}
}

func TestRemoteConfig_answersItsScript(t *testing.T) {
	server := start(t, Options{})
	url := server.URL + "/ingest/api/projects/@current/feature_flags/a%2Fb%20c/remote_config?token=phc_a"
	if answer := send(t, "GET", url, nil, secret); answer.status != 404 {
		t.Errorf("without a script: %d", answer.status)
	}
	control(t, server, "PUT", "remote_config/a%2Fb%20c", `"{\"a\": 1.0}"`, 200)
	if answer := send(t, "GET", url, nil, secret); answer.status != 200 || answer.body != `"{\"a\": 1.0}"` {
		t.Errorf("with a script: %d %s", answer.status, answer.body)
	}
	control(t, server, "PUT", "remote_config/x", `nope`, 400)
	control(t, server, "DELETE", "remote_config/a%2Fb%20c", ``, 200)
	if answer := send(t, "GET", url, nil, secret); answer.status != 404 {
		t.Errorf("after delete: %d", answer.status)
	}
}

func TestDemoDefinitions_areWhatTheDemoNeeds(t *testing.T) {
	var document struct {
		Flags []struct {
			Key     string
			Active  bool
			Filters struct {
				Payloads map[string]string
			}
		}
		GroupTypes map[string]string `json:"group_type_mapping"`
	}
	if err := json.Unmarshal(demoDefinitions, &document); err != nil {
		t.Fatal(err)
	}
	inactive := 0
	keys := ""
	for _, flag := range document.Flags {
		keys += flag.Key + " "
		if !flag.Active {
			inactive++
		}
		for value, payload := range flag.Filters.Payloads {
			if !json.Valid([]byte(payload)) {
				t.Errorf("payload %s of %s is not JSON text", value, flag.Key)
			}
		}
	}
	if want := "new-checkout beta-dashboard button-color pro-plan big-company retired-banner "; keys != want {
		t.Errorf("flags %s, want %s", keys, want)
	}
	if inactive != 1 || document.GroupTypes["0"] != "company" {
		t.Errorf("%d inactive flags, groups %v", inactive, document.GroupTypes)
	}
}
