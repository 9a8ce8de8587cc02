package driver

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

var errProxy = errors.New("proxy must be an http://, https:// or socks5:// URL")

// proxyFunc returns a transport's choice of proxy from the options proxy and no_proxy, nil for none. Unlike the usual
// reading of the environment it makes no exception for localhost: who names a proxy means it, and can list localhost.
func proxyFunc(proxy, noProxy string) (func(*http.Request) (*url.URL, error), error) {
	if proxy == "" {
		return nil, nil
	}
	if !strings.Contains(proxy, "://") {
		proxy = "http://" + proxy
	}
	through, err := url.Parse(proxy)
	if err != nil || through.Host == "" {
		return nil, errProxy
	}
	switch through.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return nil, errProxy
	}
	exceptions := parseNoProxy(noProxy)
	return func(r *http.Request) (*url.URL, error) {
		if exceptions.match(r.URL) {
			return nil, nil
		}
		return through, nil
	}, nil
}

// noProxyRule is one entry of no_proxy: a name with its subdomains, an address, or a range of addresses.
type noProxyRule struct {
	all    bool
	domain string
	prefix netip.Prefix
	port   string
}

type noProxyRules []noProxyRule

// parseNoProxy reads entries separated by commas: *, example.com, .example.com, 10.0.0.1, 10.0.0.0/8, [::1], each but
// a range with an optional port.
func parseNoProxy(text string) noProxyRules {
	var rules noProxyRules
	for entry := range strings.SplitSeq(text, ",") {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if entry == "" {
			continue
		}
		if prefix, err := netip.ParsePrefix(entry); err == nil {
			rules = append(rules, noProxyRule{prefix: prefix.Masked()})
			continue
		}
		host, port := entry, ""
		if h, p, err := net.SplitHostPort(entry); err == nil {
			host, port = h, p
		}
		rule := noProxyRule{port: port}
		if address, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
			rule.prefix = netip.PrefixFrom(address, address.BitLen())
		} else if host == "*" {
			rule.all = true
		} else {
			rule.domain = strings.TrimPrefix(strings.TrimPrefix(host, "*"), ".")
		}
		rules = append(rules, rule)
	}
	return rules
}

func (rules noProxyRules) match(u *url.URL) bool {
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	address, err := netip.ParseAddr(host)
	isAddress := err == nil
	for _, rule := range rules {
		switch {
		case rule.port != "" && rule.port != port:
		case rule.all,
			isAddress && rule.prefix.Contains(address.Unmap()),
			rule.domain != "" && (host == rule.domain || strings.HasSuffix(host, "."+rule.domain)):
			return true
		}
	}
	return false
}
