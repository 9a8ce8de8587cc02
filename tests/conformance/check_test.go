package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const casesFolder = "../cases"

func TestCases_followTheFormat(t *testing.T) {
	corpus, err := Load(casesFolder)
	if err != nil {
		t.Fatal(err)
	}
	if len(corpus.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, err := range corpus.Check() {
		t.Error(err)
	}
}

// A case that every rule accepts, as parts to exchange.
const (
	goodHead = `"id":"a","group":"one","open":{"api_key":"k"},"t0_ms":1,` + goodEntropy
	goodStep = `{"at_ms":1,"idle":true}`

	goodEntropy = `"entropy":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"`
)

func TestCheck_refuses(t *testing.T) {
	steps := func(steps string) string { return "{" + goodHead + `,"steps":[` + steps + "]}" }
	step := func(step string) string { return steps(step + "," + goodStep) }
	head := func(old, new string) string { return strings.Replace(steps(goodStep), old, new, 1) }
	tests := []struct{ name, text, want string }{
		{"unknown member", head(`"id"`, `"comment":"","id"`), "unknown field"},
		{"unknown step member", step(`{"at_ms":1,"op":"stats","out":{}}`), "unknown field"},
		{"unknown http member", step(`{"at_ms":1,"http":{"expect":{"url":""},"reply":{"status":200}}}`), "unknown field"},
		{"id", head(`"id":"a"`, `"id":"A b"`), "an id is"},
		{"group", head(`"group":"one"`, `"group":"two"`), "stands in file"},
		{"entropy", head(goodEntropy, `"entropy":"00"`), "64 hex digits"},
		{"clock", head(`"t0_ms":1,`, ``), "t0_ms is missing"},
		{"open", head(`{"api_key":"k"}`, `[]`), "open is an array"},
		{"float in open", head(`"k"`, `1.5`), "open holds the number 1.5"},
		{"no steps", steps(""), "no steps"},
		{"not at rest", steps(`{"at_ms":1,"op":"stats"}`), "the last step is not idle"},
		{"two kinds", step(`{"at_ms":1,"op":"stats","idle":true}`), "exactly one of"},
		{"no kind", step(`{"at_ms":1}`), "exactly one of"},
		{"no time", step(`{"op":"stats"}`), "at_ms is missing"},
		{"in and raw", step(`{"at_ms":1,"op":"stats","in":{},"raw":"{}"}`), "or both do"},
		{"in without op", step(`{"at_ms":1,"idle":true,"in":{}}`), "stands without op"},
		{"wake of an operation", step(`{"at_ms":1,"op":"stats","wake_ms":1}`), "wake_ms belongs to idle"},
		{"pad without padding", step(`{"at_ms":1,"op":"stats","raw":"{}","pad":5}`), "pad stands with"},
		{"padding without pad", step(`{"at_ms":1,"op":"stats","raw":"PADDING"}`), "pad stands with"},
		{"status of idle", step(`{"at_ms":1,"idle":true,"status":1}`), "belong to op and done"},
		{"unknown need", head(`"group"`, `"needs":["tls"],"group"`), "unknown need"},
		{"poll without need", step(`{"at_ms":1,"op":"poll"}`), "does not need it"},
		{"open as a step", step(`{"at_ms":1,"op":"open"}`), "is the runner's"},
		{"clock in the input", step(`{"at_ms":1,"op":"stats","in":{"now_ms":1}}`), "without now_ms"},
		{"float", step(`{"at_ms":1,"op":"capture","in":{"properties":{"a":[323.0]}}}`), "in holds the number 323.0"},
		{"exponent", step(`{"at_ms":1,"op":"capture","in":{"a":1e5}}`), "in holds the number 1e5"},
		{"big integer", step(`{"at_ms":1,"op":"capture","in":{"a":9007199254740992}}`), "in holds the number 9007199254740992"},
		{"minus zero", step(`{"at_ms":1,"op":"capture","in":{"a":-0}}`), "in holds the number -0"},
		{"repeated name", step(`{"at_ms":1,"op":"capture","in":{"a":1,"a":2}}`), "in holds the member a twice"},
		{"numeric name", step(`{"at_ms":1,"op":"capture","in":{"b":1,"7":2}}`), "in holds the number 7 as a name"},
		{"placeholder", step(`{"at_ms":1,"op":"stats","expect":{"a":{"$any":"uid"}}}`), "unknown placeholder"},
		{"repeated expectation", step(`{"at_ms":1,"op":"stats","expect":{"a":1,"a":1}}`), "is repeated"},
		{"done of nothing", step(`{"at_ms":1,"op":"flush"},{"at_ms":1,"done":0}`), "no earlier step"},
		{"done of later", step(`{"at_ms":1,"done":0}`), "no earlier step"},
		{"expected body", step(`{"at_ms":1,"http":{"expect":{"body":"x"},"reply":{"status":200}}}`), "an expected body"},
		{"no reply", step(`{"at_ms":1,"http":{"expect":{},"reply":{}}}`), "either status or error"},
		{"two replies", step(`{"at_ms":1,"http":{"expect":{},"reply":{"status":200,"error":"dns"}}}`), "either status or error"},
		{"error kind", step(`{"at_ms":1,"http":{"expect":{},"reply":{"error":"boom"}}}`), "unknown error"},
		{"header", step(`{"at_ms":1,"http":{"expect":{"headers":{"ETag":""}},"reply":{"status":200}}}`), "not in lower case"},
		{"float in a reply", step(`{"at_ms":1,"http":{"expect":{},"reply":{"status":200,"body":{"a":0.5}}}}`), "write it as a string"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			complaints := complaintsAbout(t, test.text)
			if len(complaints) != 1 || !strings.Contains(complaints[0], test.want) {
				t.Errorf("%s\n got %q\nwant one complaint with %q", test.text, complaints, test.want)
			}
		})
	}
	if complaints := complaintsAbout(t, steps(goodStep)); len(complaints) > 0 {
		t.Errorf("the unchanged case: %q", complaints)
	}
}

func TestCheck_comparesTheIndexWithTheFolder(t *testing.T) {
	good := "{" + goodHead + `,"steps":[` + goodStep + "]}"
	tests := []struct {
		name, index, want string
	}{
		{"unlisted file", `{"files":[]}`, "one.json is not in index.json"},
		{"listed twice", `{"files":["one.json","one.json"]}`, "lists one.json twice"},
		{"taken id", `{"files":["one.json","one.json"]}`, `id "a" is taken`},
		{"missing file", `{"files":["one.json","two.json"]}`, "two.json"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := writeCases(t, test.index, good)
			corpus, err := Load(folder)
			complaints := []string{}
			if err != nil {
				complaints = append(complaints, err.Error())
			} else {
				complaints = texts(corpus.Check())
			}
			if !slices.ContainsFunc(complaints, func(s string) bool { return strings.Contains(s, test.want) }) {
				t.Errorf("got %q, want %q among them", complaints, test.want)
			}
		})
	}
}

// TestSchema_namesTheMembersOfTheFormat keeps the schema, which editors use, in step with the types of this package.
func TestSchema_namesTheMembersOfTheFormat(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(casesFolder, "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			Properties           map[string]any `json:"properties"`
			AdditionalProperties any            `json:"additionalProperties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]any{
		"case": Case{}, "step": Step{}, "exchange": Exchange{}, "request": Request{}, "response": Response{},
	} {
		def := schema.Defs[name]
		if def.AdditionalProperties != false {
			t.Errorf("%s: additionalProperties is not false", name)
		}
		for member := range reflect.TypeOf(value).Fields() {
			tag := member.Tag.Get("json")
			if _, found := def.Properties[tag]; tag != "-" && !found {
				t.Errorf("%s: the schema lacks %s", name, tag)
			}
			delete(def.Properties, tag)
		}
		for extra := range def.Properties {
			t.Errorf("%s: the schema has %s, the format has not", name, extra)
		}
	}
}

// complaintsAbout loads a folder with this one case and checks it.
func complaintsAbout(t *testing.T, text string) []string {
	t.Helper()
	corpus, err := Load(writeCases(t, `{"files":["one.json"]}`, text))
	if err != nil {
		return []string{err.Error()}
	}
	return texts(corpus.Check())
}

func writeCases(t *testing.T, index, text string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, content := range map[string]string{"index.json": index, "one.json": `{"cases":[` + text + `]}`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func texts(errs []error) []string {
	var texts []string
	for _, err := range errs {
		texts = append(texts, err.Error())
	}
	return texts
}
