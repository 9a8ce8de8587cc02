package corpus

import "fmt"

var versionKind = kind{
	filter: func(r random) (string, any) {
		operator := oneOf(r, "semver_eq", "semver_neq", "semver_gt", "semver_gte", "semver_lt", "semver_lte",
			"semver_tilde", "semver_caret", "semver_wildcard")
		if operator == "semver_wildcard" {
			return operator, draw(r, []weighted[any]{
				{4, fmt.Sprintf("%d.%d.*", r.IntN(3), r.IntN(3))}, {4, fmt.Sprintf("%d.*", r.IntN(3))},
				{2, "1.2"}, {2, "1.2.3"}, {1, "1.x"}, {1, "*"},
			})
		}
		return operator, draw(r, []weighted[any]{
			{12, r.version()}, {3, fmt.Sprintf("%d.%d", r.IntN(3), r.IntN(3))}, {1, "1"}, {1, "v1.2.0"},
			{1, "2.0.0-beta.1"}, {1, "1.2.3+7"},
		})
	},
	value: func(r random) any {
		return draw(r, []weighted[any]{
			{40, r.version()}, {5, "v" + r.version()}, {4, "1.2"}, {3, number("1.2")}, {2, 2},
			{2, r.version() + "-beta.2"}, {1, "2.0.0-rc.1"}, {1, r.version() + "+7"}, {1, "1.2.3.4"}, {1, "1.02.3"},
			{1, "V1.2.3"}, {1, "1.2."}, {1, " 1.2.3"}, {1, "dev"}, {1, ""},
		})
	},
}

// version draws one of few versions, so that equal ones meet.
func (r random) version() string {
	return fmt.Sprintf("%d.%d.%d", r.IntN(3), r.IntN(3), oneOf(r, 0, 3, 10))
}
