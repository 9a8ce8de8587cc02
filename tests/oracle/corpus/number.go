package corpus

import (
	"encoding/json"
	"strconv"
)

// number is a JSON token: 10 and 10.0 are different texts.
type number = json.Number

var numberKind = kind{
	filter: func(r random) (string, any) {
		operator := draw(r, []weighted[string]{
			{20, "gt"}, {20, "gte"}, {20, "lt"}, {20, "lte"}, {2, "min"}, {2, "max"},
			{8, "exact"}, {4, "is_not"}, {3, "icontains"}, {2, "regex"}, {2, "is_set"},
		})
		switch operator {
		case "exact", "is_not":
			return operator, draw(r, []weighted[any]{
				{3, []string{"5", "7", "10"}}, {2, "10"}, {2, "9.5"}, {1, []any{5, 10}}, {1, number("10.0")},
			})
		case "icontains":
			return operator, oneOf(r, "1", "5", ".5", ".0")
		case "regex":
			return operator, oneOf(r, "^[0-9]+$", `^\d+\.\d+$`, "5$")
		}
		limit := r.decimal()
		if r.chance(40) {
			return operator, string(limit)
		}
		return operator, limit
	},
	value: func(r random) any {
		switch value := r.decimal(); {
		case r.chance(65):
			return value
		case r.chance(75):
			return string(value)
		}
		return draw(r, []weighted[any]{
			{2, "10px"}, {2, ""}, {2, "many"}, {1, " 5"}, {1, "1,000"}, {1, "1e2"}, {1, true}, {1, []int{5}},
		})
	},
}

// decimal draws one of few numbers, so that equal ones meet: whole, with one decimal, or whole and written with one.
func (r random) decimal() number {
	switch whole := r.IntN(14) - 2; r.IntN(5) {
	case 0:
		return number(strconv.Itoa(whole) + ".5")
	case 1:
		return number(strconv.Itoa(whole) + ".0")
	default:
		return number(strconv.Itoa(whole))
	}
}

var booleanKind = kind{
	filter: func(r random) (string, any) {
		if r.chance(10) {
			return oneOf(r, "is_set", "is_not_set"), "is_set"
		}
		return oneOf(r, "exact", "exact", "exact", "is_not"), draw(r, []weighted[any]{
			{4, []string{"true"}}, {3, []string{"false"}}, {2, true}, {2, false}, {2, "true"},
			{1, []string{"true", "false"}}, {1, []bool{true}},
		})
	},
	value: func(r random) any {
		return draw(r, []weighted[any]{
			{6, true}, {6, false}, {2, "true"}, {2, "false"}, {1, "TRUE"}, {1, "False"}, {1, "yes"}, {1, 1}, {1, 0},
		})
	},
}
