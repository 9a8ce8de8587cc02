package driver

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/libposthog/libposthog/core"
)

// Many clients with much to send have few requests out together, each of them one; flags do not wait for uploads, and
// when the server answers everything arrives.
func TestCrowd_boundsTheUploadsOfAllClients(t *testing.T) {
	const clients, events = 10, 50
	synctest.Test(t, func(t *testing.T) {
		slow := make(chan struct{})
		sender := &fakeSender{handle: func(r *http.Request) (*http.Response, error) {
			if !strings.HasPrefix(r.URL.Path, "/batch") {
				return answer(200, `{"flags":{}}`), nil
			}
			<-slow
			return accept(r)
		}}
		var opened []*testClient
		for range clients {
			c := sender.open(t, `{"api_key":"phc_test","flush_at":1,"max_batch_size":1,"send_feature_flag_events":false}`)
			opened = append(opened, c)
			c.capture(events)
		}
		synctest.Wait()
		// Whoever finds the crowd large makes do with one upload.
		if out := sender.out.Load(); out < crowdSize || out >= crowdSize+clients {
			t.Errorf("%d uploads are out, want %d and one more for each client at most", out, crowdSize)
		}
		for _, c := range opened {
			if got := c.call("stats", "", core.OK); got["in_flight"] == 0.0 {
				t.Error("a client has nothing under way")
			}
			c.call("get_flag", `{"key":"f","distinct_id":"u","timeout_ms":1000}`, core.OK)
		}
		close(slow)
		for _, c := range opened {
			c.call("flush", "", core.OK)
			if got := c.call("stats", "", core.OK); got["delivered"] != float64(events) {
				t.Errorf("stats: %v, want everything delivered", got)
			}
		}
		if out := sender.out.Load(); out != 0 {
			t.Errorf("%d requests are counted as under way after the last one", out)
		}
		for _, c := range opened {
			c.call("shutdown", "", core.OK)
		}
	})
}

// A client that had to make do with one upload sends several again as soon as the crowd is gone.
func TestCrowd_goesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := make(chan struct{})
		c := openTest(t, `{"api_key":"phc_test","flush_at":1,"max_batch_size":1}`, func(r *http.Request) (*http.Response, error) {
			<-slow
			return accept(r)
		})
		c.sender.out.Add(crowdSize)
		c.capture(3)
		synctest.Wait()
		if n := c.sender.requests.Load(); n != 1 {
			t.Fatalf("%d uploads in a crowd, want 1", n)
		}
		c.sender.out.Add(-crowdSize)
		c.capture(1)
		synctest.Wait()
		if n := c.sender.requests.Load(); n != 4 {
			t.Errorf("%d uploads without a crowd, want all four", n)
		}
		close(slow)
		c.call("shutdown", "", core.OK)
	})
}
