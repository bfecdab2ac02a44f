package tracker

import (
	"cmp"
	"slices"
	"time"
)

// columns are consecutive points of one series, in the order of recording.
type columns struct {
	origins []origin
	steps   []int64
	times   []int64 // Unix microseconds
	values  []float64
}

// position is where a batch stands in a run.
type position struct {
	attempt  int
	sequence int64
}

func (p position) compare(q position) int {
	return cmp.Or(cmp.Compare(p.attempt, q.attempt), cmp.Compare(p.sequence, q.sequence))
}

// origin tells how many of the next points came with one batch.
type origin struct {
	position
	count int
}

func (c *columns) len() int { return len(c.steps) }

func (c *columns) add(at position, step, time int64, value float64) {
	if n := len(c.origins); n > 0 && c.origins[n-1].position == at {
		c.origins[n-1].count++
	} else {
		c.origins = append(c.origins, origin{at, 1})
	}
	c.steps, c.times, c.values = append(c.steps, step), append(c.times, time), append(c.values, value)
}

// slice is the points from i to before j. It shares their memory.
func (c *columns) slice(i, j int) *columns {
	s := &columns{steps: c.steps[i:j:j], times: c.times[i:j:j], values: c.values[i:j:j]}
	at := 0
	for _, o := range c.origins {
		if count := min(at+o.count, j) - max(at, i); count > 0 {
			s.origins = append(s.origins, origin{o.position, count})
		}
		at += o.count
	}
	return s
}

// join appends other points.
func (c *columns) join(o *columns) {
	for _, x := range o.origins {
		if n := len(c.origins); n > 0 && c.origins[n-1].position == x.position {
			c.origins[n-1].count += x.count
		} else {
			c.origins = append(c.origins, x)
		}
	}
	c.steps, c.times, c.values = append(c.steps, o.steps...), append(c.times, o.times...), append(c.values, o.values...)
}

// sorted is the points in the order of recording, where they were joined in another.
func (c *columns) sorted() *columns {
	parts := make([]*columns, len(c.origins))
	at := 0
	for i, o := range c.origins {
		parts[i] = c.slice(at, at+o.count)
		at += o.count
	}
	slices.SortStableFunc(parts, func(a, b *columns) int { return a.origins[0].compare(b.origins[0].position) })
	all := &columns{}
	for _, p := range parts {
		all.join(p)
	}
	return all
}

// until is how many points came at or before a position.
func (c *columns) until(p position) (n int) {
	for _, o := range c.origins {
		if o.compare(p) > 0 {
			break
		}
		n += o.count
	}
	return n
}

func (c *columns) point(i int) Point {
	return Point{c.steps[i], time.UnixMicro(c.times[i]).UTC(), Value(c.values[i])}
}
