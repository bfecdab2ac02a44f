package access

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// Certificate is a server's certificate with its key, read again when the files change, so that a renewal needs no restart.
type Certificate struct {
	certFile, keyFile string
	say               func(string)

	mu      sync.Mutex
	loaded  *tls.Certificate
	changed [2]time.Time // of the files that were read last, whole or not
	looked  time.Time
}

// lookEvery is how often the files are looked at.
const lookEvery = time.Second

// OpenCertificate reads a certificate (with the chain behind it) and its key, both in PEM. What goes wrong later, while they are
// renewed, is told to say, and the old ones go on.
func OpenCertificate(certFile, keyFile string, say func(string)) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, say: say}
	var err error
	if c.changed, err = c.times(); err == nil {
		c.loaded, err = c.load()
	}
	if err != nil {
		return nil, err
	}
	c.looked = time.Now()
	return c, nil
}

// Names are the hosts and addresses that the certificate is for.
func (c *Certificate) Names() (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	names = append(names, c.loaded.Leaf.DNSNames...)
	for _, ip := range c.loaded.Leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// Config is what a listener needs.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(), nil },
	}
}

// current is the certificate, read again if its files changed.
func (c *Certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < lookEvery {
		return c.loaded
	}
	c.looked = time.Now()
	changed, err := c.times()
	if err != nil || changed == c.changed {
		return c.loaded // files are away for a moment while they are replaced
	}
	c.changed = changed
	renewed, err := c.load()
	if err != nil {
		c.say(fmt.Sprintf("the new certificate is not taken, the old one goes on: %v", err))
		return c.loaded
	}
	c.loaded = renewed
	c.say("the certificate was read again: valid until " + renewed.Leaf.NotAfter.Local().Format(time.DateTime))
	return renewed
}

func (c *Certificate) times() (changed [2]time.Time, err error) {
	for i, file := range []string{c.certFile, c.keyFile} {
		info, statErr := os.Stat(file)
		if statErr != nil {
			err = errors.Join(err, statErr)
			continue
		}
		changed[i] = info.ModTime()
	}
	return changed, err
}

// load reads the pair and refuses one that no client would accept today.
func (c *Certificate) load() (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return nil, fmt.Errorf("read the certificate %q with the key %q: %w", c.certFile, c.keyFile, err)
	}
	switch now := time.Now(); {
	case now.After(pair.Leaf.NotAfter):
		return nil, fmt.Errorf("the certificate %q expired on %s; renew it", c.certFile, pair.Leaf.NotAfter.Local().Format(time.DateTime))
	case now.Before(pair.Leaf.NotBefore):
		return nil, fmt.Errorf("the certificate %q is valid from %s on; this machine's clock says %s", c.certFile, pair.Leaf.NotBefore.Local().Format(time.DateTime), now.Local().Format(time.DateTime))
	}
	return &pair, nil
}
