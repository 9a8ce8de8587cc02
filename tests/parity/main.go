package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/libposthog/libposthog/tests/standin"
)

// errDiffer says that the two sides differ otherwise than the README says.
var errDiffer = errors.New("the README does not say how these differ")

func main() {
	language := flag.String("language", "", "python, node or ruby")
	readme := flag.String("readme", "", "the README that has the parity table")
	scenario := flag.String("scenario", "tests/parity/scenario.json", "the scenario")
	alone := flag.Bool("alone", false, "run ours by itself: the official SDK is not at hand")
	flag.Parse()
	err := errors.New("usage: parity -language LANGUAGE -readme README DRIVER [ARGUMENT...]")
	if claims := claimsOf[*language]; claims != nil && *readme != "" && flag.NArg() > 0 {
		if *alone {
			err = runAlone(*language, claims, *readme, *scenario, flag.Args())
		} else {
			err = run(*language, claims, *readme, *scenario, flag.Args())
		}
	}
	switch {
	case errors.Is(err, errDiffer):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(language string, claims []claim, readme, scenarioPath string, driver []string) error {
	text, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	s, err := readScenario(scenarioPath)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "parity")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	var sides [2]map[string]record
	for i, side := range []string{"official", "ours"} {
		if sides[i], err = perform(s, language, side, driver, filepath.Join(folder, side)); err != nil {
			return err
		}
	}
	return report(language, claims, string(text), s.of(language), sides[0], sides[1])
}

// runAlone performs our side. Nothing is compared, but no step may raise, every case has its answers, and the README has
// what the claims name.
func runAlone(language string, claims []claim, readme, scenarioPath string, driver []string) error {
	text, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	for _, c := range claims {
		if !c.inReadme(string(text)) {
			return fmt.Errorf("%s: the README has no line with %q", language, c.line)
		}
	}
	s, err := readScenario(scenarioPath)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "parity")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	records, err := perform(s, language, "ours", driver, filepath.Join(folder, "ours"))
	if err != nil {
		return err
	}
	places := 0
	for _, c := range s.of(language) {
		places += len(records[c.ID])
		for place, value := range records[c.ID] {
			if answer, ok := value.(map[string]any); ok && answer["raised"] != nil {
				return fmt.Errorf("case %s, %s: it raised %v", c.ID, place, answer["raised"])
			}
		}
	}
	fmt.Printf("%s: %d cases, %d events, requests and answers of ours\n", language, len(records), places)
	return nil
}

// perform runs a driver once and returns, by case, what it did.
func perform(s *scenario, language, side string, driver []string, answersPath string) (map[string]record, error) {
	server, err := standin.Start(standin.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = server.Close() }()
	if err := s.prepare(server); err != nil {
		return nil, err
	}
	answers, err := drive(driver, s.path, server.URL, side, answersPath)
	if err != nil {
		return nil, fmt.Errorf("%s driver, %s: %w", language, side, err)
	}
	records := map[string]record{}
	for _, c := range s.of(language) {
		answer, ok := answers[c.ID]
		if !ok {
			return nil, fmt.Errorf("%s driver, %s: no answers to case %s", language, side, c.ID)
		}
		token := "phc_" + side + "_" + c.ID
		if records[c.ID], err = readRecord(server.Requests(standin.Filter{Token: token}), answer, s.given); err != nil {
			return nil, fmt.Errorf("%s, case %s: %w", side, c.ID, err)
		}
	}
	return records, nil
}

// report prints what differs and why.
func report(language string, claims []claim, readme string, cases []scenarioCase, theirs, ours map[string]record) error {
	used := make([]int, len(claims))
	unclaimed, found := 0, 0
	for _, c := range cases {
		for _, d := range compare(c.ID, theirs[c.ID], ours[c.ID]) {
			found++
			index := claimant(claims, d)
			if index < 0 {
				unclaimed++
				fmt.Printf("%s: %s\n", language, d)
				continue
			}
			used[index]++
		}
	}
	failed := unclaimed > 0
	for i, c := range claims {
		switch {
		case !c.inReadme(readme):
			failed = true
			fmt.Printf("%s: the README has no line with %q\n", language, c.line)
		case used[i] == 0:
			failed = true
			fmt.Printf("%s: nothing differs as %q says\n", language, c.line)
		default:
			fmt.Printf("%s: %4d differences: %s\n", language, used[i], c.line)
		}
	}
	fmt.Printf("%s: %d cases, %d differences, %d of them not in the README\n", language, len(cases), found, unclaimed)
	if failed {
		return errDiffer
	}
	return nil
}
