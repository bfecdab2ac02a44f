package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

func (r *Report) printMachine(w io.Writer) {
	m := r.Machine
	fmt.Fprintf(w, "%s, %d cores, %.1f GiB memory, %s %s %s\n", m.CPU, m.Cores, float64(m.Memory)/(1<<30), m.OS, m.Arch, m.Kernel)
	fmt.Fprintf(w, "temporary files on %s: fsync of %d bytes appended: median %s µs, p99 %s µs (n=%d); load %.2f\n",
		m.FileSystem, r.Sync.Bytes, number(r.Sync.Median), number(r.Sync.P99), r.Sync.N, m.LoadBefore)
	fmt.Fprintf(w, "%s, commit %s, %s\n\n", r.Go, r.Commit, r.Began.Format("2006-01-02 15:04"))
}

// printFigures prints the tables.
func (r *Report) printFigures(w io.Writer) {
	for i, f := range r.Figures {
		if i == 0 || r.Figures[i-1].Package != f.Package {
			fmt.Fprintf(w, "%s\n", f.Package)
			r.printPackage(w, f.Package)
		}
	}
	printRatios(w, "beside a row per point, on the same disk with the same settings", r.naiveRatios())
	printRatios(w, "beside other trackers, in the same run; their charts and queries come over HTTP, ours from the store in the process", r.peerRatios())
	for _, p := range r.Peers {
		if p.Error != "" {
			fmt.Fprintf(w, "%s was not measured: %s\n", p.Peer, p.Error)
		}
	}
	if len(r.Peers) == 0 {
		fmt.Fprintf(w, "Other trackers: name a folder with their scripts in INKSTONE_PEERS, and make their environments with its setup.sh (PEERS_HOME says where).\n")
	}
	r.printGoals(w)
}

func (r *Report) printPackage(w io.Writer, pkg string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  benchmark\tmedian\tunit\tmin – max\tn\tgoal\n")
	for _, f := range r.Figures {
		if f.Package != pkg {
			continue
		}
		verdict := ""
		if f.Goal != nil {
			verdict = fmt.Sprintf("%s %s %s", f.Goal.Limit, number(f.Goal.Value), mark(f.Goal.Reached))
		}
		row := fmt.Sprintf("  %s\t%s\t%s\t%s – %s\t%d\t%s", f.Benchmark, number(f.Median), f.Unit, number(f.Min), number(f.Max), len(f.Samples), verdict)
		fmt.Fprintln(t, strings.TrimSuffix(row, "\t"))
	}
	t.Flush()
	fmt.Fprintln(w)
}

func mark(reached bool) string {
	if reached {
		return "✓"
	}
	return "✗"
}

func printRatios(w io.Writer, title string, list []ratio) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(w, "%s\n", title)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  what\tunit\tours\ttheirs\tours/theirs\t\twhose\n")
	for _, x := range list {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\n", x.what, x.unit, number(x.ours), number(x.theirs), share(x.ours/x.theirs), x.verdict(), x.whose)
	}
	t.Flush()
	fmt.Fprintln(w)
}

// verdict says in words how far ours is ahead.
func (r ratio) verdict() string {
	switch a := r.ahead(); {
	case math.IsInf(a, 1):
		return "they have none"
	case math.IsNaN(a) || a == 1:
		return "the same"
	case a > 1:
		return factor(a) + " times better"
	default:
		return factor(1/a) + " times worse"
	}
}

// share writes a quotient; there is none of nothing.
func share(x float64) string {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return "–"
	}
	return number(x)
}

// factor writes how many times.
func factor(x float64) string {
	if x < 10 {
		return fmt.Sprintf("%.1f", x)
	}
	return number(math.Round(x))
}

// printGoals sums up how many goals are reached.
func (r *Report) printGoals(w io.Writer) {
	reached, missed, all := 0, []string{}, 0
	for _, f := range r.Figures {
		if f.Goal == nil {
			continue
		}
		all++
		if f.Goal.Reached {
			reached++
		} else {
			missed = append(missed, fmt.Sprintf("  ✗ %s: %s %s, want %s %s", f.Benchmark, number(f.Median), f.Unit, f.Goal.Limit, number(f.Goal.Value)))
		}
	}
	fmt.Fprintf(w, "%d of %d goals reached (%d of the list not measured); load %.2f before, %.2f after; %.0f s\n", reached, all, r.unmeasured(), r.Machine.LoadBefore, r.Machine.LoadAfter, r.Seconds)
	for _, line := range missed {
		fmt.Fprintln(w, line)
	}
}

// unmeasured is how many goals have no figure.
func (r *Report) unmeasured() (n int) {
	for _, g := range goals {
		found := false
		for _, f := range r.Figures {
			found = found || g.of(f)
		}
		if !found {
			n++
		}
	}
	return n
}
