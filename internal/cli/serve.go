package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/spf13/cobra"

	"inkstone/server"
	"inkstone/tracker"
)

// defaultAddr is where the dashboard listens unless told otherwise. Where the port is taken and was not asked for, any
// free one serves.
const defaultAddr = "127.0.0.1:7433"

func (a *app) serve() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the dashboard of a store",
		Long: `Serve shows a store's experiments in the browser: live curves, tables, attention maps and logs. It listens on this
machine alone (loopback) and ends with Ctrl-C.

Beyond this machine it listens only with a certificate and a token: "inkstone token create" makes one, which browsers show on
the page of login, and programs send as INKSTONE_TOKEN. A renewed certificate is taken without a restart.`,
		Example: `  inkstone serve
  inkstone serve --store ~/results/.inkstone --addr 127.0.0.1:9000
  inkstone serve --addr 0.0.0.0:7433 --tls-cert lab.pem --tls-key lab.key`,
		Args: exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			f.addrAsked = c.Flags().Changed("addr")
			store, err := tracker.Open(a.storeDir, tracker.Options{})
			if err != nil {
				return err
			}
			defer store.Close()
			d, err := a.door(c.Context(), store, f)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stderr, "dashboard: %s  (Ctrl-C ends it)\n", d.url())
			wait := a.keepStore(c.Context(), store)
			err = server.New(server.Config{Store: store, Version: buildVersion(), RequireToken: d.tokens, Hosts: d.hosts, Backups: f.backups}).Serve(c.Context(), d.listener)
			wait()
			if c.Context().Err() != nil {
				return nil
			}
			return err
		},
	}
	addrFlag(c, &f.addr)
	c.Flags().StringVar(&f.cert, "tls-cert", "", "the certificate's `file` in PEM, with its chain")
	c.Flags().StringVar(&f.key, "tls-key", "", "its key's `file` in PEM")
	c.Flags().StringArrayVar(&f.hosts, "host", nil, "a `name` under which browsers ask for the dashboard, besides the certificate's; repeatable")
	c.Flags().StringVar(&f.backups, "backups", "", "the `folder` in which the page of the store makes backups; beside the store by default")
	c.Flags().BoolVar(&f.requireToken, "require-token", false, "ask for a token on this machine too")
	return a.withStore(c)
}

func addrFlag(c *cobra.Command, addr *string) {
	c.Flags().StringVar(addr, "addr", defaultAddr, "the dashboard's `host:port`, or off")
}

// listen opens a port. One that nobody asked for gives way to any other where it is taken.
func listen(addr string, asked bool) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) && !asked {
		return net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("open the dashboard's address: %w", err)
	}
	return listener, nil
}

// listenHere opens the dashboard's port on this machine alone.
func listenHere(addr string, asked bool) (net.Listener, error) {
	here, err := isHere(addr)
	if err != nil {
		return nil, err
	}
	if !here {
		return nil, usagef("--addr %q: beside its trials the dashboard listens on loopback alone (%s); `inkstone serve --help` says how to show a store to other machines", addr, defaultAddr)
	}
	return listen(addr, asked)
}

// keepStore looks after the store while this process owns it, if no other does. The returned function waits for the end.
func (a *app) keepStore(ctx context.Context, store *tracker.Store) (wait func()) {
	release, owner, err := store.LockOwner()
	if err != nil || !owner {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer release()
		if err := store.Maintain(ctx); err != nil {
			fmt.Fprintf(a.stderr, "the store is no longer looked after: %v; everything is recorded all the same\n", err)
		}
	}()
	return func() { <-done }
}
