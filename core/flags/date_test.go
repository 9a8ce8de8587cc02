package flags

import (
	"testing"
	"time"
)

func TestDate(t *testing.T) {
	// The instant of these evaluations is 2025-03-31T12:34:56.789Z.
	runFilterCases(t, "1", []filterCase{
		{"before", "is_date_before", `"2025-01-02"`, `"2025-01-01"`, "T"},
		{"before is strict", "is_date_before", `"2025-01-02"`, `"2025-01-02"`, "F"},
		{"after", "is_date_after", `"2025-01-02"`, `"2025-01-03"`, "T"},
		{"after is strict", "is_date_after", `"2025-01-02"`, `"2025-01-02"`, "F"},
		{"exact", "is_date_exact", `"2025-01-02"`, `"2025-01-02T00:00:00Z"`, "T"},
		{"not exact", "is_date_exact", `"2025-01-02"`, `"2025-01-02T00:00:01Z"`, "F"},
		{"with time", "is_date_exact", `"2025-01-02T03:04:05"`, `"2025-01-02 03:04:05"`, "T"},
		{"without seconds", "is_date_exact", `"2025-01-02T03:04"`, `"2025-01-02 03:04:00"`, "T"},
		{"fraction", "is_date_after", `"2025-01-02T03:04:05.1"`, `"2025-01-02T03:04:05.100000001Z"`, "T"},
		{"no zone is UTC", "is_date_exact", `"2025-01-02T03:04:05"`, `"2025-01-02T03:04:05Z"`, "T"},
		{"offset ahead", "is_date_exact", `"2025-01-02T00:30:00Z"`, `"2025-01-02T02:00:00+01:30"`, "T"},
		{"offset behind", "is_date_exact", `"2025-01-02T00:30:00Z"`, `"2025-01-01T19:30:00-05:00"`, "T"},
		{"offset after a space", "is_date_exact", `"2025-01-02 00:00:00+00:00"`, `"2025-01-02"`, "T"},
		{"seconds since 1970", "is_date_exact", `"2025-03-31T12:34:56Z"`, `1743424496`, "T"},
		{"not milliseconds", "is_date_before", `"2025-03-31T12:34:56Z"`, `1743424496000`, "F"},
		{"seconds as text", "is_date_exact", `"1970-01-01"`, `"0"`, "T"},
		{"negative seconds", "is_date_exact", `"1969-12-31"`, `-86400`, "T"},
		{"signed text", "is_date_exact", `"1970-01-02"`, `"+86400"`, "T"},
		{"a year as text is seconds", "is_date_exact", `"1970-01-01T00:33:44Z"`, `"2024"`, "T"},
		{"leap day", "is_date_exact", `"2024-02-29"`, `"2024-02-29"`, "T"},
		{"escaped text", "is_date_exact", `"2024-02-29"`, `"2024-02-2\u0039"`, "T"},

		{"relative days", "is_date_after", `"-7d"`, `"2025-03-24T12:34:56.790Z"`, "T"},
		{"relative days, at the instant", "is_date_exact", `"7d"`, `"2025-03-24T12:34:56.789Z"`, "T"},
		{"relative days, before", "is_date_before", `"-7d"`, `"2025-03-24T12:34:56.788Z"`, "T"},
		{"hours", "is_date_exact", `"36h"`, `"2025-03-30T00:34:56.789Z"`, "T"},
		{"weeks", "is_date_exact", `"-2w"`, `"2025-03-17T12:34:56.789Z"`, "T"},
		{"one month clamps", "is_date_exact", `"1m"`, `"2025-02-28T12:34:56.789Z"`, "T"},
		{"two months stay clamped", "is_date_exact", `"2m"`, `"2025-01-28T12:34:56.789Z"`, "T"},
		{"years", "is_date_exact", `"1y"`, `"2024-03-31T12:34:56.789Z"`, "T"},
		{"0d is now", "is_date_exact", `"0d"`, `"2025-03-31T12:34:56.789Z"`, "T"},
		{"leading zeros", "is_date_exact", `"-007d"`, `"2025-03-24T12:34:56.789Z"`, "T"},
		{"largest count", "is_date_after", `"9999y"`, `"0001-01-01"`, "T"},

		{"five digits", "is_date_after", `"10000d"`, `"2025-01-01"`, "U"},
		{"plus sign", "is_date_after", `"+7d"`, `"2025-01-01"`, "U"},
		{"capital unit", "is_date_after", `"7D"`, `"2025-01-01"`, "U"},
		{"other unit", "is_date_after", `"7s"`, `"2025-01-01"`, "U"},
		{"no number", "is_date_after", `"-d"`, `"2025-01-01"`, "U"},
		{"a year as filter", "is_date_after", `"2024"`, `"2025-01-01"`, "U"},
		{"a number as filter", "is_date_after", `1743424496`, `"2025-01-01"`, "U"},
		{"a loose date as filter", "is_date_after", `"March 3 2025"`, `"2025-01-01"`, "U"},
		{"no date as filter", "is_date_before", `"never"`, `"2025-01-01"`, "U"},
		{"a list as filter", "is_date_before", `["2025-01-01"]`, `"2025-01-01"`, "U"},

		{"a relative property is not settled", "is_date_after", `"2025-01-01"`, `"-3d"`, "U"},
		{"a loose property", "is_date_after", `"2025-01-01"`, `"March 3 2025"`, "U"},
		{"slashes", "is_date_after", `"2025-01-01"`, `"2025/03/03"`, "U"},
		{"one digit", "is_date_after", `"2025-01-01"`, `"2025-3-3"`, "U"},
		{"no such day", "is_date_after", `"2025-01-01"`, `"2025-02-30"`, "U"},
		{"no such leap day", "is_date_after", `"2025-01-01"`, `"2100-02-29"`, "U"},
		{"no such month", "is_date_after", `"2025-01-01"`, `"2025-13-01"`, "U"},
		{"no such hour", "is_date_after", `"2025-01-01"`, `"2025-02-03T24:00:00Z"`, "U"},
		{"leap second", "is_date_after", `"2025-01-01"`, `"2025-02-03T23:59:60Z"`, "U"},
		{"zone without seconds", "is_date_after", `"2025-01-01"`, `"2025-02-03T10:00Z"`, "U"},
		{"lower-case zone", "is_date_after", `"2025-01-01"`, `"2025-02-03T10:00:00z"`, "U"},
		{"zone without colon", "is_date_after", `"2025-01-01"`, `"2025-02-03T10:00:00+0100"`, "U"},
		{"zone beyond a day", "is_date_after", `"2025-01-01"`, `"2025-02-03T10:00:00+24:00"`, "U"},
		{"ten digits of a second", "is_date_after", `"2025-01-01"`, `"2025-02-03T10:00:00.0123456789Z"`, "U"},
		{"white space", "is_date_after", `"2025-01-01"`, `" 2025-02-03"`, "U"},
		{"a float", "is_date_after", `"2025-01-01"`, `1743424496.5`, "U"},
		{"an integral float", "is_date_after", `"2025-01-01"`, `1743424496.0`, "U"},
		{"a float as text", "is_date_after", `"2025-01-01"`, `"1743424496.5"`, "U"},
		{"seconds beyond every calendar", "is_date_after", `"2025-01-01"`, `99999999999999`, "U"},

		{"a text without digits", "is_date_after", `"2025-01-01"`, `"not-a-date"`, "F"},
		{"the empty text", "is_date_before", `"2025-01-01"`, `""`, "F"},
		{"a text without digits, exact", "is_date_exact", `"2025-01-01"`, `"yesterday"`, "F"},
		{"null", "is_date_before", `"2025-01-01"`, `null`, "F"},
		{"true", "is_date_before", `"2025-01-01"`, `true`, "F"},
		{"a list", "is_date_before", `"2025-01-01"`, `["2024-01-01"]`, "F"},
		{"an object", "is_date_before", `"2025-01-01"`, `{}`, "F"},
		{"bad on both sides", "is_date_before", `"never"`, `"never"`, "F"},
	})
}

// TestCalendar_daysAgreeWithTheStandardLibrary goes through every day of four centuries and some far ones.
func TestCalendar_daysAgreeWithTheStandardLibrary(t *testing.T) {
	for days := int64(-200_000); days < 200_000; days += 1 {
		day := time.Unix(days*secondsPerDay, 0).UTC()
		want := date{int64(day.Year()), int(day.Month()), day.Day()}
		if got := dateOf(days); got != want || got.days() != days {
			t.Fatalf("day %d is %v and back %d, want %v", days, got, got.days(), want)
		}
	}
	for _, days := range []int64{-4_000_000, -719_529, -719_528, 2_932_896} {
		if got := dateOf(days).days(); got != days {
			t.Errorf("day %d comes back as %d", days, got)
		}
	}
}

func TestCalendar_stepsBack(t *testing.T) {
	for _, tc := range []struct {
		name  string
		from  date
		count int
		unit  byte
		want  date
	}{
		{"no step", date{2025, 3, 31}, 0, 'm', date{2025, 3, 31}},
		{"a day that exists", date{2025, 3, 15}, 2, 'm', date{2025, 1, 15}},
		{"clamped", date{2025, 3, 31}, 1, 'm', date{2025, 2, 28}},
		{"clamped and staying so", date{2025, 3, 31}, 2, 'm', date{2025, 1, 28}},
		{"clamped to a leap day", date{2024, 3, 31}, 1, 'm', date{2024, 2, 29}},
		{"and from there", date{2024, 3, 31}, 13, 'm', date{2023, 2, 28}},
		{"thirty days", date{2025, 7, 31}, 1, 'm', date{2025, 6, 30}},
		{"two long months", date{2025, 8, 31}, 1, 'm', date{2025, 7, 31}},
		{"over the year", date{2025, 1, 31}, 1, 'm', date{2024, 12, 31}},
		{"twelve months from the end", date{2025, 12, 31}, 12, 'm', date{2024, 12, 28}},
		{"twelve months over a leap day", date{2024, 12, 31}, 12, 'm', date{2023, 12, 29}},
		{"many", date{2025, 5, 28}, 9999, 'm', date{1192, 2, 28}},
		{"a year", date{2025, 3, 31}, 1, 'y', date{2024, 3, 31}},
		{"a leap day", date{2024, 2, 29}, 1, 'y', date{2023, 2, 28}},
		{"a leap day does not come back", date{2024, 2, 29}, 4, 'y', date{2020, 2, 28}},
		{"no years from a leap day", date{2024, 2, 29}, 0, 'y', date{2024, 2, 29}},
		{"before the calendar", date{2025, 3, 31}, 9999, 'y', date{-7974, 3, 31}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			from := instant{tc.from.days()*secondsPerDay + 4711, 42}
			want := instant{tc.want.days()*secondsPerDay + 4711, 42}
			if got := before(from, tc.count, tc.unit); got != want {
				t.Errorf("%v minus %d%c is %v, want %v", tc.from, tc.count, tc.unit, dateOf(floorDiv(got.seconds, secondsPerDay)), tc.want)
			}
		})
	}
}

// TestCalendar_monthsStepByStep compares with the obvious loop.
func TestCalendar_monthsStepByStep(t *testing.T) {
	for _, start := range []date{{2025, 3, 31}, {2024, 2, 29}, {2000, 12, 31}, {1904, 5, 30}, {1900, 3, 29}, {2025, 1, 1}} {
		step := start
		for count := range 1500 {
			if got := start.minusMonths(count); got != step {
				t.Fatalf("%v minus %d months is %v, want %v", start, count, got, step)
			}
			if step.month--; step.month == 0 {
				step.year, step.month = step.year-1, 12
			}
			step.day = min(step.day, lastDay(step.year, step.month))
		}
	}
}

func TestInstant_beforeTheEpoch(t *testing.T) {
	for ms, want := range map[int64]instant{0: {0, 0}, 1: {0, 1e6}, -1: {-1, 999e6}, -1000: {-1, 0}, 1999: {1, 999e6}} {
		if got := instantOf(ms); got != want {
			t.Errorf("%d ms is %v, want %v", ms, got, want)
		}
	}
}
