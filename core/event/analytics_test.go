package event

import "testing"

func TestToAnalytics(t *testing.T) {
	in := `{"event":"e","properties":{"a":1.0,"$lib":"l","$lib_version":"1","$is_server":true,"$session_id":"s","$window_id":7,` +
		`"$cookieless_mode":" TRUE ","$ignore_sent_at":0,"$process_person_profile":[],"$product_tour_id":"t","$groups":{"x":"y"}},` +
		`"distinct_id":"u","timestamp":"2026-01-01T00:00:00.000Z","uuid":"id"}`
	want := `{"event":"e","uuid":"id","distinct_id":"u","timestamp":"2026-01-01T00:00:00.000Z","session_id":"s",` +
		`"options":{"cookieless_mode":true,"disable_skew_correction":false,"product_tour_id":"t"},` +
		`"properties":{"a":1.0,"$is_server":true,"$groups":{"x":"y"}}}`
	if got := string(ToAnalytics(Event{Body: []byte(in)}).Body); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestToAnalytics_aliasNamesItsUserOnce(t *testing.T) {
	in := `{"event":"$create_alias","properties":{"distinct_id":"u","alias":"v"},"distinct_id":"u","timestamp":"t","uuid":"id"}`
	want := `{"event":"$create_alias","uuid":"id","distinct_id":"u","timestamp":"t","options":{},"properties":{"alias":"v"}}`
	if got := string(ToAnalytics(Event{Body: []byte(in)}).Body); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
