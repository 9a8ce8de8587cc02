// Command judge plays what PostHog's SDK compliance harness asks of an SDK, against every host's adapter, and prints
// who did what:
//
//	judge [-host NAME] [-play NAME] [-at URL]
//
// Hosts are started from the top of the checkout, each once for every protocol and encoding it has; -at judges an
// adapter that runs already instead. The exit status is 1 if a contract failed, or if two hosts with the same
// capabilities played a different number.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/libposthog/libposthog/tests/adapter"
)

// concurrency is how many contracts are under way at one adapter, and at all of them. Most of their time they wait.
const (
	concurrency      = 24
	totalConcurrency = 96
)

// subject is an adapter to judge.
type subject struct {
	host, profile string
	url           string
	capabilities  []string
	// encodingOnly is for a host that was judged with gzip, too: what has nothing to do with the encoding is the same.
	encodingOnly bool
	verdicts     []verdict
}

// verdict is how a contract ended; a nil problem is a pass.
type verdict struct {
	contract string
	problem  error
}

func main() {
	host := flag.String("host", "", "judge this host alone")
	only := flag.String("play", "", "play the contracts that have this in their name")
	at := flag.String("at", "", "judge the adapter at this URL")
	flag.Parse()
	if err := judge(*host, *only, *at); err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(1)
	}
}

func judge(host, only, at string) error {
	mock, err := newMock()
	if err != nil {
		return err
	}
	defer mock.close()
	var subjects []*subject
	if at != "" {
		subjects = []*subject{{host: at, url: strings.TrimRight(at, "/")}}
	} else {
		started, stop, err := startHosts(host)
		defer stop()
		if err != nil {
			return err
		}
		subjects = started
	}
	var group sync.WaitGroup
	problems := make([]error, len(subjects))
	total := make(chan struct{}, totalConcurrency)
	for i, s := range subjects {
		group.Go(func() { problems[i] = s.judge(mock, only, total) })
	}
	group.Wait()
	for i, problem := range problems {
		if problem != nil {
			return fmt.Errorf("%s: %w", subjects[i].host, problem)
		}
	}
	return report(os.Stdout, subjects)
}

// startHosts starts an adapter for each profile of each host, or of one.
func startHosts(only string) (subjects []*subject, stop func(), err error) {
	var stops []func()
	stop = func() {
		for _, s := range stops {
			s()
		}
	}
	for _, h := range adapter.Hosts {
		if only != "" && h.Name != only {
			continue
		}
		for _, profile := range h.Profiles {
			front, err := h.Start(profile)
			if err != nil {
				return nil, stop, err
			}
			server := httptest.NewServer(front)
			stops = append(stops, func() {
				server.Close()
				front.Close()
			})
			subjects = append(subjects, &subject{
				host: h.Name, profile: profile.String(), url: server.URL, encodingOnly: profile.Encoding != "gzip",
			})
		}
	}
	if len(subjects) == 0 {
		return nil, stop, fmt.Errorf("no host %q", only)
	}
	return subjects, stop, nil
}

// judge plays every contract that the adapter's capabilities call for. total bounds what is under way everywhere.
func (s *subject) judge(mock *mock, only string, total chan struct{}) error {
	if err := s.ask(); err != nil {
		return err
	}
	places := make(chan struct{}, concurrency)
	var group sync.WaitGroup
	var mu sync.Mutex
	for _, c := range contracts() {
		if !s.has(c.needs) || !strings.Contains(c.name, only) || s.encodingOnly && !strings.HasPrefix(c.name, "encoding/") {
			continue
		}
		places <- struct{}{}
		total <- struct{}{}
		group.Go(func() {
			defer func() { <-total; <-places }()
			id := strings.NewReplacer("/", "-", ":", "").Replace("t-" + s.host + "-" + s.profile + "-" + c.name)
			problem := run(s.url, mock, id, c)
			mu.Lock()
			s.verdicts = append(s.verdicts, verdict{c.name, problem})
			mu.Unlock()
		})
	}
	group.Wait()
	slices.SortFunc(s.verdicts, func(a, b verdict) int { return strings.Compare(a.contract, b.contract) })
	return nil
}

func (s *subject) ask() error {
	response, err := http.Get(s.url + "/health")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var health struct {
		Name         string `json:"sdk_name"`
		SDK          string `json:"sdk_version"`
		Adapter      string `json:"adapter_version"`
		Capabilities []string
	}
	if err := json.NewDecoder(response.Body).Decode(&health); err != nil {
		return err
	}
	if health.Name == "" || health.SDK == "" || health.Adapter == "" {
		return fmt.Errorf("/health is %+v", health)
	}
	s.capabilities = health.Capabilities
	return nil
}

func (s *subject) has(needs []string) bool {
	return !slices.ContainsFunc(needs, func(need string) bool { return !slices.Contains(s.capabilities, need) })
}
