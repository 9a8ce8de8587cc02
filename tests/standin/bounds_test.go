package standin

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

func TestRing_keepsTheNewestWithinBothBounds(t *testing.T) {
	cases := []struct {
		name               string
		maxItems, maxBytes int
		sizes              []int
		want               []int // indexes kept, oldest first
	}{
		{"empty", 2, 10, nil, nil},
		{"within", 3, 10, []int{1, 1}, []int{0, 1}},
		{"by count", 2, 10, []int{1, 1, 1, 1, 1}, []int{3, 4}},
		{"by size", 9, 10, []int{4, 4, 4, 4}, []int{2, 3}},
		{"one too large stays alone", 9, 10, []int{1, 1, 99}, []int{2}},
		{"and goes with the next", 9, 10, []int{99, 1}, []int{1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := ring[int]{maxItems: c.maxItems, maxBytes: c.maxBytes}
			for i, size := range c.sizes {
				r.push(i, size)
			}
			var kept []int
			r.each(func(i int) { kept = append(kept, i) })
			if !slices.Equal(kept, c.want) {
				t.Errorf("kept %v, want %v", kept, c.want)
			}
			slices.Reverse(kept)
			if newest := r.newest(100); !slices.Equal(newest, kept) {
				t.Errorf("newest first: %v, want %v", newest, kept)
			}
		})
	}
}

func TestRing_memoryFollowsTheBound(t *testing.T) {
	r := ring[int]{maxItems: 10, maxBytes: 1000}
	for i := range 100_000 {
		r.push(i, 1)
	}
	if cap(r.slots) > 64 {
		t.Errorf("%d slots for 10 items", cap(r.slots))
	}
}

func TestJournal_dropsTheOldestAndCountsAll(t *testing.T) {
	server := start(t, Options{MaxEvents: 5, MaxRequests: 3})
	for i := range 8 {
		send(t, "POST", server.URL+"/batch/", batch("k", fmt.Sprint("u-", i), fmt.Sprint("e-", i)), nil)
	}
	send(t, "POST", server.URL+"/batch/", batch("k", "u-0", "e-8"), nil) // its first copy is dropped already
	events := server.Events(Filter{})
	if len(events) != 5 || events[0].Event != "e-4" || events[4].Event != "e-8" {
		t.Errorf("%d events kept, the first is %+v", len(events), events[0])
	}
	if requests := server.Requests(Filter{}); len(requests) != 3 {
		t.Errorf("%d requests kept, want 3", len(requests))
	}
	if summary := server.Summary("k"); summary.Count != (Count{9, 8, 1}) || !summary.DistinctExact {
		t.Errorf("summary %+v", summary)
	}
}

func TestTally_saysWhenDistinctIsNoLongerExact(t *testing.T) {
	tally := newTally()
	tally.maxSeen = 2
	for _, uuid := range []string{"a", "b", "a", "c", "c"} {
		tally.add(&Event{Token: "k", Lib: "l", UUID: uuid})
	}
	if summary := tally.summary(""); summary.Count != (Count{5, 4, 1}) || summary.DistinctExact {
		t.Errorf("summary %+v", summary)
	}
}

func TestTally_boundsTheNamesItTellsApart(t *testing.T) {
	tally := newTally()
	for i := range maxTallies + 10 {
		tally.add(&Event{Token: "k", Lib: fmt.Sprint(i)})
	}
	summary := tally.summary("")
	if len(summary.ByLib) != maxTallies+1 || summary.ByLib[overflowName].Events != 10 || summary.Events != maxTallies+10 {
		t.Errorf("%d libraries, %+v beyond, %d events", len(summary.ByLib), summary.ByLib[overflowName], summary.Events)
	}
	if libraries := tally.libraries(); len(libraries) != maxTallies+1 {
		t.Errorf("%d libraries listed", len(libraries))
	}
}

func TestJournal_boundsTheFlagReads(t *testing.T) {
	j := newJournal(0, 0, newHub())
	for i := range maxReads + 10 {
		properties := fmt.Appendf(nil, `{"$feature_flag":"f-%d","$feature_flag_response":true}`, i)
		j.accept([]*Event{{Lib: "l", Event: "$feature_flag_called", Properties: properties, ReceivedAtMS: int64(i + 1)}})
	}
	reads := j.overview().FlagReads
	if len(reads) != maxReads {
		t.Errorf("%d reads, want %d", len(reads), maxReads)
	}
	if slices.ContainsFunc(reads, func(read FlagRead) bool { return read.AtMS <= 10 }) {
		t.Error("an old read was kept in place of a new one")
	}
}

func TestHub_dropsForASlowReaderAndNeverBlocks(t *testing.T) {
	h := newHub()
	reader := h.join()
	defer h.leave(reader)
	for range streamBacklog + 10 {
		h.publish("event", struct{}{})
	}
	if len(reader) != streamBacklog {
		t.Errorf("%d messages wait, want %d", len(reader), streamBacklog)
	}
}

// TestServer_hammer drives everything at once for the race detector and checks that no event is lost.
func TestServer_hammer(t *testing.T) {
	server := start(t, Options{MaxEvents: 100, MaxRequests: 50})
	const workers, rounds = 8, 25
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			for round := range rounds {
				if err := server.AddFault(Fault{Path: "/nowhere", Sequence: []Step{{Status: 500}}}); err != nil {
					t.Errorf("add fault: %v", err)
				}
				body := batch("k", fmt.Sprintf("%d-%d", worker, round/2), "e")
				if answer, err := try(t, "POST", server.URL+"/batch/", body, nil); err != nil || answer.status != 200 {
					t.Errorf("post: %v %v", answer.status, err)
				}
				percentage := float64(round)
				if _, err := server.EditFlag("beta-dashboard", FlagEdit{RolloutPercentage: &percentage}); err != nil {
					t.Errorf("edit: %v", err)
				}
				server.Overview()
				server.Events(Filter{Lib: "posthog-test"})
				server.Requests(Filter{Path: "/batch"})
			}
		})
	}
	group.Wait()
	distinct := int64(workers * (rounds/2 + 1))
	if summary := server.Summary("k"); summary.Count != (Count{workers * rounds, distinct, workers*rounds - distinct}) {
		t.Errorf("summary %+v", summary)
	}
}
