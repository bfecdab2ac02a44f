package remote

import (
	"context"
	"errors"
	"fmt"

	"inkstone/tracker"
)

// Append implements tracker.Sink: it returns when the batch is on the local disk or, with Durable, when the server has it.
// The attempt must be one that this client began. On a full disk the error is tracker.ErrStoreFull; the same batch may then
// be appended again. Once the server refuses for good, Append returns why, and takes nothing.
func (c *Client) Append(ctx context.Context, b tracker.Batch) error {
	payload := tracker.EncodeSamples(b.Samples)
	_, err := tracker.DecodeSamples(payload) // as the server will
	if err == nil {
		err = c.append(ctx, attemptKey{b.Run, b.Attempt}, func(p progress) (Frame, progress, error) {
			switch {
			case b.Sequence <= p.last:
				return Frame{}, p, nil
			case b.Sequence > p.last+1:
				return Frame{}, p, fmt.Errorf("%w: a gap, the batch before it was %d", tracker.ErrInvalid, p.last)
			}
			p.last = b.Sequence
			return Frame{Kind: Points, Sequence: b.Sequence, Payload: payload}, p, nil
		})
	}
	if err != nil {
		return fmt.Errorf("append batch %d of run %s, attempt %d: %w", b.Sequence, b.Run, b.Attempt, err)
	}
	return nil
}

// entry makes an attempt's next frame from how far it has come, and says how far it is then. A frame without a kind is not
// written.
type entry func(p progress) (Frame, progress, error)

// append writes a frame and waits until it is durable.
func (c *Client) append(ctx context.Context, of attemptKey, next entry) error {
	if err := errors.Join(context.Cause(ctx), c.ledger.failure()); err != nil {
		return err
	}
	x, err := c.write(of, next)
	if err != nil || x == nil {
		return err
	}
	select {
	case <-x.done:
		err = x.err
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil || c.config.Durable == Local {
		return err
	}
	return c.ledger.wait(ctx, x.end)
}

// write puts a frame in its order. Who repeats a batch waits for the last frame that was written.
func (c *Client) write(of attemptKey, next entry) (*written, error) {
	w := c.writer
	w.mu.Lock()
	defer w.mu.Unlock()
	before, ok := c.attempts[of]
	if !ok {
		return nil, fmt.Errorf("%w: this client has begun no such attempt", tracker.ErrNotFound)
	}
	f, after, err := next(before)
	if err != nil {
		return nil, err
	}
	if f.Kind == 0 {
		return w.latest, w.open()
	}
	f.Run, f.Attempt = of.run, of.number
	bytes, err := AppendFrame(nil, f)
	if err != nil {
		return nil, err
	}
	x, err := w.append(bytes, func() { c.attempts[of] = before })
	if err == nil {
		c.attempts[of] = after
	}
	return x, err
}

// alive are the attempts that this client began and has not ended.
func (c *Client) alive() (keys []attemptKey) {
	c.writer.mu.Lock()
	defer c.writer.mu.Unlock()
	for k, p := range c.attempts {
		if !p.ended {
			keys = append(keys, k)
		}
	}
	return keys
}

// Pending tells what the server has not acknowledged yet.
func (c *Client) Pending() Pending {
	p, _ := c.ledger.snapshot()
	return p
}

// Flush returns when the server has acknowledged everything that Append had before.
func (c *Client) Flush(ctx context.Context) error {
	if err := c.ledger.wait(ctx, c.writer.onDisk()); err != nil {
		return fmt.Errorf("send journal %q: %w", c.config.Dir, err)
	}
	return nil
}

// Close takes no more, and sends what is pending until ctx ends. If something is left, it stays in the journal and the error
// is ErrPending.
func (c *Client) Close(ctx context.Context) error {
	c.once.Do(func() { c.closed = c.close(ctx) })
	return c.closed
}

func (c *Client) close(ctx context.Context) error {
	defer c.release()
	err := c.writer.close()
	why := c.ledger.wait(ctx, c.writer.onDisk())
	c.cancel()
	c.sending.Wait()
	p := c.Pending()
	if p.Frames > 0 {
		return errors.Join(err, fmt.Errorf("%w: %d frames (%d bytes) are left in %q, and `inkstone sync` sends them: %w", ErrPending, p.Frames, p.Bytes, c.config.Dir, errors.Join(why, p.LastError)))
	}
	return errors.Join(err, c.sender.tidy())
}
