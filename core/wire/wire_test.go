package wire

import (
	"strings"
	"testing"
)

func TestNormalizeHost(t *testing.T) {
	for in, want := range map[string]string{
		"":                                 DefaultHost,
		"  ":                               DefaultHost,
		"https://app.posthog.com/":         DefaultHost,
		"https://us.posthog.com":           DefaultHost,
		"https://eu.posthog.com":           "https://eu.i.posthog.com",
		"http://eu.posthog.com":            "http://eu.posthog.com",
		"https://App.posthog.com":          "https://App.posthog.com",
		" https://proxy.example/ingest// ": "https://proxy.example/ingest",
		"http://127.0.0.1:8000":            "http://127.0.0.1:8000",
		"http://[::1]:8000":                "http://[::1]:8000",
		"ftp://x":                          "",
		"localhost":                        "",
		"https:///path":                    "",
		"https://a b":                      "",
		"https://a\nb":                     "",
		"https://a?token=1":                "",
		"https://a#b":                      "",
	} {
		got, err := NormalizeHost(in)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestReadUpload(t *testing.T) {
	for _, tc := range []struct {
		status int
		body   string
		want   Verdict
	}{
		{200, `{"status":1}`, Delivered}, {200, `Ok`, Delivered}, {204, ``, Delivered}, {299, `{`, Delivered},
		{200, `{"status":1,"quota_limited":["events"]}`, Quota}, {200, `{"quota_limited":["recordings"]}`, Delivered},
		{301, ``, Rejected}, {400, ``, Rejected}, {401, ``, Rejected}, {402, ``, Rejected}, {403, ``, Rejected},
		{404, ``, Rejected}, {408, ``, Retry}, {413, ``, Split}, {415, ``, Rejected}, {429, ``, Retry},
		{500, ``, Retry}, {501, ``, Retry}, {502, ``, Retry}, {503, ``, Retry}, {504, ``, Retry}, {599, ``, Retry},
	} {
		if got := ReadUpload(&Response{Status: tc.status, Body: []byte(tc.body)}); got != tc.want {
			t.Errorf("%d %s: got %d, want %d", tc.status, tc.body, got, tc.want)
		}
	}
	if got := ReadUpload(&Response{Error: ErrReset}); got != Retry {
		t.Errorf("a transport error: got %d, want a retry", got)
	}
}

func TestRetryAfter(t *testing.T) {
	const now = 1_754_042_400_000 // Fri, 01 Aug 2025 10:00:00 GMT
	for text, want := range map[string]int64{
		"": 0, "3": 3000, " 2.5 ": 2500, "0": 0, "-3": 0, "120": 30_000, "1e9": 30_000, "soon": 0, "NaN": 0, "Inf": 0, "inf": 0,
		"Fri, 01 Aug 2025 10:00:05 GMT": 5000, "Fri, 01 Aug 2025 09:59:00 GMT": 0, "Fri, 01 Aug 2025 11:00:00 GMT": 30_000,
		"Friday, 01-Aug-25 10:00:05 GMT": 5000, "Fri Aug  1 10:00:05 2025": 5000,
	} {
		r := Response{Headers: map[string]string{"retry-after": text}}
		if got := r.RetryAfter(now); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func TestProject_extraHeadersReplaceTheLibrarys(t *testing.T) {
	p := Project{Host: "http://h", APIKey: "k", Lib: "lib", LibVersion: "1",
		Headers: []Header{{"user-agent", "mine"}, {"x-test-id", "7"}}}
	r := p.Upload(&Batch{Events: [][]byte{[]byte(`{}`)}, Encoding: Gzip, Historical: true, SentAt: "now"})
	want := []Header{{"content-encoding", "gzip"}, {"content-type", "application/json"}, {"user-agent", "mine"}, {"x-test-id", "7"}}
	if len(r.Headers) != len(want) {
		t.Fatalf("got %v, want %v", r.Headers, want)
	}
	for i := range want {
		if r.Headers[i] != want[i] {
			t.Errorf("got %v, want %v", r.Headers[i], want[i])
		}
	}
	if got := string(r.Body.Bytes()); got != `{"api_key":"k","sent_at":"now","historical_migration":true,"batch":[{}]}` {
		t.Errorf("body: %s", got)
	}
}

func TestProject_escapesWhatGoesIntoAURL(t *testing.T) {
	p := Project{Host: "http://h/base", APIKey: "k&v"}
	if got := p.RemoteConfig("a/b é", 1).URL; got != "http://h/base/api/projects/@current/feature_flags/a%2Fb%20%C3%A9/remote_config?token=k%26v" {
		t.Errorf("got %s", got)
	}
	if got := p.Definitions("", 1).URL; got != "http://h/base/flags/definitions?token=k%26v&send_cohorts" {
		t.Errorf("got %s", got)
	}
}

func TestReadFlags(t *testing.T) {
	for _, tc := range []struct{ name, body, want string }{
		{"today's form", `{"flags":{"a":{"key":"a","enabled":true,"variant":"v","reason":{"code":"c","description":"d"},
			"metadata":{"id":1,"version":2,"payload":"{\"x\":1.0}","has_experiment":false}},
			"b":{"enabled":false},"c":{"enabled":true,"failed":true},"d":{"enabled":true,"variant":""}}}`,
			`a="v" {"x":1.0} d 1 2 false; b=false     ; d=true     ; `},
		{"the older form", `{"featureFlags":{"a":true,"b":"v","c":null},"featureFlagPayloads":{"b":"\"text\""}}`, `a=true     ; b="v" "text"    ; `},
		{"a list of enabled keys", `{"featureFlags":["a"]}`, `a=true     ; `},
		{"a payload that is no JSON", `{"flags":{"a":{"enabled":true,"metadata":{"payload":"raw{"}}}}`, `a=true "raw{"    ; `},
		{"over quota", `{"flags":{"a":{"enabled":true}},"quotaLimited":["feature_flags"]}`, ``},
	} {
		a, err := ReadFlags([]byte(tc.body))
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		var got strings.Builder
		for _, f := range a.Flags {
			got.WriteString(f.Key + "=" + strings.Join([]string{
				string(f.Value), string(f.Payload), f.Reason, string(f.ID), string(f.Version), string(f.HasExperiment)}, " ") + "; ")
		}
		if got.String() != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got.String(), tc.want)
		}
	}
	for _, body := range []string{``, `<html>`, `[]`, `"x"`} {
		if _, err := ReadFlags([]byte(body)); err == nil {
			t.Errorf("%q was read as an answer", body)
		}
	}
}

func FuzzReadFlags(f *testing.F) {
	f.Add([]byte(`{"flags":{"a":{"enabled":true,"metadata":{"payload":"[]"}}},"requestId":"r"}`))
	f.Add([]byte(`{"featureFlags":["a",1],"featureFlagPayloads":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := ReadFlags(body)
		if err != nil {
			return
		}
		for _, flag := range a.Flags {
			if flag.Value == nil {
				t.Fatalf("a flag without a value in %q", body)
			}
		}
	})
}
