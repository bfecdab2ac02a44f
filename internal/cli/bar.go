package cli

import (
	"fmt"
	"io"
	"time"
)

// bar shows the preparation of data: a live line on a terminal, else a line per stage.
type bar struct {
	w     io.Writer
	live  bool
	drawn bool
	what  string
	at    time.Time
}

func newBar(w io.Writer) *bar {
	_, live := terminal(w)
	return &bar{w: w, live: live}
}

func (b *bar) show(done, total int64, what string) {
	if b.live && (time.Since(b.at) > 100*time.Millisecond || done == total) {
		b.at = time.Now()
		percent := 100.0
		if total > 0 {
			percent = 100 * float64(done) / float64(total)
		}
		fmt.Fprintf(b.w, "\r\x1b[K%s %3.0f %%", what, percent)
		b.drawn = true
	} else if !b.live && what != b.what {
		fmt.Fprintln(b.w, what)
	}
	b.what = what
}

func (b *bar) close() {
	if b.drawn {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}
