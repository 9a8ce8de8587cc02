package corpus

import "time"

// now is the last day of a long month, where counting months back is not obvious: 2025-05-31 12:34:56.789 UTC.
var now = time.Date(2025, time.May, 31, 12, 34, 56, 789_000_000, time.UTC)

var dateKind = kind{
	filter: func(r random) (string, any) {
		operator := draw(r, []weighted[string]{
			{10, "is_date_before"}, {10, "is_date_after"}, {1, "is_date_exact"}, {1, "is_set"},
		})
		relative := oneOf(r, "-12h", "-7d", "30d", "-2w", "-1m", "-3m", "-3m", "-6m", "-1y", "0d")
		absolute := r.day().Format(oneOf(r, time.DateOnly, time.DateTime, time.RFC3339))
		if r.chance(60) {
			return operator, relative
		}
		return operator, absolute
	},
	value: func(r random) any {
		at := r.day()
		return draw(r, []weighted[any]{
			{10, at.Format(time.DateOnly)}, {10, at.Format(time.RFC3339)}, {4, at.Format(time.DateTime)},
			{4, at.Format("2006-01-02T15:04:05.000Z07:00")}, {2, at.Format("2006-01-02T15:04")},
			{2, at.In(time.FixedZone("", 2*60*60)).Format(time.RFC3339)}, {1, at.Format("2006-01-02T15:04Z07:00")},
			{1, at.Format("01/02/2006")}, {1, at.Format("January 2, 2006")},
			{1, at.Unix()}, {1, at.UnixMilli()}, {1, at.Format("20060102")}, {1, "2025"},
			{1, "not a date"}, {1, ""}, {1, true},
		})
	},
}

// day draws an instant of the last two years, often around the end of a month that filters count back to.
func (r random) day() time.Time {
	if r.chance(50) {
		month := now.Month() - time.Month(oneOf(r, 1, 3, 6, 12))
		return time.Date(now.Year(), month, 26+r.IntN(8), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
	}
	return now.Add(-time.Duration(r.IntN(2*365*24*60)) * time.Minute).Truncate(time.Second)
}
