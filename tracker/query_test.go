package tracker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"inkstone/tracker/filter"
)

// modelRun is a run as filters see it.
type modelRun struct {
	Run
	at      int // in the order of creation
	params  map[string]any
	metrics map[string]*Summary // by name@context
}

// zoo fills a store with runs that have, or lack, all kinds of things, and returns the same as plain maps, oldest first.
func zoo(t testing.TB, s *Store, runs int) []modelRun {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	ctx := context.Background()
	odd := []float64{0, math.Copysign(0, -1), 1, 2.5, -3, math.NaN(), math.Inf(1), math.Inf(-1), 1e300}
	var all []modelRun
	for i := range runs {
		m := modelRun{params: map[string]any{}, metrics: map[string]*Summary{}}
		for _, p := range []struct {
			name   string
			values []any
		}{
			{"lr", []any{1e-3, 1e-4, 3.0, -1.0}}, {"name", []any{"relu", "gelu", "", "50%", "a_b"}}, {"fused", []any{true, false, nil}},
			{"mixed", []any{1.0, "one", true, []any{1.0, 2.0}}}, {"number", []any{float64(i)}},
		} {
			if r.IntN(4) > 0 {
				m.params["train."+p.name] = p.values[r.IntN(len(p.values))]
			}
		}
		parent := ""
		if i > 3 && r.IntN(3) == 0 {
			parent = all[r.IntN(len(all))].ID
		}
		nested := map[string]any{}
		for name, v := range m.params {
			nested[strings.TrimPrefix(name, "train.")] = v
		}
		created, err := s.CreateRun(ctx, NewRun{
			Experiment: []string{"alpha", "beta"}[r.IntN(2)], Variant: []string{"baseline", "one-head", "Other"}[r.IntN(3)], Seed: int64(r.IntN(4)),
			Digest: fmt.Sprint(i), Spec: []byte(mustJSON(map[string]any{"train": nested})), Parameters: int64(r.IntN(3)), Parent: parent,
		})
		if err != nil {
			t.Fatal(err)
		}
		if r.IntN(6) > 0 {
			m.live(t, s, r, created.ID, odd)
		}
		tags := map[string]string{}
		for _, name := range []string{"paper", "broken"} {
			if r.IntN(3) == 0 {
				tags[name] = []string{"", "yes", "no"}[r.IntN(3)]
			}
		}
		if err := s.Tag(ctx, []string{created.ID}, Retag{Set: tags}); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
		all[len(all)-1].Run, all[len(all)-1].at = created, i
	}
	for i := range all {
		var err error
		if all[i].Run, err = s.Run(ctx, all[i].ID); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// live lets a run record something, and end, be alive, or be lost.
func (m *modelRun) live(t testing.TB, s *Store, r *rand.Rand, run string, odd []float64) {
	t.Helper()
	a := begin(t, s, run, nil)
	for sequence := range int64(r.IntN(4)) {
		x := Sample{Metric: []string{"val/loss", "acc"}[r.IntN(2)], Context: []string{"", "rank-0"}[r.IntN(2)], Step: sequence, Time: time.UnixMicro(sequence), Value: odd[r.IntN(len(odd))]}
		put(t, s, a, sequence+1, x)
		key := x.Metric + "@" + x.Context
		if m.metrics[key] == nil {
			m.metrics[key] = &Summary{}
		}
		m.metrics[key].add(x.Step, x.Value)
	}
	switch r.IntN(5) {
	case 0: // goes on
	case 1:
		a.release() // is lost
	default:
		if err := a.End(context.Background(), []Status{Finished, Failed, Stopped}[r.IntN(3)], ""); err != nil {
			t.Fatal(err)
		}
	}
}

// get is the value of an operand, as the filter's package says.
func (m *modelRun) get(o filter.Operand) (filter.Value, bool) {
	number := func(f float64, ok bool) (filter.Value, bool) {
		return filter.Value{Type: filter.TypeNumber, Number: f}, ok
	}
	word := func(t string, ok bool) (filter.Value, bool) {
		return filter.Value{Type: filter.TypeString, Text: t}, ok
	}
	moment := func(at time.Time) (filter.Value, bool) {
		return filter.Value{Type: filter.TypeTime, Time: at}, !at.IsZero()
	}
	switch o.Kind {
	case filter.Tag:
		v, ok := m.Tags[o.Name]
		return word(v, ok)
	case filter.Param:
		switch v := m.params[o.Name].(type) {
		case float64:
			return number(v, true)
		case string:
			return word(v, true)
		case bool:
			return filter.Value{Type: filter.TypeBool, Bool: v}, true
		case []any:
			text, _ := json.Marshal(v)
			return word(string(text), true)
		}
		return filter.Value{}, false
	case filter.Metric:
		x := m.metrics[o.Name+"@"+o.Context]
		if x == nil {
			return filter.Value{}, false
		}
		finite := x.Count - x.NaN - x.PosInf - x.NegInf
		switch o.Summary {
		case filter.Last:
			return number(float64(x.Last), true)
		case filter.Count:
			return number(float64(x.Count), true)
		case filter.Min:
			return number(float64(x.Min), finite > 0)
		case filter.Max:
			return number(float64(x.Max), finite > 0)
		}
		return number(float64(x.Mean()), finite > 0)
	}
	switch o.Name {
	case "id":
		return word(m.ID, true)
	case "experiment":
		return word(m.Experiment, true)
	case "variant":
		return word(m.Variant, true)
	case "status":
		return word(string(m.Status), true)
	case "parent":
		return word(m.Parent, m.Parent != "")
	case "seed":
		return number(float64(m.Seed), true)
	case "parameters":
		return number(float64(m.Parameters), true)
	case "created":
		return moment(m.Created)
	case "started":
		return moment(m.Started)
	case "finished":
		return moment(m.Finished)
	case "deleted":
		return moment(m.Deleted)
	}
	return filter.Value{Type: filter.TypeDuration, Duration: m.Finished.Sub(m.Started)}, !m.Started.IsZero() && !m.Finished.IsZero()
}

// leaves are comparisons of every kind, for the zoo.
var leaves = []string{
	"train.lr = 1e-3", "train.lr != 1e-3", "train.lr < 1", "train.lr in (3, -1)", "train.lr not in (3, -1)", "train.lr is null", "train.lr is not null",
	"train.name = relu", "train.name != relu", "train.name = ''", "train.name like '%50\\%%'", "train.name not like '_elu'", "train.name like 'A\\_B'",
	"train.name ~ '^.elu$'", "train.name !~ 'e'", "train.name in (relu, gelu)", "train.fused", "train.fused = false", "train.fused != true", "train.fused is null",
	"train.mixed = 1", "train.mixed != 1", "train.mixed = one", "train.mixed ~ '2'", "train.mixed = true", "train.mixed < 2", "train.number > 10", "train.number <= 3",
	"val/loss < 1", "val/loss != 1", "val/loss is nan", "val/loss is not nan", "val/loss is null", "val/loss is not null", "val/loss = inf", "val/loss > 1e299",
	"min(val/loss) <= 0", "max(val/loss) > 0", "mean(val/loss) = 1", "mean(acc) < 1", "count(val/loss) > 1", "min(acc) is null", "val/loss@rank-0 >= 0", "acc in (1, inf)", "acc not in (1)",
	"status = running", "status = lost", "status != finished", "status in (failed, stopped, planned)", "status like '%ed'", "status ~ 'l'", "status is not null",
	"experiment = alpha", "variant like 'o%'", "variant ~ 'O'", "variant != baseline", "seed >= 2", "seed in (0, 3)", "parameters = 1", "parent is null", "parent is not null", "parent like '0%'",
	"created < now", "created > -1h", "finished is null", "finished >= -1h", "duration < 1h", "duration is not null", "deleted is null", "deleted > -1h", "tag.paper", "tag.paper = yes", "tag.paper != yes",
	"tag.broken is null", "tag.broken like 'N%'", "tag.broken = ''", "id ~ '^0'",
}

func TestFiltersSelectWhatTheReferenceDoes(t *testing.T) {
	takesLong(t)
	s := newStore(t, Options{})
	all := zoo(t, s, 150)
	if err := s.DeleteRuns(t.Context(), ended(all[:20])); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		run, err := s.Run(t.Context(), all[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		all[i].Run = run
	}
	r := rand.New(rand.NewPCG(3, 4))
	var grow func(depth int) string
	grow = func(depth int) string {
		switch k := r.IntN(6); {
		case depth == 0 || k < 2:
			return leaves[r.IntN(len(leaves))]
		case k == 2:
			return "not (" + grow(depth-1) + ")"
		case k == 3:
			return "(" + grow(depth-1) + " or " + grow(depth-1) + ")"
		default:
			return "(" + grow(depth-1) + " and " + grow(depth-1) + ")"
		}
	}
	texts := slices.Clone(leaves)
	for range 300 {
		texts = append(texts, grow(4))
	}
	hits := 0
	for _, text := range texts {
		q, err := s.ParseQuery(t.Context(), text, "")
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var want []string
		for _, m := range slices.Backward(all) {
			if (m.Deleted.IsZero() || mentionsDeleted(q.Where)) && filter.Match(q.Where, m.get) {
				want = append(want, m.ID)
			}
		}
		q.Limit = 1000
		page, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		count, err := s.CountRuns(t.Context(), q.Where)
		if diff := gocmp.Diff(want, idsOf(page.Runs)); diff != "" || err != nil || page.Total != len(want) || count != len(want) || page.Next != "" {
			t.Errorf("%s: %d in all, %v (-want +got)\n%s", text, page.Total, err, diff)
		}
		hits += len(want)
	}
	if hits < len(texts) {
		t.Errorf("%d filters selected %d runs in all: too few to tell anything", len(texts), hits)
	}
}

func idsOf(runs []Run) (ids []string) {
	for _, r := range runs {
		ids = append(ids, r.ID)
	}
	return ids
}

func ended(all []modelRun) (ids []string) {
	for _, m := range all {
		if m.Status != Running {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

func TestOrdersPageThroughEveryRunOnce(t *testing.T) {
	takesLong(t)
	s := newStore(t, Options{})
	all := zoo(t, s, 150)
	for _, by := range []string{"", "val/loss", "min(val/loss)", "mean(acc)", "count(acc)", "val/loss@rank-0", "train.lr", "train.name", "train.mixed", "train.number", "variant",
		"created", "duration", "finished", "parent", "seed", "id", "tag.paper"} {
		for _, desc := range []string{"", " desc"} {
			if by == "" && desc != "" {
				continue
			}
			q, err := s.ParseQuery(t.Context(), "experiment = alpha or seed < 3", by+desc)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, m := range ordered(all, q.Order) {
				if filter.Match(q.Where, m.get) {
					want = append(want, m.ID)
				}
			}
			var got []string
			for q.Limit = 7; ; {
				page, err := s.Query(t.Context(), q)
				if err != nil || page.Total != len(want) {
					t.Fatalf("%s%s: %d in all, want %d, %v", by, desc, page.Total, len(want), err)
				}
				if got = append(got, idsOf(page.Runs)...); page.Next == "" {
					break
				}
				q.After = page.Next
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("%s%s (-want +got)\n%s", by, desc, diff)
			}
		}
	}
}

// ordered sorts runs as an order says: by value and age, those without a value last, newest first.
func ordered(all []modelRun, by *filter.Order) []modelRun {
	value := func(m *modelRun) (v filter.Value, ok bool) {
		if by == nil {
			return v, false
		}
		v, ok = m.get(by.Operand)
		if by.Operand.Name == "train.mixed" && v.Type != filter.TypeNumber {
			ok = false // there are numbers
		}
		return v, ok && !(v.Type == filter.TypeNumber && math.IsNaN(v.Number))
	}
	out := slices.Clone(all)
	slices.SortFunc(out, func(a, b modelRun) int {
		x, there := value(&a)
		y, also := value(&b)
		switch {
		case !there && !also:
			return cmp.Compare(b.at, a.at)
		case !there:
			return 1
		case !also:
			return -1
		}
		c := cmp.Or(cmp.Compare(x.Number, y.Number), cmp.Compare(x.Text, y.Text), x.Time.Compare(y.Time), cmp.Compare(x.Duration, y.Duration), cmp.Compare(a.at, b.at))
		if by.Desc {
			return -c
		}
		return c
	})
	return out
}

func TestQueriesTellMistakes(t *testing.T) {
	s := newStore(t, Options{})
	zoo(t, s, 20)
	var mistakes filter.Errors
	if _, err := s.ParseQuery(t.Context(), "val/los < 1 and train.lr ~ 'x'", ""); !errors.As(err, &mistakes) || len(mistakes) != 2 || mistakes[0].Suggestion != "val/loss" {
		t.Errorf("got %v", err)
	}
	if _, err := s.ParseQuery(t.Context(), "", "seed, variant"); !errors.Is(err, ErrInvalid) {
		t.Errorf("two keys: %v", err)
	}
	for _, cursor := range []string{"nonsense", "bnVsbA", place{value: "x", number: -1}.String()[:6]} {
		if _, err := s.Query(t.Context(), Query{After: cursor}); !errors.Is(err, ErrInvalid) {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	for _, p := range []place{{}, {math.Inf(-1), 5}, {int64(7), 1}, {"text", 9}} {
		f.Add(p.String())
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		p, err := parsePlace(cursor)
		if err != nil || p == nil {
			return
		}
		again, err := parsePlace(p.String())
		if err != nil || again.number != p.number || again.String() != p.String() {
			t.Errorf("%+v came back as %+v, %v", p, again, err)
		}
	})
}
