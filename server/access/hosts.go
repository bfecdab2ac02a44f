package access

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// known tells whether a Host header names this server: as this machine, which no foreign name can stand for, or by one of the
// names that it was given. A name may begin with "*." as in certificates, for one label.
func known(host string, names []string) bool {
	name := strings.TrimSuffix(hostname(host), ".")
	if Loopback(name) {
		return true
	}
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
		if _, rest, ok := strings.Cut(name, "."); ok && strings.HasPrefix(n, "*.") && strings.EqualFold(n[2:], rest) {
			return true
		}
	}
	return false
}

// hostname is a host without its port and brackets.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// Loopback tells whether a name or an address, without a port, is this machine's own.
func Loopback(name string) bool {
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.Unmap().IsLoopback()
}

// SameOrigin tells whether a request to read or to listen comes from a page of this server, or from a program, which sends no
// Origin. (For writing it is too strict: forms of pages that send no referrer say "null".)
func SameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host == r.Host
}
