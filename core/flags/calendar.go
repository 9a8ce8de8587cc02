package flags

// instant is a point in time: seconds since 1970 in UTC, and nanoseconds within the second.
type instant struct {
	seconds     int64
	nanoseconds int32
}

func (t instant) compare(u instant) int {
	switch {
	case t.seconds != u.seconds && t.seconds < u.seconds || t.seconds == u.seconds && t.nanoseconds < u.nanoseconds:
		return -1
	case t == u:
		return 0
	}
	return 1
}

// instantOf converts Unix milliseconds.
func instantOf(ms int64) instant {
	seconds, rest := ms/1000, ms%1000
	if rest < 0 {
		seconds, rest = seconds-1, rest+1000
	}
	return instant{seconds, int32(rest) * 1e6}
}

const secondsPerDay = 24 * 60 * 60

// date is a day of the Gregorian calendar, also before there was one.
type date struct {
	year       int64
	month, day int
}

// days counts the days from 1970-01-01. Years are counted from March, so that a leap day comes last.
func (d date) days() int64 {
	year, month := d.year, int64(d.month)-3
	if month < 0 {
		year, month = year-1, month+12
	}
	era := floorDiv(year, 400)
	yearOfEra := year - era*400
	dayOfYear := (153*month+2)/5 + int64(d.day) - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return era*146097 + dayOfEra - 719468
}

// dateOf is the inverse of days.
func dateOf(days int64) date {
	days += 719468
	era := floorDiv(days, 146097)
	dayOfEra := days - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	month := (5*dayOfYear + 2) / 153
	d := date{year: yearOfEra + era*400, month: int(month) + 3, day: int(dayOfYear-(153*month+2)/5) + 1}
	if d.month > 12 {
		d.year, d.month = d.year+1, d.month-12
	}
	return d
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func isLeap(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func lastDay(year int64, month int) int {
	switch month {
	case 2:
		if isLeap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// minusMonths goes back month by month. A day that a month does not have becomes its last one and stays that: two
// months before March 31 is January 28.
func (d date) minusMonths(n int) date {
	for ; n > 0 && d.day > 28; n-- {
		if d.month--; d.month == 0 {
			d.year, d.month = d.year-1, 12
		}
		d.day = min(d.day, lastDay(d.year, d.month))
	}
	months := d.year*12 + int64(d.month-1) - int64(n)
	d.year = floorDiv(months, 12)
	d.month = int(months-d.year*12) + 1
	return d
}

// minusYears goes back year by year; a leap day becomes February 28 and stays that.
func (d date) minusYears(n int) date {
	if n > 0 && d.month == 2 {
		d.day = min(d.day, 28)
	}
	d.year -= int64(n)
	return d
}
