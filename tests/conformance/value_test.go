package conformance

import "testing"

func TestValue_keepsTokensAndOrder(t *testing.T) {
	for _, text := range []string{
		`{"b":323.0,"a":1e5,"c":-0.0,"d":12345678901234567890}`,
		`[1,1.0,1E+2,true,false,null,"",[],{}]`,
		`{"":1,"":2}`,
		`"\"\\/\b\f\n\r\t\u0000\u001f<>&` + "\u2028ü🦔\x7f" + `"`,
	} {
		v, err := Parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := v.String(); got != text {
			t.Errorf("got %s, want %s", got, text)
		}
	}
}

func TestParse_refuses(t *testing.T) {
	for _, text := range []string{"", "{", `{"a":1}x`, `{"a":1} {}`, "\"\xff\"", `{"a"}`, "[1,]"} {
		if v, err := Parse([]byte(text)); err == nil {
			t.Errorf("%q: got %s, want an error", text, v)
		}
	}
}

func TestValue_editsWithoutSharing(t *testing.T) {
	v, err := Parse([]byte(`{"a":1,"b":2,"a":3}`))
	if err != nil {
		t.Fatal(err)
	}
	first, second := v.With(Member{"c", Int(4)}), v.With(Member{"d", Text("x")})
	for _, test := range []struct {
		got  Value
		want string
	}{
		{first, `{"a":1,"b":2,"a":3,"c":4}`},
		{second, `{"a":1,"b":2,"a":3,"d":"x"}`},
		{v.Without("a"), `{"b":2}`},
		{v, `{"a":1,"b":2,"a":3}`},
	} {
		if test.got.String() != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
}
