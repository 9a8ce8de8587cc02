package conformance

import "fmt"

// Statuses that asking for a value alone gives and a step does not.
const (
	wouldWait   = 2
	unsupported = -9
)

// FlagValuer is a client of a program that asks for a flag's value alone first whatever a case asks get_flag, and get_flag
// only where that answers WOULD_WAIT.
type FlagValuer interface {
	Client
	// FlagValue gives the value's JSON where the status is 0. in are the other members of get_flag's input.
	FlagValue(key, distinctID string, in []byte, nowMs int64) (status int, value []byte, err error)
}

// askValue asks for the value alone what a get_flag step asks for. It is right to leave that to get_flag, so that answered
// is false, only where that has to wait and where a hook may have to see the exposure.
func (r *run) askValue(client FlagValuer, s *Step) (answered bool, err error) {
	status, value, err := flagValue(client, s)
	if err != nil || status == unsupported {
		return false, err
	}
	if (len(value) > 0) != (status == 0) {
		return false, fmt.Errorf("flag_value gives %q with status %d", value, status)
	}
	if status == wouldWait && (s.Status != 0 || r.hasHook) {
		return false, nil
	}
	if status != s.Status {
		return false, fmt.Errorf("flag_value: got status %d, want %d: %s", status, s.Status, value)
	}
	if status != 0 || s.Expect == nil {
		return true, nil
	}
	got, err := Parse(value)
	if err != nil {
		return false, fmt.Errorf("value is no JSON: %w", err)
	}
	return true, match("value", s.Expect.member("value"), got)
}

// flagValue takes the input of a step apart. The status is unsupported where plain arguments cannot say what it says.
func flagValue(client FlagValuer, s *Step) (status int, value []byte, err error) {
	others := Value{Kind: Object}
	arguments := map[string]string{"key": "", "distinct_id": ""}
	for _, m := range s.In.Members {
		if _, argument := arguments[m.Name]; !argument {
			others = others.With(m)
			continue
		}
		if m.Value.Kind != String && m.Value.Kind != Null {
			return unsupported, nil, nil
		}
		arguments[m.Name] = m.Value.Text
	}
	return client.FlagValue(arguments["key"], arguments["distinct_id"], others.Encode(), s.AtMs)
}
