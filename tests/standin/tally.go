package standin

import (
	"cmp"
	"crypto/sha256"
	"slices"
)

const (
	// maxSeen bounds the set of event ids that tells a duplicate from a new event.
	maxSeen = 2_000_000
	// maxTallies bounds the (token, library) pairs counted apart, and maxReads the latest flag answers: both are names
	// from the network.
	maxTallies = 4096
	maxReads   = 2048
	// overflowName stands for every token and library past maxTallies.
	overflowName = "(other)"
)

// Count counts events. Distinct and Duplicates add up to Events.
type Count struct {
	Events     int64 `json:"events"`
	Distinct   int64 `json:"distinct"`
	Duplicates int64 `json:"duplicates"`
}

// Summary counts everything received since the last reset, also what the journal no longer keeps.
type Summary struct {
	Count
	// DistinctExact is false once more ids came than are remembered: a duplicate may then count as distinct.
	DistinctExact bool             `json:"distinct_exact"`
	ByLib         map[string]Count `json:"by_lib"`
}

// Library is what the stand-in knows about the hosts of one library. Its times are 0 for never.
type Library struct {
	Lib string `json:"lib"`
	Count
	LastEventMS    int64  `json:"last_event_ms"`
	LastPollMS     int64  `json:"last_poll_ms"`     // of the flag definitions
	LastPollStatus int    `json:"last_poll_status"` // 0 if no answer came through
	LastPollETag   string `json:"last_poll_etag"`   // the version that the last successful poll gave it
}

// tallyKey identifies one counter.
type tallyKey struct {
	token, lib string
}

// tally counts events by token and library. It is not safe for concurrent use: the journal's lock guards it.
type tally struct {
	counts   map[tallyKey]*Count
	hosts    map[string]*Library // last sightings; the counts in here stay zero
	seen     map[[16]byte]struct{}
	maxSeen  int
	overflow bool // seen is full and an id was not remembered
}

func newTally() *tally {
	return &tally{
		counts:  make(map[tallyKey]*Count),
		hosts:   make(map[string]*Library),
		seen:    make(map[[16]byte]struct{}),
		maxSeen: maxSeen,
	}
}

// add counts one event. Two events of one token with one uuid are duplicates, whatever library sent them; an event
// without a uuid is distinct, because the service would give it an id of its own.
func (t *tally) add(event *Event) {
	key := tallyKey{event.Token, event.Lib}
	count := t.counts[key]
	if count == nil && len(t.counts) >= maxTallies {
		key = tallyKey{overflowName, overflowName}
		count = t.counts[key]
	}
	if count == nil {
		count = new(Count)
		t.counts[key] = count
	}
	count.Events++
	if t.duplicate(event) {
		count.Duplicates++
	} else {
		count.Distinct++
	}
	if host := t.host(event.Lib); host != nil {
		host.LastEventMS = event.ReceivedAtMS
	}
}

// duplicate reports whether the id came before, and remembers it.
func (t *tally) duplicate(event *Event) bool {
	if event.UUID == "" {
		return false
	}
	sum := sha256.Sum256([]byte(event.Token + "\x00" + event.UUID))
	id := [16]byte(sum[:16])
	if _, known := t.seen[id]; known {
		return true
	}
	if len(t.seen) >= t.maxSeen {
		t.overflow = true
		return false
	}
	t.seen[id] = struct{}{}
	return false
}

// host is the last sightings of a library, nil past the bound.
func (t *tally) host(lib string) *Library {
	host := t.hosts[lib]
	if host == nil && len(t.hosts) < maxTallies {
		host = &Library{Lib: lib}
		t.hosts[lib] = host
	}
	return host
}

// summary adds up the counters of one token, or of all if token is empty.
func (t *tally) summary(token string) Summary {
	total := Summary{DistinctExact: !t.overflow, ByLib: make(map[string]Count)}
	for key, count := range t.counts {
		if token != "" && token != key.token {
			continue
		}
		total.Count = total.plus(*count)
		total.ByLib[key.lib] = total.ByLib[key.lib].plus(*count)
	}
	return total
}

// libraries joins counts and sightings, sorted by name.
func (t *tally) libraries() []Library {
	byLib := t.summary("").ByLib
	list := make([]Library, 0, len(t.hosts))
	for lib, host := range t.hosts {
		library := *host
		library.Count = byLib[lib]
		list = append(list, library)
		delete(byLib, lib)
	}
	for lib, count := range byLib {
		list = append(list, Library{Lib: lib, Count: count})
	}
	slices.SortFunc(list, func(a, b Library) int { return cmp.Compare(a.Lib, b.Lib) })
	return list
}

func (c Count) plus(other Count) Count {
	return Count{c.Events + other.Events, c.Distinct + other.Distinct, c.Duplicates + other.Duplicates}
}
