package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/libposthog/libposthog/tests/bench/sink"
)

// patience is how long one run of a program may take.
const patience = 3 * time.Minute

type bench struct {
	size     size
	rounds   int
	only     []string
	programs []program
	log      io.Writer
}

// run takes the scenarios one after the other, the rounds of each, and in a round all programs in turn.
func (b *bench) run() (*results, error) {
	r := &results{Started: time.Now().UTC(), Machine: machine(b.programs), Rounds: b.rounds, Programs: b.programs, Values: map[string]map[string][]float64{}}
	chosen := scenarios
	if b.only != nil {
		chosen = slices.DeleteFunc(slices.Clone(scenarios), func(s scenario) bool { return !slices.Contains(b.only, s.name) })
	}
	for _, s := range chosen {
		if s.repeats && b.size == tiny {
			continue
		}
		start := time.Now()
		for range b.rounds {
			if err := b.round(s, r); err != nil {
				return nil, err
			}
		}
		fmt.Fprintf(b.log, "%-12s %s\n", s.name, time.Since(start).Round(100*time.Millisecond))
	}
	return r, nil
}

// eventsOf is how many events a program captures.
func (s scenario) eventsOf(p program) counts {
	if p.Swift && s.swiftEvents != (counts{}) {
		return s.swiftEvents
	}
	return s.events
}

func (b *bench) round(s scenario, r *results) error {
	var taking []program
	for _, p := range b.programs {
		if p.Missing == "" && (s.programs == nil || s.programs(p)) {
			taking = append(taking, p)
		}
	}
	// Nothing is timed in a tiny run, so there is no need to take turns.
	if !s.together && b.size != tiny {
		for _, p := range taking {
			found, err := b.measure(s, p)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", p.Key, s.name, err)
			}
			r.add(p.Key, found)
		}
		return nil
	}
	found, failures := make([]map[string]float64, len(taking)), make([]error, len(taking))
	var all sync.WaitGroup
	for i, p := range taking {
		all.Go(func() { found[i], failures[i] = b.measure(s, p) })
	}
	all.Wait()
	for i, p := range taking {
		if failures[i] != nil {
			return fmt.Errorf("%s, %s: %w", p.Key, s.name, failures[i])
		}
		r.add(p.Key, found[i])
	}
	return nil
}

// measure runs one program once, with a server of its own.
func (b *bench) measure(s scenario, p program) (map[string]float64, error) {
	server, err := sink.Start()
	if err != nil {
		return nil, err
	}
	defer server.Close()
	server.Begin(s.behaviour)
	host := server.URL
	if s.absent {
		host = "http://127.0.0.1:1" // a port that nobody listens on
	}
	n, warm := s.eventsOf(p)[b.size], warmEvents[b.size]
	if s.absent || s.behaviour.Mute {
		warm = 0 // nothing can be delivered
	}
	arguments := []string{s.run, "host=" + host, fmt.Sprintf("n=%d", n), fmt.Sprintf("warm=%d", warm)}
	if s.roomy {
		arguments = append(arguments, fmt.Sprintf("queue=%d", n+warm))
	}
	for name, value := range s.parameters {
		arguments = append(arguments, fmt.Sprintf("%s=%d", name, value))
	}
	for name, values := range s.sized {
		arguments = append(arguments, fmt.Sprintf("%s=%d", name, values[b.size]))
	}
	printed, err := execute(p, arguments)
	if err != nil {
		return nil, err
	}
	count, err := server.End()
	if err != nil {
		return nil, err
	}
	return s.rows(outcome{printed: printed, count: count, captured: n + warm, warm: warm}), nil
}

// execute runs a program and reads the line it prints.
func execute(p program, arguments []string) (map[string]float64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, p.argv[0], append(slices.Clone(p.argv[1:]), arguments...)...)
	command.Env = append(os.Environ(), p.env...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return nil, errors.Join(err, errors.New(strings.TrimSpace(stderr.String())))
	}
	printed := map[string]float64{}
	if err := json.Unmarshal(stdout.Bytes(), &printed); err != nil {
		return nil, fmt.Errorf("printed %q: %w", stdout.String(), err)
	}
	return printed, nil
}
