package viz

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"inkstone/tracker"
)

// Reading is what a figure of lines is drawn from. It is read once, and then as far as it has changed; Figure lays out what
// it holds. A Reading is not for several goroutines at a time; its figures are.
type Reading struct {
	request Request
	store   *tracker.Store
	// of says what the lines are of: "experiment copying".
	of             string
	baseline, goal string
	unit, axisUnit string
	smooth         smoothing
	xs, ys         scale
	groups         []readGroup
	unread         []unread
	// excluded is what is left out, with the reason: since somebody said so, or since other runs count in its place.
	excluded []string
	skipped  bool // some are excluded
	// maxStep is where the runs end, as their specs say; 0 where that is unknown.
	maxStep float64
}

// readGroup is the series of a variant, or of other runs that go together.
type readGroup struct {
	name   string
	series []series
	mean   *averaged // nil where it is to be computed
}

// Read reads what a figure of lines is drawn from. An unknown experiment, run or metric is tracker.ErrNotFound, and the error
// names those that there are.
func (r Request) Read(ctx context.Context, s *tracker.Store) (*Reading, error) {
	reading, err := r.read(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("draw %s of %s: %w", r.Kind, r.Metric, err)
	}
	return reading, nil
}

func (r Request) read(ctx context.Context, s *tracker.Store) (*Reading, error) {
	reading := &Reading{request: r, store: s}
	var err error
	if reading.smooth, err = parseSmoothing(r.Smooth); err != nil {
		return nil, err
	}
	if reading.xs, err = parseScale("xscale", r.XScale); err != nil {
		return nil, err
	}
	if reading.ys, err = parseScale("yscale", r.YScale); err != nil {
		return nil, err
	}
	if strings.Contains(r.Kind, "difference") && r.YScale == "log" {
		return nil, fmt.Errorf("%w: yscale=log: differences are on both sides of zero; symlog shows both", tracker.ErrInvalid)
	}
	if r.From != nil && r.To != nil && *r.From >= *r.To {
		return nil, fmt.Errorf("%w: from=%v is not below to=%v", tracker.ErrInvalid, *r.From, *r.To)
	}
	if r.Experiment != "" {
		return reading, reading.readPlan(ctx)
	}
	return reading, reading.readRuns(ctx)
}

func (r *Reading) window() window { return window{r.request.From, r.request.To} }

// readPlan reads the trials of an experiment's plan, by variant and then by seed.
func (r *Reading) readPlan(ctx context.Context) error {
	plan, err := r.store.Plan(ctx, r.request.Experiment)
	if err != nil {
		return err
	}
	r.of = "experiment " + plan.Name
	r.baseline = plan.Compare.Baseline
	if r.request.Metric == "" {
		r.request.Metric = plan.Compare.Metric
	}
	metric := r.request.Metric
	if metric == plan.Compare.Metric {
		r.goal = plan.Compare.Goal
	}
	var runs []tracker.Run
	for _, variant := range plan.Variants {
		g := readGroup{name: variant.Name}
		for _, trial := range plan.Trials {
			if trial.Variant != variant.Name {
				continue
			}
			one := series{variant: trial.Variant, seed: trial.Seed, status: tracker.Planned}
			if trial.Run != nil {
				runs = append(runs, *trial.Run)
			}
			r.add(&g, one, trial.Run)
		}
		r.groups = append(r.groups, g)
	}
	known, err := r.readAll(ctx)
	if err != nil {
		return err
	}
	if !known && metric != plan.Compare.Metric && !slices.Contains(plan.Compare.Also, metric) {
		return knownMetrics(fmt.Sprintf("experiment %q", plan.Name), metric, runs)
	}
	return nil
}

// readRuns reads runs that were chosen, in groups.
func (r *Reading) readRuns(ctx context.Context) error {
	runs, total, err := r.store.Choose(ctx, r.request.Where, r.request.Runs)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return fmt.Errorf("%w: no runs are chosen", tracker.ErrInvalid)
	}
	r.of = amount(len(runs), "run", "runs")
	if len(runs) == 1 {
		r.of = fmt.Sprintf("%s/%s, seed %d", runs[0].Experiment, runs[0].Variant, runs[0].Seed)
	}
	if total > len(runs) {
		r.excluded = append(r.excluded, fmt.Sprintf("%s that the filter selects beside the newest %d", amount(total-len(runs), "older run", "older runs"), len(runs)))
	}
	by := r.request.Group
	if r.request.Kind == "curve" {
		by = "run"
	}
	groups, err := tracker.GroupRuns(runs, by)
	if err != nil {
		return err
	}
	again := 0
	for _, group := range groups {
		g := readGroup{name: group.Name}
		if by == "run" {
			g.name = group.Runs[0].Name()
		}
		counting, older := group.Counting()
		again += older
		for _, run := range counting {
			one := series{variant: g.name, seed: run.Seed}
			if by == "run" {
				one.variant = run.Variant
			}
			r.add(&g, one, &run)
		}
		r.groups = append(r.groups, g)
	}
	if again > 0 {
		r.excluded = append(r.excluded, amount(again, "older run", "older runs")+" of a seed that their group has again")
	}
	known, err := r.readAll(ctx)
	if err != nil {
		return err
	}
	if !known {
		return knownMetrics(r.ofRuns(runs), r.request.Metric, runs)
	}
	return r.chooseBaseline()
}

func (r *Reading) ofRuns(runs []tracker.Run) string {
	if len(runs) == 1 {
		return "run " + runs[0].ID
	}
	return fmt.Sprintf("none of %d runs", len(runs))
}

// chooseBaseline is the group that others are compared with: the one asked for, or else the first.
func (r *Reading) chooseBaseline() error {
	r.baseline = r.request.Baseline
	if r.baseline == "" {
		r.baseline = r.groups[0].name
	}
	if !slices.ContainsFunc(r.groups, func(g readGroup) bool { return g.name == r.baseline }) {
		return fmt.Errorf("%w: no group is called %q", tracker.ErrNotFound, r.baseline)
	}
	return nil
}

// add puts one run into the group that is being made, unless it is excluded; readAll reads it.
func (r *Reading) add(g *readGroup, one series, run *tracker.Run) {
	if run == nil {
		g.series = append(g.series, one)
		return
	}
	if reason, yes := run.Excluded(); yes && r.request.Kind != "curve" {
		if reason == "" {
			reason = "no reason was given"
		}
		r.excluded, r.skipped = append(r.excluded, fmt.Sprintf("%s (%s)", one.name(), reason)), true
		return
	}
	r.unread = append(r.unread, unread{group: len(r.groups), at: len(g.series), run: *run})
	g.series = append(g.series, one)
}

// unread is a run whose series is to be read, and what was found.
type unread struct {
	group, at int
	run       tracker.Run
	infos     map[string]tracker.MetricInfo
	err       error
}

// readAll reads the series of all runs, on all cores. Known: one of them has the metric, or is excluded and may have it.
func (r *Reading) readAll(ctx context.Context) (known bool, err error) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(r.unread)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(r.unread); i = int(next.Add(1)) - 1 {
				u := &r.unread[i]
				u.infos, u.err = r.groups[u.group].series[u.at].read(ctx, r, u.run)
			}
		})
	}
	workers.Wait()
	known = r.skipped
	for _, u := range r.unread {
		if u.err != nil {
			return false, u.err
		}
		info, declared := u.infos[r.request.Metric]
		known = known || declared || len(r.groups[u.group].series[u.at].points) > 0
		if r.unit == "" {
			r.unit = info.Unit
		}
		if r.axisUnit == "" {
			r.axisUnit = u.infos[r.request.X].Unit
		}
		r.maxStep = max(r.maxStep, maxSteps(u.run))
	}
	r.unread = nil
	return known, nil
}

// maxSteps is where a run ends, as its spec says; 0 where that is unknown.
func maxSteps(run tracker.Run) float64 {
	params, err := tracker.Params(run.Spec)
	if err != nil {
		return 0
	}
	for _, p := range params {
		if p.Name == "train.max_steps" {
			return p.Number
		}
	}
	return 0
}

// Refresh reads the points of some runs again, by their ids. It does not see that runs began or ended: Read does.
func (r *Reading) Refresh(ctx context.Context, runs []string) error {
	for i := range r.groups {
		for j := range r.groups[i].series {
			one := &r.groups[i].series[j]
			if one.run == "" || !slices.Contains(runs, one.run) {
				continue
			}
			run, err := r.store.Run(ctx, one.run)
			if err == nil {
				one.status = run.Status
				err = one.readPoints(ctx, r, run)
			}
			if err != nil {
				return fmt.Errorf("draw %s of %s: %w", r.request.Kind, r.request.Metric, err)
			}
			r.groups[i].mean = nil
		}
	}
	return nil
}

// Running tells whether any of the runs goes on.
func (r *Reading) Running() bool {
	return slices.ContainsFunc(r.all(), func(s series) bool { return s.status == tracker.Running })
}

func (r *Reading) all() (all []series) {
	for _, g := range r.groups {
		all = append(all, g.series...)
	}
	return all
}

// Metrics are those that it reads.
func (r *Reading) Metrics() []string {
	if r.request.X == "" || r.request.X == timeAxis {
		return []string{r.request.Metric}
	}
	return []string{r.request.Metric, r.request.X}
}

// Runs are the ids of the runs that it holds.
func (r *Reading) Runs() (ids []string) {
	for _, s := range r.all() {
		if s.run != "" {
			ids = append(ids, s.run)
		}
	}
	return ids
}
