package flags

import (
	"crypto/fips140"
	"crypto/sha1"

	"github.com/libposthog/libposthog/core/codec"
)

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
	e.hashed = append(append(e.hashed[:0], key...), '.')
	e.hashed = append(id.appendTo(e.hashed), salt...)
	return position(e.hashed)
}

// position is the first 60 bits of the text's SHA-1, as a share of the largest such number. That number, too, is 2^60
// once it is a double, so that the division is exact.
func position(text []byte) float64 {
	sum := sha1Sum(text)
	var bits uint64
	for _, b := range sum[:8] {
		bits = bits<<8 | uint64(b)
	}
	return float64(bits>>4) / float64(0xFFFFFFFFFFFFFFF)
}

// sha1Sum also answers in a process that Go is told to hold to FIPS 140-3, where SHA-1 is refused: it decides here who
// sees a feature, and protects nothing.
func sha1Sum(text []byte) [sha1.Size]byte {
	if fips140.Enforced() {
		return sha1WithoutEnforcement(text)
	}
	return sha1.Sum(text)
}

// sha1WithoutEnforcement stands apart because what a closure keeps is allocated.
func sha1WithoutEnforcement(text []byte) (sum [sha1.Size]byte) {
	fips140.WithoutEnforcement(func() { sum = sha1.Sum(text) })
	return sum
}
