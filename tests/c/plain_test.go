package c

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/libposthog/libposthog/core"
	"github.com/libposthog/libposthog/core/codec"
	"github.com/libposthog/libposthog/core/ops"
)

// plainInputs are ordinary events: if these went into Go one by one, nothing would be gained.
var plainInputs = []string{
	`{"event":"e"}`,
	`{"distinct_id":"user-1","event":"signed up","properties":{"plan":"pro","n":-12.50,"ok":true,"none":null,"list":[1,[],{}]}}`,
	"{\n\t\"event\" : \"e\" , \"properties\" : { } }",
	`{"event":"é € 😀","distinct_id":"Ω","properties":{"quoted":"\"\\\/\b\f\n\r\té"},"groups":{"company":"acme","n":7}}`,
	`{"distinct_id":"","event":"","disable_geoip":false,"properties":{"$set":{"a":1}},"event":"again"}`,
}

// otherInputs are the core's to decide on: some are events, some are not.
var otherInputs = []string{
	"", "{}", "null", "[]", `{"event":""}`, `{"event":1}`, `{"event":"e"`, `{"event":"e"}}`, `{"event":"e"} `, `{"event":"e",}`,
	`{"distinct_id":"u"}`, `{"event":"e","distinct_id":7}`, `{"event":"e","properties":[]}`, `{"event":"e","groups":null}`,
	`{"event":"e","uuid":"u"}`, `{"event":"e","timestamp":"t"}`, `{"event":"e","immediate":true}`,
	`{"event":"e","send_feature_flags":true}`, `{"event":"e","flags":{}}`, `{"\u0065vent":"e"}`, `{"event":"e","properties":{}`,
	`{"event":"e","properties":{"a":1e400}}`, `{"event":"e","properties":{"a":01}}`, `{"event":"e","properties":{"a":.5}}`,
	`{"event":"e","properties":{"a":tru}}`, `{"event":"e","properties":{"a":"\ud800"}}`, `{"event":"e","properties":{"a":"\x"}}`,
	"{\"event\":\"e\",\"properties\":{\"a\":\"\n\"}}", "{\"event\":\"\xff\"}", "{\"event\":\"\xed\xa0\x80\"}", "{\"event\":\"\xc0\x80\"}",
}

// left are the members of an input that may be left in C.
type left struct {
	Event, DistinctID, Properties, Groups, DisableGeoIP codec.Value
}

// plain asks which of the inputs may be left in C; the others are nil.
func plain(t *testing.T, inputs [][]byte) []*left {
	t.Helper()
	flags := append([]string{"-std=gnu11", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"}, strict...)
	program := compile(t, "gcc", flags, source("plain"), "../../capi/plain.c")
	var all bytes.Buffer
	for _, input := range inputs {
		_ = binary.Write(&all, binary.NativeEndian, uint32(len(input)))
		all.Write(input)
	}
	command := exec.Command(program)
	command.Stdin = &all
	out, err := command.Output()
	lines := strings.Split(string(out), "\n")
	if err != nil || len(lines) != len(inputs)+1 {
		t.Fatalf("%d answers for %d inputs: %v", len(lines)-1, len(inputs), err)
	}
	answers := make([]*left, len(inputs))
	for i, in := range inputs {
		if lines[i] == "" {
			continue
		}
		var members [5]codec.Value
		for m, at := 0, strings.Fields(lines[i]); m < len(members); m++ {
			begin, _ := strconv.Atoi(at[2*m])
			end, _ := strconv.Atoi(at[2*m+1])
			members[m] = in[begin:end]
		}
		answers[i] = &left{members[0], members[1], members[2], members[3], members[4]}
	}
	return answers
}

func TestPlain_takesOrdinaryEventsAlone(t *testing.T) {
	var inputs [][]byte
	for _, input := range append(append([]string{}, plainInputs...), otherInputs...) {
		inputs = append(inputs, []byte(input))
	}
	for i, got := range plain(t, inputs) {
		if want := i < len(plainInputs); (got != nil) != want {
			t.Errorf("%s: %v, want %v", inputs[i], got != nil, want)
		}
	}
}

// The core takes all that may be left in C, otherwise OK would have been a lie, and reads the same from it. 300,000 damaged
// inputs, with -soak 10 million.
func TestPlain_isTakenByTheCore(t *testing.T) {
	const perRun = 100_000
	seeds := append(captureInputs(t), otherInputs...)
	seeds = append(seeds, plainInputs...)
	runs := 3
	if *soak {
		runs = 100
	}
	random := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for range runs {
		inputs := make([][]byte, perRun)
		for i := range inputs {
			inputs[i] = damaged([]byte(seeds[random.IntN(len(seeds))]), random)
		}
		client := memoryClient(t)
		for i, got := range plain(t, inputs) {
			if got == nil {
				continue
			}
			taken++
			if reply := ops.Lookup("capture").Do(client, 0, inputs[i]); reply.Status != core.OK {
				t.Fatalf("%q may be left in C, and the core answers %v", inputs[i], reply.Status)
			}
			in := codec.Value(inputs[i])
			want := left{in.Get("event"), in.Get("distinct_id"), in.Get("properties"), in.Get("groups"), in.Get("disable_geoip")}
			if fmt.Sprintf("%q", *got) != fmt.Sprintf("%q", want) {
				t.Fatalf("%s is read as %q, want %q", in, *got, want)
			}
		}
	}
	t.Logf("%d of %d inputs may be left in C", taken, runs*perRun)
	if taken < runs*perRun/20 {
		t.Error("the damage leaves too little to look at")
	}
}

func memoryClient(t *testing.T) *core.Client {
	t.Helper()
	seed := func() [32]byte { return [32]byte{} }
	client, _, reply := ops.Open([]byte(`{"api_key":"phc_plain","mode":"memory"}`), 0, ops.EitherMode, "0", seed)
	if client == nil {
		t.Fatal(reply.Err())
	}
	return client
}

// captureInputs are those of the conformance cases.
func captureInputs(t *testing.T) (inputs []string) {
	t.Helper()
	files, err := filepath.Glob("../cases/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var document struct {
			Cases []struct {
				Steps []struct {
					Op, Raw string
					In      json.RawMessage
				}
			}
		}
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(file, err)
		}
		for _, one := range document.Cases {
			for _, step := range one.Steps {
				if step.Op != "capture" {
					continue
				}
				var compact bytes.Buffer
				if step.In != nil && json.Compact(&compact, step.In) == nil {
					inputs = append(inputs, compact.String())
				} else if step.Raw != "" {
					inputs = append(inputs, step.Raw)
				}
			}
		}
	}
	if len(inputs) < 100 {
		t.Fatalf("only %d inputs of capture in ../cases", len(inputs))
	}
	return inputs
}

// damaged changes none to four places of an input.
func damaged(input []byte, random *rand.Rand) []byte {
	const usual = "\"\"\"\\{}[],:0123456789.-eEu \ntfn\x00\x1f\x7f\x80\xbf\xc2\xe0\xed\xf0\xff"
	input = bytes.Clone(input)
	for range random.IntN(5) {
		if len(input) == 0 {
			return input
		}
		at := random.IntN(len(input))
		switch random.IntN(4) {
		case 0:
			input[at] = usual[random.IntN(len(usual))]
		case 1:
			input = append(input[:at], input[at+1:]...)
		case 2:
			input = append(input[:at], append([]byte{usual[random.IntN(len(usual))]}, input[at:]...)...)
		default:
			other := random.IntN(len(input))
			input[at], input[other] = input[other], input[at]
		}
	}
	return input
}
