package live

import (
	"context"
	"time"
)

// painter brings the watched figures up to date, one after the other, and rests after each to keep within the budget.
type painter struct {
	hub     *Hub
	figures Figures
	budget  *Budget
	woken   chan struct{}
}

func newPainter(h *Hub, figures Figures, b *Budget) *painter {
	return &painter{hub: h, figures: figures, budget: b, woken: make(chan struct{}, 1)}
}

// wake tells the painter to look; it may be called with the hub's lock held.
func (p *painter) wake() {
	select {
	case p.woken <- struct{}{}:
	default:
	}
}

// work paints until ctx ends.
func (p *painter) work(ctx context.Context) {
	for {
		w, dirty, whole := p.next()
		if w == nil {
			select {
			case <-ctx.Done():
				return
			case <-p.woken:
			}
			continue
		}
		began := time.Now()
		state, err := w.figure.Update(ctx, dirty, whole)
		p.budget.Spend(time.Since(began))
		p.hub.told(w, state, err)
		if !p.budget.Rest(ctx) {
			return
		}
	}
}

// next is a figure that is due, the one that has waited longest, and what is to be read for it.
func (p *painter) next() (w *watch, dirty []string, whole bool) {
	p.hub.mu.Lock()
	defer p.hub.mu.Unlock()
	for _, candidate := range p.hub.watches {
		if candidate.due() && (w == nil || candidate.turn < w.turn) {
			w = candidate
		}
	}
	if w == nil {
		return nil, nil, false
	}
	dirty, whole = w.dirty, w.whole
	w.dirty, w.whole = nil, false
	p.hub.turns++
	w.turn = p.hub.turns
	return w, dirty, whole
}
