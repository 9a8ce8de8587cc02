package flags

import "github.com/libposthog/libposthog/core/codec"

// rollout is the part of its audience that a condition admits: hashes up to share, or all.
type rollout struct {
	all   bool
	share float64
}

var everybody = rollout{all: true}

// readRollout reads a percentage. Missing means everybody, and so does 100, without a hash being computed.
func readRollout(v codec.Value) (r rollout, ok bool) {
	if !v.IsSet() {
		return everybody, true
	}
	percentage, ok := v.Float()
	if percentage == 100 {
		return everybody, true
	}
	return rollout{share: percentage / 100}, ok
}

func (r rollout) admits(e *Evaluation, f *flag, id identity) bool {
	return r.all || e.hash(f.key, id, "") <= r.share
}

// hash places an identity between 0 and 1 for a flag. The service gives the empty identity 0, which lies in every
// rollout.
func (e *Evaluation) hash(key string, id identity, salt string) float64 {
	if id.empty() {
		return 0
	}
	text := e.places.room(len(key) + 1 + id.len() + len(salt))
	text = append(append(text, key...), '.')
	return e.places.position(append(id.appendTo(text), salt...))
}
