package standin

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browserPatience covers the start of a browser on a busy machine.
const browserPatience = 60 * time.Second

// browse opens the page in a Chromium of its own.
func browse(t *testing.T, url string) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("drives a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is not in PATH; install it (on Debian: apt-get install chromium) or run go test -short")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // a container's root has no user namespaces to sandbox in
		chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("stop the browser: %v", err)
		}
		cancel()
		cancelAllocator()
	})
	// The first run starts the browser and must not carry a deadline: it would end the browser with it.
	watchdog := time.AfterFunc(browserPatience, cancelAllocator)
	defer watchdog.Stop()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800), chromedp.Navigate(url)); err != nil {
		t.Fatalf("open %s: %v", url, err)
	}
	return ctx
}

// evaluate runs an expression in the page.
func evaluate[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	value, err := chromedp.Run(bounded, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// act performs an action in the page.
func act(t *testing.T, ctx context.Context, action chromedp.Action[chromedp.Void]) {
	t.Helper()
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := chromedp.Do(bounded, action); err != nil {
		t.Fatal(err)
	}
}

// texts lists what the elements under a selector say.
func texts(t *testing.T, ctx context.Context, selector string) []string {
	t.Helper()
	return evaluate[[]string](t, ctx, fmt.Sprintf(`[...document.querySelectorAll(%q)].map((e) => e.textContent)`, selector))
}

// showsText waits until one of the elements under a selector says exactly this.
func showsText(t *testing.T, ctx context.Context, selector, text string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s says %q", selector, text), func() bool {
		for _, shown := range texts(t, ctx, selector) {
			if shown == text {
				return true
			}
		}
		return false
	})
}

// active reads a flag from the definitions endpoint, as an SDK would.
func active(t *testing.T, server *Server, key string) (on bool, rollout float64) {
	t.Helper()
	var document struct {
		Flags []struct {
			Key     string
			Active  bool
			Filters struct {
				Groups []struct {
					RolloutPercentage float64 `json:"rollout_percentage"`
				}
			}
		}
	}
	answer := send(t, "GET", server.URL+"/flags/definitions?token=phc_a&send_cohorts", nil, secret)
	if err := json.Unmarshal([]byte(answer.body), &document); err != nil {
		t.Fatal(err)
	}
	for _, flag := range document.Flags {
		if flag.Key == key {
			return flag.Active, flag.Filters.Groups[0].RolloutPercentage
		}
	}
	t.Fatalf("no flag %s in %s", key, answer.body)
	return false, 0
}

func TestPage_showsWhatArrivesAndChangesFlags(t *testing.T) {
	server := start(t, Options{})
	ctx := browse(t, server.URL+"/")
	showsText(t, ctx, "#link", "Live")
	// One browser for all of them: each leaves behind only what the next does not look at.
	for _, step := range []struct {
		name  string
		check func(*testing.T, context.Context, *Server)
	}{
		{"events appear", checkEventsAppear},
		{"names from the network stay text", checkNamesStayText},
		{"the switch turns a flag off and on", checkSwitchTurnsFlag},
		{"the slider sets a rollout from the keyboard", checkSliderSetsRollout},
		{"a change from elsewhere appears", checkForeignEditAppears},
		{"a host is seen to pick a change up", checkHostPicksUp},
		{"the reset button forgets events", checkResetForgets},
	} {
		t.Run(step.name, func(t *testing.T) { step.check(t, ctx, server) })
	}
}

func checkEventsAppear(t *testing.T, ctx context.Context, server *Server) {
	t.Helper()
	send(t, "POST", server.URL+"/batch/", batch("phc_a", "u-1", "order completed"), nil)
	showsText(t, ctx, "#events .event-name", "order completed")
	showsText(t, ctx, "#libraries td:first-child", "posthog-test")
	showsText(t, ctx, "#count-events", "1")
}

func checkNamesStayText(t *testing.T, ctx context.Context, server *Server) {
	t.Helper()
	const name = `<img src=x onerror="document.title='owned'">`
	body := encodeJSON(map[string]any{"api_key": "phc_a", "batch": []any{map[string]any{
		"event": name, "distinct_id": name, "properties": map[string]any{"$lib": name},
	}, map[string]any{
		"event": "$feature_flag_called", "properties": map[string]any{
			"$lib": name, "$feature_flag": name, "$feature_flag_response": name,
		},
	}}})
	send(t, "POST", server.URL+"/batch/", body, nil)
	showsText(t, ctx, "#events .event-name", name)
	showsText(t, ctx, "#libraries td:first-child", name)
	showsText(t, ctx, "#answers .value", name)
	if images := evaluate[int](t, ctx, `document.querySelectorAll("img").length`); images != 0 {
		t.Errorf("%d images came out of names", images)
	}
	if title := evaluate[string](t, ctx, `document.title`); title != "PostHog stand-in" {
		t.Errorf("a name ran as a script: title %q", title)
	}
}

func checkSwitchTurnsFlag(t *testing.T, ctx context.Context, server *Server) {
	t.Helper()
	power := chromedp.CSS(`input[role="switch"][data-flag="new-checkout"]`)
	for _, want := range []bool{false, true} {
		act(t, ctx, chromedp.Click(power))
		eventually(t, fmt.Sprintf("new-checkout is active: %v", want), func() bool {
			on, _ := active(t, server, "new-checkout")
			return on == want
		})
	}
}

func checkSliderSetsRollout(t *testing.T, ctx context.Context, server *Server) {
	t.Helper()
	slider := chromedp.CSS(`input[type="range"][data-flag="beta-dashboard"]`)
	act(t, ctx, chromedp.Focus(slider))
	act(t, ctx, chromedp.KeyEvent(kb.ArrowRight))
	eventually(t, "beta-dashboard is rolled out to 51 %", func() bool {
		_, rollout := active(t, server, "beta-dashboard")
		return rollout == 51
	})
}

func checkForeignEditAppears(t *testing.T, ctx context.Context, server *Server) {
	t.Helper()
	off := false
	if _, err := server.EditFlag("pro-plan", FlagEdit{Active: &off}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the switch of pro-plan is off", func() bool {
		return !evaluate[bool](t, ctx, `document.querySelector('input[role="switch"][data-flag="pro-plan"]').checked`)
	})
}

func checkHostPicksUp(t *testing.T, ctx context.Context, server *Server) {
	t.Helper()
	agent := map[string]string{"Authorization": secret["Authorization"], "User-Agent": "posthog-poller/1"}
	pollShows := func(want string) {
		t.Helper()
		eventually(t, "the poll of posthog-poller is shown as "+want, func() bool {
			return evaluate[bool](t, ctx, fmt.Sprintf(`[...document.querySelectorAll("#libraries tr")].some((row) =>
				row.cells[0].textContent === "posthog-poller" && row.querySelector(".tag")?.textContent === %q)`, want))
		})
	}
	poll := func() { send(t, "GET", server.URL+"/flags/definitions?token=phc_a", nil, agent) }
	poll()
	pollShows("current")
	on := true
	if _, err := server.EditFlag("retired-banner", FlagEdit{Active: &on}); err != nil {
		t.Fatal(err)
	}
	pollShows("older version")
	_, agent["If-None-Match"] = server.Definitions()
	poll()
	pollShows("current")
	fault(t, server, Fault{Path: "/flags/definitions", Sequence: []Step{{Status: 503}}})
	poll()
	pollShows("failed, 503")
}

func checkResetForgets(t *testing.T, ctx context.Context, server *Server) {
	t.Helper()
	act(t, ctx, chromedp.Click(chromedp.ID("reset")))
	showsText(t, ctx, "#count-events", "0")
	if events := server.Summary("").Events; events != 0 {
		t.Errorf("%d events after the reset", events)
	}
}

func TestPage_fitsAPhone(t *testing.T) {
	server := start(t, Options{})
	send(t, "POST", server.URL+"/batch/", batch("phc_a", "u-1", strings.Repeat("long_event_name", 20)), nil)
	ctx := browse(t, server.ControlURL+"/")
	act(t, ctx, chromedp.EmulateViewport(400, 800))
	eventually(t, "the event is listed", func() bool { return len(texts(t, ctx, "#events li")) == 1 })
	if width := evaluate[int](t, ctx, `document.documentElement.scrollWidth`); width > 400 {
		t.Errorf("the page is %d pixels wide", width)
	}
}

func TestPage_everyControlHasAName(t *testing.T) {
	server := start(t, Options{})
	ctx := browse(t, server.URL+"/")
	eventually(t, "the flags are listed", func() bool { return len(texts(t, ctx, "#flags > li")) == 6 })
	nameless := evaluate[[]string](t, ctx, `[...document.querySelectorAll("input, button")]
		.filter((e) => !e.getAttribute("aria-label") && !e.textContent.trim())
		.map((e) => e.outerHTML)`)
	if len(nameless) > 0 {
		t.Errorf("controls without a name: %v", nameless)
	}
}

func TestPage_loadsNothingFromElsewhere(t *testing.T) {
	server := start(t, Options{})
	for path, content := range map[string]string{
		"/":                "text/html; charset=utf-8",
		"/_page/style.css": "text/css; charset=utf-8",
		"/_page/page.js":   "text/javascript; charset=utf-8",
	} {
		answer := send(t, "GET", server.URL+path, nil, nil)
		if answer.status != 200 || answer.header.Get("Content-Type") != content {
			t.Errorf("%s: %d, content type %q", path, answer.status, answer.header.Get("Content-Type"))
		}
		if answer.header.Get("Content-Security-Policy") != pagePolicy {
			t.Errorf("%s: policy %q", path, answer.header.Get("Content-Security-Policy"))
		}
		if strings.Contains(answer.body, "://") || strings.Contains(answer.body, "innerHTML") {
			t.Errorf("%s names another origin or writes HTML", path)
		}
	}
}
