package codec

// FieldError says that a member of an input object has the wrong type or an impossible value.
type FieldError struct {
	Name string
	Want string
}

func (e *FieldError) Error() string { return e.Name + " must be " + e.Want }

// Fields reads the members of an input object by type and keeps the first complaint in Err. null reads as absent,
// so both give the zero value.
type Fields struct {
	Err error
}

// Text reads a string.
func (f *Fields) Text(name string, v Value) string {
	text, ok := v.Text()
	f.Require(ok || !v.IsSet(), name, "a string")
	return text
}

// Quoted reads a string and keeps it as it stands. It is nil for everything else.
func (f *Fields) Quoted(name string, v Value) Value {
	if v.Kind() != String {
		f.Require(!v.IsSet(), name, "a string")
		return nil
	}
	return v
}

// Bool reads a boolean, or gives fallback where there is none.
func (f *Fields) Bool(name string, v Value, fallback bool) bool {
	if !v.IsSet() {
		return fallback
	}
	value, ok := v.Bool()
	f.Require(ok, name, "a boolean")
	return value
}

// Int reads an integer, or gives fallback where there is none.
func (f *Fields) Int(name string, v Value, fallback int64) int64 {
	if !v.IsSet() {
		return fallback
	}
	value, ok := v.Int()
	f.Require(ok, name, "an integer")
	return value
}

// Object reads an object and keeps it as it stands.
func (f *Fields) Object(name string, v Value) Value {
	return f.kind(name, v, Object, "an object")
}

// Array reads an array and keeps it as it stands.
func (f *Fields) Array(name string, v Value) Value {
	return f.kind(name, v, Array, "an array")
}

// Texts reads an array of strings.
func (f *Fields) Texts(name string, v Value) []string {
	var texts []string
	for element := range f.Array(name, v).Elements() {
		text, ok := element.Text()
		f.Require(ok, name, "an array of strings")
		texts = append(texts, text)
	}
	return texts
}

// Require complains about a member unless ok holds.
func (f *Fields) Require(ok bool, name, want string) {
	if !ok && f.Err == nil {
		f.Err = &FieldError{Name: name, Want: want}
	}
}

func (f *Fields) kind(name string, v Value, kind Kind, want string) Value {
	if !v.IsSet() {
		return nil
	}
	f.Require(v.Kind() == kind, name, want)
	return v
}
