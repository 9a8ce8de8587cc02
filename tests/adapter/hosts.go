package adapter

import "fmt"

// Host is a way to run libposthog, and what an adapter for it can be set to.
type Host struct {
	Name string
	// Profiles are the protocols and encodings that the host's own options can ask for.
	Profiles []Profile
	start    func() (SDK, error)
}

// Hosts are started from the top of the checkout, once `make adapter-hosts` has built what they load.
var Hosts = []Host{
	{"c", profiles("gzip", "deflate", "br", "zstd"), child(true, []string{"build/adapter/c"})},
	{"wazero", profiles("gzip"), func() (SDK, error) {
		w, err := StartWazero("build/posthog.wasm", "build/wazero")
		return Operations(w), err
	}},
	{"python", profiles("gzip", "deflate", "br", "zstd"), child(false, []string{"python3", "tests/adapter/sdk/python.py"},
		"PYTHONPATH=bindings/python/src", "LIBPOSTHOG_PATH=build/libposthog.so")},
	{"python-wasm", profiles("gzip", "deflate"), child(false, []string{"build/venv/bin/python", "tests/adapter/sdk/python.py"},
		"PYTHONPATH=bindings/python/src", "LIBPOSTHOG_PATH=build/posthog.wasm")},
	{"ruby", profiles("gzip", "deflate", "br", "zstd"), child(false, []string{"ruby", "-I", "bindings/ruby/lib", "tests/adapter/sdk/ruby.rb"},
		"LIBPOSTHOG_PATH=build/libposthog.so")},
	{"node-native", profiles("gzip"), child(false, []string{"node", "tests/adapter/sdk/node.mjs"},
		"LIBPOSTHOG_ENGINE=native")},
	{"node-wasm", profiles("gzip"), child(false, []string{"node", "tests/adapter/sdk/node.mjs"},
		"LIBPOSTHOG_ENGINE=wasm")},
}

// profiles are v0, which takes gzip alone, and v1 with each encoding.
func profiles(encodings ...string) []Profile {
	all := []Profile{{"v0", "gzip"}}
	for _, encoding := range encodings {
		all = append(all, Profile{"v1", encoding})
	}
	return all
}

func child(speaksOperations bool, command []string, env ...string) func() (SDK, error) {
	return func() (SDK, error) {
		c, err := Start(command, env)
		if err == nil && speaksOperations {
			return Operations(c), nil
		}
		return c, err
	}
}

// Start starts the host and puts the service in front of it.
func (h Host) Start(profile Profile) (*Front, error) {
	for _, offered := range h.Profiles {
		if offered != profile {
			continue
		}
		sdk, err := h.start()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.Name, err)
		}
		return NewFront(h, sdk, profile)
	}
	return nil, fmt.Errorf("%s has no profile %s", h.Name, profile)
}

// Find returns the host of a name.
func Find(name string) (Host, error) {
	for _, h := range Hosts {
		if h.Name == name {
			return h, nil
		}
	}
	return Host{}, fmt.Errorf("no host %q", name)
}
