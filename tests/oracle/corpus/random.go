package corpus

import "math/rand/v2"

// object is a JSON object on its way into a document. encoding/json sorts its members, so the text is deterministic.
type object = map[string]any

// random draws from one seeded source.
type random struct{ *rand.Rand }

// chance is true in percent of 100 draws.
func (r random) chance(percent int) bool { return r.IntN(100) < percent }

// oneOf draws an element; all are equally likely.
func oneOf[T any](r random, choices ...T) T { return choices[r.IntN(len(choices))] }

// weighted is a choice and how many tickets it has in the draw.
type weighted[T any] struct {
	weight int
	value  T
}

// draw draws from choices by their weights.
func draw[T any](r random, choices []weighted[T]) T {
	total := 0
	for _, c := range choices {
		total += c.weight
	}
	ticket := r.IntN(total)
	for _, c := range choices {
		if ticket -= c.weight; ticket < 0 {
			return c.value
		}
	}
	panic("unreachable: the ticket is below the total")
}

// some draws between least and most elements, with repetitions.
func some[T any](r random, least, most int, choices []T) []T {
	drawn := make([]T, 0, most)
	for range least + r.IntN(most-least+1) {
		drawn = append(drawn, oneOf(r, choices...))
	}
	return drawn
}
