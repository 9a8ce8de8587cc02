package measure

import (
	"encoding/json"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Main measures the client that open makes in the scenario of the command line, SCENARIO name=value ..., and prints one
// line of JSON.
func Main(open func(Options) Client) {
	log.SetFlags(0)
	beforeMB, since := memoryMB("VmRSS"), time.Now()
	name, host, p := arguments()
	gzip, set := p["gzip"]
	options := Options{Host: host, Gzip: gzip != 0 || !set, Queue: p["queue"]}
	options.Flags = slices.Contains([]string{"flags", "idle", "startup"}, name)
	client := open(options)
	var result Result
	switch run := scenarios[name]; {
	case name == "startup":
		result = startup(client, since)
	case name == "idle":
		result = idle(client, p, beforeMB)
	case run != nil:
		result = run(client, p)
	default:
		log.Fatalf("%s: no such scenario", name)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		log.Fatal(err)
	}
	// What is still queued is of no interest: returning from main ends it.
}

func arguments() (name, host string, p parameters) {
	if len(os.Args) < 3 {
		log.Fatal("usage: SCENARIO host=URL name=value ...")
	}
	p = parameters{}
	for _, pair := range os.Args[2:] {
		key, value, _ := strings.Cut(pair, "=")
		if key == "host" {
			host = value
			continue
		}
		number, err := strconv.Atoi(value)
		if err != nil {
			log.Fatalf("%s is no number", key)
		}
		p[key] = number
	}
	return os.Args[1], host, p
}
