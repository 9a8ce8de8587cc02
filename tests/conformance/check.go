package conformance

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	idForm  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	errKind = []string{"timeout", "dns", "connect", "tls", "reset", "encoding", "cancelled", "other"}
)

// What a host may lack and a case may need.
const (
	// NeedPoll is the capability to call poll as an ordinary operation, which leaves a request without an answer.
	NeedPoll = "poll"
	// NeedVirtualTime is what every case needs but those of the group [RealTime].
	NeedVirtualTime = "virtual-time"
)

// RealTime is the group of the cases that hold in real time too.
const RealTime = "realtime"

// Capabilities are all of them, which every host in Go has.
var Capabilities = []string{NeedPoll, NeedVirtualTime}

// notCases are the JSON files of the folder that hold no cases.
var notCases = []string{"index.json", "schema.json"}

// Check returns what is wrong with the cases as data: everything a runner may rely on.
func (corpus *Corpus) Check() []error {
	var errs []error
	ids := map[string]bool{}
	for _, c := range corpus.Cases {
		if ids[c.ID] {
			errs = append(errs, fmt.Errorf("%s: id %q is taken", c.File, c.ID))
		}
		ids[c.ID] = true
		errs = append(errs, c.check()...)
	}
	return append(errs, corpus.checkIndex()...)
}

// checkIndex compares the index with what lies in the folder.
func (corpus *Corpus) checkIndex() []error {
	var errs []error
	paths, err := filepath.Glob(filepath.Join(corpus.Dir, "*.json"))
	if err != nil || len(paths) == 0 {
		return []error{fmt.Errorf("%s: no cases: %v", corpus.Dir, err)}
	}
	for _, path := range paths {
		name := filepath.Base(path)
		if !slices.Contains(notCases, name) && !slices.Contains(corpus.Files, name) {
			errs = append(errs, fmt.Errorf("%s is not in index.json", name))
		}
	}
	for i, name := range corpus.Files {
		if slices.Contains(corpus.Files[:i], name) {
			errs = append(errs, fmt.Errorf("index.json lists %s twice", name))
		}
		if _, err := os.Stat(filepath.Join(corpus.Dir, name)); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

func (c *Case) check() []error {
	var errs []error
	complain := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: case %q: %s", c.File, c.ID, fmt.Sprintf(format, args...)))
	}
	if !idForm.MatchString(c.ID) {
		complain("an id is lower-case words joined by hyphens")
	}
	if c.Group != group(c.File) {
		complain("group %q stands in file %s", c.Group, c.File)
	}
	if entropy, err := hex.DecodeString(c.Entropy); err != nil || len(entropy) != 32 {
		complain("entropy is not 64 hex digits")
	}
	if c.T0Ms <= 0 {
		complain("t0_ms is missing")
	}
	if c.Open.Kind != Object {
		complain("open is %s", c.Open.Kind)
	}
	if why := plain(c.Open); why != "" {
		complain("open holds %s", why)
	}
	for i := range c.Steps {
		for _, why := range c.Steps[i].check(c.Steps[:i]) {
			complain("step %d: %s", i, why)
		}
		if c.Steps[i].Op == "poll" && !slices.Contains(c.Needs, NeedPoll) {
			complain("step %d: calls poll, but the case does not need it", i)
		}
	}
	for _, need := range c.Needs {
		if need != NeedPoll {
			complain("unknown need %q", need)
		}
	}
	if why := c.checkEnd(); why != "" {
		complain("%s", why)
	}
	return errs
}

// checkEnd makes sure that nobody overlooks a request: a case ends when the client has nothing to do, or is shut
// down.
func (c *Case) checkEnd() string {
	if len(c.Steps) == 0 {
		return "no steps"
	}
	shut := slices.ContainsFunc(c.Steps, func(s Step) bool { return s.Op == "shutdown" })
	if !shut && !c.Steps[len(c.Steps)-1].Idle {
		return "the last step is not idle and the client is not shut down"
	}
	return ""
}

// check returns what is wrong with a step that follows others.
func (s *Step) check(before []Step) []string {
	var whys []string
	complain := func(format string, args ...any) { whys = append(whys, fmt.Sprintf(format, args...)) }
	kinds := 0
	for _, is := range []bool{s.Op != "", s.HTTP != nil, s.Done != nil, s.Idle} {
		if is {
			kinds++
		}
	}
	if kinds != 1 {
		complain("a step is exactly one of op, http, done and idle")
	}
	if s.AtMs <= 0 {
		complain("at_ms is missing")
	}
	if s.Op == "" && (s.In != nil || s.Raw != nil) || s.In != nil && s.Raw != nil {
		complain("in or raw stands without op, or both do")
	}
	if s.Op == "" && s.Done == nil && (s.Status != 0 || s.Expect != nil) {
		complain("status and expect belong to op and done")
	}
	if s.Pad < 0 || (s.Pad > 0) != (s.Raw != nil && strings.Count(*s.Raw, padding) == 1) {
		complain("pad stands with a raw that has %s once, and such a raw with pad", padding)
	}
	if s.WakeMs != nil && !s.Idle {
		complain("wake_ms belongs to idle")
	}
	if s.Op == "open" {
		complain("open is the runner's")
	}
	if s.In != nil {
		if _, taken := s.In.Get("now_ms"); taken || s.In.Kind != Object {
			complain("in is not an object without now_ms")
		}
		if why := plain(*s.In); why != "" {
			complain("in holds %s: use raw", why)
		}
	}
	if s.Expect != nil {
		whys = append(whys, checkExpected(*s.Expect)...)
	}
	if s.HTTP != nil {
		whys = append(whys, s.HTTP.check()...)
	}
	if s.Done != nil && (*s.Done < 0 || *s.Done >= len(before) || before[*s.Done].Status != 1) {
		complain("done %d is no earlier step with status 1", *s.Done)
	}
	return whys
}

func (e *Exchange) check() []string {
	var whys []string
	if body := e.Expect.Body; body != nil {
		if body.Kind != Object && body.Kind != Array {
			whys = append(whys, "an expected body is an object or an array")
		}
		whys = append(whys, checkExpected(*body)...)
	}
	if (e.Reply.Status != 0) == (e.Reply.Error != "") {
		whys = append(whys, "a reply has either status or error")
	}
	if e.Reply.Error != "" && !slices.Contains(errKind, e.Reply.Error) {
		whys = append(whys, "unknown error "+e.Reply.Error)
	}
	for _, headers := range []map[string]string{e.Expect.Headers, e.Reply.Headers} {
		for name := range headers {
			if name != strings.ToLower(name) {
				whys = append(whys, "header "+name+" is not in lower case")
			}
		}
	}
	if body := e.Reply.Body; body != nil && body.Kind != String {
		if why := plain(*body); why != "" {
			whys = append(whys, "the reply's body holds "+why+": write it as a string")
		}
	}
	return whys
}

// checkExpected returns what is wrong with an expectation.
func checkExpected(v Value) []string {
	var whys []string
	seen := map[string]bool{}
	for _, m := range v.Members {
		if seen[m.Name] {
			whys = append(whys, "expected member "+m.Name+" is repeated")
		}
		seen[m.Name] = true
		if m.Name == anyMember && (len(v.Members) != 1 || placeholders[m.Value.Text] == nil) {
			whys = append(whys, "unknown placeholder "+v.String())
		}
		whys = append(whys, checkExpected(m.Value)...)
	}
	for _, element := range v.Elements {
		whys = append(whys, checkExpected(element)...)
	}
	return whys
}

// plain says what in v the JSON library of some language would write differently from how it read it, or "".
func plain(v Value) string {
	if v.Kind == Number {
		n, err := strconv.ParseInt(v.Text, 10, 64)
		if err != nil || n > 1<<53-1 || n < -(1<<53-1) || v.Text != strconv.FormatInt(n, 10) {
			return "the number " + v.Text
		}
	}
	seen := map[string]bool{}
	for _, m := range v.Members {
		if seen[m.Name] {
			return "the member " + m.Name + " twice"
		}
		seen[m.Name] = true
		// JavaScript moves such names to the front of an object.
		if _, err := strconv.ParseUint(m.Name, 10, 32); err == nil && len(v.Members) > 1 {
			return "the number " + m.Name + " as a name among others"
		}
		if why := plain(m.Value); why != "" {
			return why
		}
	}
	for _, element := range v.Elements {
		if why := plain(element); why != "" {
			return why
		}
	}
	return ""
}
