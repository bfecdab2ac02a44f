package server

import (
	"context"
	"slices"
	"strings"
	"sync"

	"inkstone/tracker"
)

// mostOrders is how many lists are kept in their order; a hundred thousand runs take 0.8 MB.
const mostOrders = 16

// orders keeps the newest orderings of lists, so that a page that is scrolled reads windows of one and the same.
type orders struct {
	store *tracker.Store
	mu    sync.Mutex
	kept  []keptOrder // the one that was used last at the end
}

type keptOrder struct {
	where, sort string
	ordering    *tracker.Ordering
}

func newOrders(store *tracker.Store) *orders { return &orders{store: store} }

// at is the ordering of a query as it stood at a version, if it is still kept, or else as it stands now.
func (o *orders) at(ctx context.Context, a runsAsked, q tracker.Query, version int64) (*tracker.Ordering, error) {
	a.Where, a.Sort = strings.TrimSpace(a.Where), strings.TrimSpace(a.Sort)
	if found := o.find(a, version); found != nil {
		return found, nil
	}
	now, err := o.store.Arrange(ctx, q)
	if err == nil {
		o.keep(keptOrder{a.Where, a.Sort, now})
	}
	return now, err
}

func (o *orders) find(a runsAsked, version int64) *tracker.Ordering {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := slices.IndexFunc(o.kept, func(k keptOrder) bool { return k.where == a.Where && k.sort == a.Sort && k.ordering.Version == version })
	if i < 0 {
		return nil
	}
	found := o.kept[i]
	o.kept = append(slices.Delete(o.kept, i, i+1), found)
	return found.ordering
}

func (o *orders) keep(k keptOrder) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.kept) == mostOrders {
		o.kept = slices.Delete(o.kept, 0, 1)
	}
	o.kept = append(o.kept, k)
}
