// Package delivery proves what becomes of events on real sockets: servers that fail in every way there is, proxies and
// private certificates, many callers at once, bursts.
//
// What happens in virtual time is proven beside the core and the driver. Here only what needs a network is.
package delivery

import "flag"

var soak = flag.Bool("soak", false, "the full load instead of the reduced one")
