package remote

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"inkstone/tracker"
)

// mayCarry refuses to send a token where others could read it on its way, and one that is no token.
func mayCarry(server *url.URL, token string) error {
	if token == "" {
		return nil
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("%w: the token has spaces or other characters that no token has; set INKSTONE_TOKEN to what `inkstone token create` printed", tracker.ErrInvalid)
	}
	name := server.Hostname()
	ip, err := netip.ParseAddr(name)
	if here := strings.EqualFold(name, "localhost") || err == nil && ip.IsLoopback(); server.Scheme == "http" && !here {
		return fmt.Errorf("%w: the token would go to %s for all to read; name the server with https://", tracker.ErrInvalid, server.Host)
	}
	return nil
}

// trusting is a transport that trusts what the system does, and the certificates in a file.
func trusting(ca string) (http.RoundTripper, error) {
	if ca == "" {
		return http.DefaultTransport, nil
	}
	text, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("%w: read the certificates that vouch for the server: %w", tracker.ErrInvalid, err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // the system has none
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%w: %q has no certificate in PEM", tracker.ErrInvalid, ca)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return transport, nil
}

// distrusted says what to do where the server's certificate is not accepted.
func distrusted(err error) error {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("%w; if the server is yours, set INKSTONE_CA to the file of its certificate, or of the authority that signed it", err)
	case errors.As(err, &name):
		return fmt.Errorf("%w; ask for it by a name that its certificate has", err)
	}
	return err
}

// remedy says what to do about a refusal for want of a token, or of its role.
func (c *caller) remedy(status int) string {
	switch {
	case status == http.StatusUnauthorized && c.token == "":
		return " Set INKSTONE_TOKEN to one made there by `inkstone token create NAME --role write`"
	case status == http.StatusUnauthorized:
		return " INKSTONE_TOKEN is not valid there: have another made by `inkstone token create NAME --role write`"
	}
	return ""
}
