package cli

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"time"

	"inkstone/server/access"
	"inkstone/tracker"
)

// serveFlags say where the dashboard listens, and to whom.
type serveFlags struct {
	addr         string
	addrAsked    bool
	cert, key    string
	hosts        []string
	requireToken bool
	backups      string
}

// door is where the dashboard is reached, and who may come in.
type door struct {
	listener net.Listener
	secure   bool // TLS
	tokens   bool // are required
	hosts    []string
}

// isHere tells whether an address is on this machine alone.
func isHere(addr string) (bool, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false, usagef("--addr %q: want host:port, such as %s", addr, defaultAddr)
	}
	return access.Loopback(host), nil
}

// door opens the dashboard's port. One that others can reach needs a certificate and tokens; so does one on this machine that
// answers under another name, since something passes others' requests on to it.
func (a *app) door(ctx context.Context, store *tracker.Store, f serveFlags) (d door, err error) {
	here, err := isHere(f.addr)
	if err != nil {
		return d, err
	}
	foreign := slices.ContainsFunc(f.hosts, func(name string) bool { return !access.Loopback(name) })
	d = door{secure: f.cert != "", tokens: !here || foreign || f.requireToken, hosts: f.hosts}
	switch {
	case (f.cert == "") != (f.key == ""):
		return d, usagef("--tls-cert and --tls-key go together: the certificate and its key")
	case !here && !d.secure:
		return d, usagef("--addr %q: other machines reach it, so it needs a certificate of your own (--tls-cert, --tls-key) and a token (`inkstone token create NAME --role write%s`); without them, listen on %s and use an SSH tunnel", f.addr, a.storeFlag(), defaultAddr)
	}
	if d.tokens {
		if err := a.needToken(ctx, store, f); err != nil {
			return d, err
		}
	}
	var certificate *access.Certificate
	if d.secure {
		if certificate, err = access.OpenCertificate(f.cert, f.key, func(line string) { fmt.Fprintln(a.stderr, line) }); err != nil {
			return d, usagef("%w", err)
		}
		d.hosts = append(slices.Clone(f.hosts), certificate.Names()...)
	}
	if d.listener, err = listen(f.addr, f.addrAsked); err != nil {
		return d, err
	}
	d.listener = access.Bounded(d.listener)
	if d.secure {
		d.listener = tls.NewListener(d.listener, certificate.Config())
	}
	return d, nil
}

// needToken refuses a store without a valid token: nobody could come in.
func (a *app) needToken(ctx context.Context, store *tracker.Store, f serveFlags) error {
	list, err := store.Tokens(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	if slices.ContainsFunc(list, func(t tracker.Token) bool { return !t.Expired(now) }) {
		return nil
	}
	return usagef("--addr %q: whoever comes needs a token, and the store has none that is valid; `inkstone token create NAME --role write%s` makes one", f.addr, a.storeFlag())
}

// url is the address to open, by the first name that there is.
func (d door) url() string {
	if !d.secure {
		return "http://" + d.listener.Addr().String() + "/"
	}
	_, port, _ := net.SplitHostPort(d.listener.Addr().String())
	name := "localhost"
	for _, n := range d.hosts {
		if n[0] != '*' {
			name = n
			break
		}
	}
	return "https://" + net.JoinHostPort(name, port) + "/"
}
