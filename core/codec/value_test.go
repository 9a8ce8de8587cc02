package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
)

// seeds are documents with something to trip over.
var seeds = []string{
	`{}`, `[]`, `null`, `"x"`, `0`, `-0.0`, `1e5`, `323.0`, `0.5e39`, `1e400`,
	`{"event":"a","properties":{"n":1.50,"s":"\u00e9\n","deep":[[{"x":[]}]]}}`,
	`{"":1,"b":2}`, `{"a":1,"a":2}`, `{"\u0061":1,"a":2}`, `[1 , 2 ,[ ] , { } ]`, " { \"a\" : [ 1 , \"b\" ] , \"c\" : { } } ",
	`"\ud83e\udd94"`, `"\ud800"`, `"\udc00\ud800"`, `"\ufffd"`, "\"\xff\"", `{"a":"\\\""}`, `[tru]`, `{"a":}`, `[,]`, `"\u00"`,
}

func TestValue_kinds(t *testing.T) {
	for text, want := range map[string]Kind{
		``: Absent, `null`: Null, `true`: Bool, `false`: Bool, `-1`: Number, `"a"`: String, `[]`: Array, `{}`: Object,
	} {
		if got := Value(text).Kind(); got != want {
			t.Errorf("kind of %q: got %d, want %d", text, got, want)
		}
	}
}

func TestValue_keepsBytes(t *testing.T) {
	doc, err := Parse([]byte(` {"a" : 323.0 , "b": [1, 2] ,"c":"\u00e9"} `))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "323.0", "b": "[1, 2]", "c": `"\u00e9"`} {
		if got := string(doc.Get(name)); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestValue_Get_lastOfRepeatedNames(t *testing.T) {
	doc, err := Parse([]byte(`{"a":1,"b":0,"\u0061":2}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(doc.Get("a")); got != "2" {
		t.Errorf("got %s, want the last one, 2", got)
	}
}

func TestValue_Int(t *testing.T) {
	for _, tc := range []struct {
		text string
		want int64
		ok   bool
	}{
		{"20", 20, true}, {"-3", -3, true}, {"20.0", 20, true}, {"2e1", 20, true}, {"9007199254740992", 1 << 53, true},
		{"20.5", 0, false}, {"1e300", 0, false}, {`"20"`, 0, false}, {"null", 0, false}, {"true", 0, false}, {"", 0, false},
	} {
		if got, ok := Value(tc.text).Int(); got != tc.want || ok != tc.ok {
			t.Errorf("%s: got %d, %v, want %d, %v", tc.text, got, ok, tc.want, tc.ok)
		}
	}
}

func TestFields_keepsFirstComplaint(t *testing.T) {
	var f Fields
	f.Text("host", Value("1"))
	f.Int("flush_at", Value(`"x"`), 0)
	if f.Err == nil || f.Err.Error() != "host must be a string" {
		t.Errorf("got %v, want the complaint about host", f.Err)
	}
}

func TestWriter_separatesAndEscapes(t *testing.T) {
	w := NewWriter(0)
	w.BeginObject()
	w.StringMember("a\"b", "line\nbreak\x01\u2028é<>&")
	w.Key("list")
	w.BeginArray()
	w.Int(-5)
	w.Null()
	w.BeginObject()
	w.EndObject()
	w.BeginArray()
	w.EndArray()
	w.Bool(true)
	w.Value(Value("1.50"))
	w.Value(nil)
	w.EndArray()
	w.IntMember("n", 7)
	w.EndObject()
	want := `{"a\"b":"line\nbreak\u0001` + "\u2028" + `é<>&","list":[-5,null,{},[],true,1.50,null],"n":7}`
	if got := string(w.Bytes()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// FuzzValue reads every accepted document with this package and with encoding/json and compares what they saw.
func FuzzValue(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data)
		if err != nil {
			return
		}
		var got strings.Builder
		transcribe(&got, v)
		if want := transcript(t, data); got.String() != want {
			t.Fatalf("document %q\ngot  %s\nwant %s", data, got.String(), want)
		}
	})
}

// transcribe writes what a Value holds, in a form that does not depend on how it was written.
func transcribe(out *strings.Builder, v Value) {
	switch v.Kind() {
	case Object:
		out.WriteString("{")
		for name, member := range v.Members() {
			fmt.Fprintf(out, "%q:", name)
			transcribe(out, member)
		}
		out.WriteString("}")
	case Array:
		out.WriteString("[")
		for element := range v.Elements() {
			transcribe(out, element)
		}
		out.WriteString("]")
	case String:
		text, _ := v.Text()
		fmt.Fprintf(out, "%q ", text)
	default:
		out.WriteString(string(v) + " ")
	}
}

// transcript does the same with encoding/json's tokens.
func transcript(t *testing.T, data []byte) string {
	var out strings.Builder
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	// names holds, for each open container, whether the next string is a member name.
	var names []bool
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return out.String()
		}
		if err != nil {
			t.Fatalf("encoding/json refuses %q: %v", data, err)
		}
		isName := len(names) > 0 && names[len(names)-1]
		if text, ok := token.(string); ok && isName {
			fmt.Fprintf(&out, "%q:", text)
			names[len(names)-1] = false
			continue
		}
		switch token := token.(type) {
		case json.Delim:
			out.WriteRune(rune(token))
			if token == '{' || token == '[' {
				names = append(names, token == '{')
				continue
			}
			names = names[:len(names)-1]
		case string:
			fmt.Fprintf(&out, "%q ", token)
		case nil:
			out.WriteString("null ")
		default:
			fmt.Fprintf(&out, "%v ", token)
		}
		if len(names) > 0 {
			names[len(names)-1] = inObject(out.String())
		}
	}
}

// inObject reports whether the innermost open container of a transcript is an object.
func inObject(transcript string) bool {
	var open []byte
	quoted := false
	for i := 0; i < len(transcript); i++ {
		switch b := transcript[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			open = append(open, b)
		case b == '}' || b == ']':
			open = open[:len(open)-1]
		}
	}
	return len(open) > 0 && open[len(open)-1] == '{'
}
