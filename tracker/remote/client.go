package remote

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"inkstone/tracker"
)

// Durable says when a batch is acknowledged.
type Durable string

// The times: when it is on the local disk (the default), or when the server has acknowledged it.
const (
	Local  Durable = "local"
	Server Durable = "server"
)

// Config says where a client records to, and how. The zero values of the rest mean the defaults.
type Config struct {
	// URL is the server's, such as http://127.0.0.1:7433. By default, the one that the journal was written for.
	URL string
	// Dir is the journal's folder: one process at a time. It is made if need be, and may lie on a network file system.
	Dir string
	// SyncWithin is how long a batch may wait for others to share its fsync. With 0, only those share one that come while
	// another is under way.
	SyncWithin time.Duration
	Durable    Durable
	// Segment is the size at which the journal's next file begins; 8 MiB by default. Request is that of a request; 1 MiB.
	Segment, Request int
	// GiveUp is how long a delivery is tried in vain before the sender stops; by default it never does.
	GiveUp time.Duration
	// Token is one of the server's, where it asks for one; CA is the file with the certificates that vouch for the server, beside
	// those that the system trusts.
	Token, CA string
	// Transport sends the requests; by default one of its own, which trusts what CA names.
	Transport http.RoundTripper
}

// ErrPending: not everything was delivered. It lies in the journal; `inkstone sync` or Drain sends it.
var ErrPending = errors.New("part of the journal was not sent")

// Client records to a server through a journal. It is a tracker.Sink, and safe for concurrent use.
type Client struct {
	config  Config
	folder  folder
	caller  *caller
	ledger  *ledger
	writer  *writer
	sender  *sender
	release func()

	attempts map[attemptKey]progress // guarded by the writer's lock, as the order of frames is

	more    chan struct{}
	cancel  context.CancelFunc
	sending sync.WaitGroup
	once    sync.Once
	closed  error
}

// progress is how far a client's attempt has come.
type progress struct {
	last  int64 // batch
	ended bool
}

// Open opens a journal, and makes it where there is none, and begins to send what it holds. If another process has it open,
// the error is tracker.ErrConflict.
func Open(c Config) (*Client, error) {
	client, err := open(c)
	if err != nil {
		return nil, fmt.Errorf("open journal %q: %w", c.Dir, err)
	}
	return client, nil
}

func open(c Config) (_ *Client, err error) {
	c.fill()
	if c.Durable != Local && c.Durable != Server {
		return nil, fmt.Errorf("%w: durable %q; there are %s and %s", tracker.ErrInvalid, c.Durable, Local, Server)
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return nil, err
	}
	release, err := lock(c.Dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			release()
		}
	}()
	d := folder(c.Dir)
	id, err := d.identify(c.URL)
	if err != nil {
		return nil, err
	}
	caller, err := newCaller(id, c)
	if err != nil {
		return nil, err
	}
	found, err := d.recover()
	if err != nil {
		return nil, err
	}
	return start(c, caller, found, release), nil
}

func (c *Config) fill() {
	if c.Durable == "" {
		c.Durable = Local
	}
	if c.Segment <= 0 {
		c.Segment = 8 << 20
	}
	if c.Request <= 0 {
		c.Request = 1 << 20
	}
	c.Request = min(c.Request, MaxBody)
}

func lock(dir string) (release func(), err error) {
	path := filepath.Join(dir, lockName)
	release, ok, err := tracker.LockFile(path)
	if err != nil {
		return nil, fmt.Errorf("lock it: %w", err)
	}
	if !ok {
		return nil, fmt.Errorf("%w: another process writes to it, and sends it by itself", tracker.ErrConflict)
	}
	return release, nil
}

// identify reads whom the journal records to, and remembers another server if one is given.
func (d folder) identify(server string) (identity, error) {
	id, err := d.identity()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return id, err
	}
	if id.Writer != "" && (server == "" || server == id.Server) {
		return id, nil
	}
	if server == "" {
		return id, fmt.Errorf("%w: it has no server yet, and none is given", tracker.ErrInvalid)
	}
	if id.Server = server; id.Writer == "" {
		id.Writer = rand.Text()
	}
	return id, d.replace(identityName, id, true)
}

// start starts the writer and the sender.
func start(c Config, caller *caller, found survey, release func()) *Client {
	d := folder(c.Dir)
	k := &Client{
		config: c, folder: d, caller: caller, ledger: newLedger(found.Pending, found.cursor), release: release,
		attempts: map[attemptKey]progress{}, more: make(chan struct{}, 1),
	}
	k.writer = &writer{folder: d, within: c.SyncWithin, largest: c.Segment, create: createFile, synced: func(frames, bytes int) {
		k.ledger.add(frames, bytes)
		signal(k.more)
	}}
	k.sender = &sender{
		folder: d, caller: caller, ledger: k.ledger, largest: c.Request, giveUp: c.GiveUp, alive: k.alive,
		at: found.cursor, number: found.number, spoilt: found.spoilt[found.cursor.Segment], damaged: found.damaged,
	}
	k.writer.start(found.end)
	ctx, cancel := context.WithCancel(context.Background())
	k.cancel = cancel
	k.sending.Go(func() { k.sender.run(ctx, k.writer.onDisk, k.more) })
	return k
}
