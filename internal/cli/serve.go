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
	var addr string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the dashboard of a store",
		Long: `Serve shows a store's experiments in the browser: live curves, tables, attention maps and logs. It listens on this
machine alone (loopback) and ends with Ctrl-C.`,
		Example: `  inkstone serve
  inkstone serve --store ~/results/.inkstone --addr 127.0.0.1:9000`,
		Args: exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			store, err := tracker.Open(a.storeDir, tracker.Options{})
			if err != nil {
				return err
			}
			defer store.Close()
			listener, err := listen(addr, c.Flags().Changed("addr"))
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stderr, "dashboard: http://%s/  (Ctrl-C ends it)\n", listener.Addr())
			wait := a.keepStore(c.Context(), store)
			err = server.New(server.Config{Store: store, Version: buildVersion()}).Serve(c.Context(), listener)
			wait()
			if c.Context().Err() != nil {
				return nil
			}
			return err
		},
	}
	addrFlag(c, &addr)
	return a.withStore(c)
}

func addrFlag(c *cobra.Command, addr *string) {
	c.Flags().StringVar(addr, "addr", defaultAddr, "the dashboard's `host:port`, or off")
}

// listen opens the dashboard's port. Other hosts' addresses are refused: there is no login.
func listen(addr string, asked bool) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, usagef("--addr %q: want host:port, such as %s", addr, defaultAddr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usagef("--addr %q: the dashboard has no login, so it listens on loopback alone (%s); to see it from elsewhere, use an SSH tunnel", addr, defaultAddr)
	}
	listener, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) && !asked {
		return net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("open the dashboard's address: %w", err)
	}
	return listener, nil
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
