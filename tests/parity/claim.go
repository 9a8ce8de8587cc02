package main

import "strings"

// claim is a difference that a README tells of.
type claim struct {
	// line is a part of the README's line, long enough to be no other's.
	line string
	// matches accepts the differences that the line speaks of and no others.
	matches func(d difference) bool
}

// claimsOf are the claims of each language.
var claimsOf = map[string][]claim{
	"node":   nodeClaims,
	"python": pythonClaims,
	"ruby":   rubyClaims,
}

// claimant returns the first claim that accepts a difference, or -1.
func claimant(claims []claim, d difference) int {
	for i, c := range claims {
		if c.matches(d) {
			return i
		}
	}
	return -1
}

func (c claim) inReadme(readme string) bool {
	return strings.Count(readme, c.line) == 1
}
