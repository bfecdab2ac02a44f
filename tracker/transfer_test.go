package tracker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recordFrom reads a run that is there.
func recordFrom(t *testing.T, s *Store, run string) RunRecord {
	t.Helper()
	r, err := s.RunRecord(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// digest is that of a run's content.
func digest(t *testing.T, r RunRecord, from Content, to Receiver) string {
	t.Helper()
	d, err := Transfer(t.Context(), r, from, to)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// filesOf are those of a run that lies in another store.
type filesOf struct{ store *Store }

func (f filesOf) Artifact(digest string) (io.ReadCloser, error) { return f.store.openBlob(digest) }
func (f filesOf) Folder(context.Context, string) error          { return nil }

func importer(t *testing.T, s *Store) *Importer {
	t.Helper()
	im, err := s.NewImporter()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(im.Close)
	return im
}

func TestARunGoesToAnotherStore(t *testing.T) {
	from, to := newStore(t, Options{}), newStore(t, Options{})
	run := fullRun(t, from, 1)
	r := recordFrom(t, from, run)
	want := digest(t, r, from.Content(r), nil)
	im := importer(t, to)
	if err := im.Run(t.Context(), r, want, from.Content(r), filesOf{from}); err != nil {
		t.Fatal(err)
	}
	got := recordFrom(t, to, run)
	if diff := cmp.Diff(r, got); diff != "" {
		t.Error(diff)
	}
	if there, err := im.HasRun(t.Context(), run, want); !there || err != nil {
		t.Errorf("it is not there: %v", err)
	}
	foldAll(t, from)
	if again := digest(t, r, from.Content(r), nil); again != want {
		t.Error("the digest depends on how far the run was folded")
	}
	if diff := cmp.Diff(values(t, from, run, "loss"), values(t, to, run, "loss")); diff != "" {
		t.Error(diff)
	}
	before, after := rowsOf(t, from), rowsOf(t, to)
	for _, table := range []string{"journal", "superseded_chunks"} { // how points came, and in how many pieces
		delete(before, table)
		delete(after, table)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	if report, err := to.Check(t.Context(), nil); err != nil || len(report.Findings) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	if err := im.Run(t.Context(), r, want, from.Content(r), filesOf{from}); !errors.Is(err, ErrConflict) {
		t.Errorf("over itself: %v", err)
	}
}

// TestAnImportedRunGoesOn resumes a run where it came to, from a batch that was superseded nowhere.
func TestAnImportedRunGoesOn(t *testing.T) {
	from, to := newStore(t, Options{}), newStore(t, Options{})
	run := fullRun(t, from, 1)
	r := recordFrom(t, from, run)
	if err := importer(t, to).Run(t.Context(), r, digest(t, r, from.Content(r), nil), from.Content(r), filesOf{from}); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Store{from, to} {
		a := begin(t, s, run, &Resume{Attempt: 1, Sequence: 50})
		put(t, s, a, 1, at("loss", 51, 7), at("new", 51, 1))
		if err := a.End(t.Context(), Finished, ""); err != nil {
			t.Fatal(err)
		}
		foldAll(t, s)
	}
	if got := values(t, to, run, "loss"); len(got) != 51 || got[50] != 7 {
		t.Errorf("%d values, the last %v", len(got), got[len(got)-1])
	}
	for _, metric := range []string{"loss", "lr", "new"} {
		want, errWant := from.Superseded(t.Context(), run, Series{Metric: metric})
		got, errGot := to.Superseded(t.Context(), run, Series{Metric: metric})
		if diff := cmp.Diff(want, got); diff != "" || errWant != nil || errGot != nil {
			t.Errorf("%s: %v, %v %s", metric, errWant, errGot, diff)
		}
	}
}

func TestAKilledImportMakesRoom(t *testing.T) {
	from, to := newStore(t, Options{}), newStore(t, Options{})
	run := fullRun(t, from, 1)
	r := recordFrom(t, from, run)
	a := &arriving{store: to, run: r, series: map[seriesName]int64{}}
	if err := a.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := Transfer(t.Context(), r, from.Content(r), a); err != nil { // as far as a killed one may have come
		t.Fatal(err)
	}
	if err := a.finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := to.RunRecord(t.Context(), run); !errors.Is(err, ErrNotFound) {
		t.Errorf("half of it is there: %v", err)
	}
	if runs, err := to.Runs(t.Context(), RunFilter{}); len(runs) > 0 || err != nil {
		t.Errorf("half of it is listed: %v, %v", runs, err)
	}
	if err := to.UndeleteRuns(t.Context(), []string{run}); !errors.Is(err, ErrConflict) {
		t.Errorf("half of it comes back: %v", err)
	}
	if err := importer(t, to).Run(t.Context(), r, digest(t, r, from.Content(r), nil), from.Content(r), filesOf{from}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, recordFrom(t, to, run)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatDoesNotFitLeavesNothing(t *testing.T) {
	from, to := newStore(t, Options{}), newStore(t, Options{})
	run := fullRun(t, from, 1)
	r := recordFrom(t, from, run)
	im := importer(t, to)
	if err := im.Run(t.Context(), r, strings.Repeat("0", 64), from.Content(r), filesOf{from}); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "has the digest") {
		t.Errorf("got %v", err)
	}
	if n := rowsOf(t, to); n["runs"]+n["series"]+n["chunks"]+n["captures"]+n["artifacts"] != 0 {
		t.Errorf("left: %v", n)
	}
	if _, err := os.Stat(to.RunDir(run)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its folder: %v", err)
	}
	if _, err := to.NewImporter(); !errors.Is(err, ErrConflict) {
		t.Errorf("a second importer: %v", err)
	}
	if _, err := to.Collect(t.Context(), nil); !errors.Is(err, ErrConflict) {
		t.Errorf("a collection meanwhile: %v", err)
	}
}

// pause is a receiver that does something at the first points.
type pause struct {
	Receiver
	do func()
}

func (p *pause) Points(context.Context, Stretch) error {
	if p.do != nil {
		p.do()
		p.do = nil
	}
	return nil
}

func (p *pause) Head(context.Context, *CaptureRecord, HeadRecord) error { return nil }
func (p *pause) Text(context.Context, TextRecord) error                 { return nil }

func TestARunIsReadAsItsRecordSays(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	a := begin(t, s, run, nil)
	for i := range int64(20) {
		put(t, s, a, i+1, at("loss", i, float64(i)), at("lr", i, 1))
	}
	r := recordFrom(t, s, run)
	want := digest(t, r, s.Content(r), nil)
	for i := range int64(20) {
		put(t, s, a, 21+i, at("loss", 20+i, 1), at("new", 20+i, 1))
	}
	if got := digest(t, r, s.Content(r), &pause{do: func() { foldAll(t, s) }}); got != want {
		t.Error("what came later, or was folded meanwhile, is in it")
	}
	a.release()
	_, err := Transfer(t.Context(), r, s.Content(r), &pause{do: func() { begin(t, s, run, &Resume{Attempt: 1, Sequence: 10}) }})
	if !errors.Is(err, ErrConflict) {
		t.Errorf("resumed meanwhile: %v", err)
	}
}

// forged is a content of one's own.
type forged struct {
	points []Stretch
	heads  []HeadRecord
	shape  CaptureRecord
	texts  []TextRecord
}

func (f forged) Send(ctx context.Context, to Receiver) error {
	for _, s := range f.points {
		if err := to.Points(ctx, s); err != nil {
			return err
		}
	}
	for _, h := range f.heads {
		if err := to.Head(ctx, &f.shape, h); err != nil {
			return err
		}
	}
	for _, x := range f.texts {
		if err := to.Text(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

func TestTransferRefusesWhatDoesNotFit(t *testing.T) {
	two := int64(2)
	series := recordOf(func() Summary { s := Summary{Metric: "loss"}; s.add(1, 5); s.add(2, 6); return s }())
	good := RunRecord{ID: "0abc", Status: Finished, Series: []SeriesRecord{series},
		Attempts: []AttemptRecord{{Number: 1, Status: Finished, Info: "{}", LastSequence: 3, KeptSequence: &two}}}
	points := func(change func(s *Stretch)) []Stretch {
		s := Stretch{Metric: "loss", Batches: []BatchPart{{1, 1, 1}, {1, 2, 1}}, Steps: []int64{1, 2}, Times: []int64{1, 2}, Values: []float64{5, 6}}
		change(&s)
		return []Stretch{s}
	}
	whole := points(func(*Stretch) {})
	shape := CaptureRecord{Attempt: 1, Kind: Losses, Layers: 1, Heads: 2, Queries: 1, Keys: 1, DType: F32, Tokens: []string{"a"}}
	heads := []HeadRecord{{0, 0, make([]byte, 4), nil}, {0, 1, make([]byte, 4), nil}}
	if _, err := Transfer(t.Context(), good, forged{whole, heads, shape, []TextRecord{{Attempt: 1, Name: "p", Settings: "{}"}}}, nil); err != nil {
		t.Fatal(err)
	}
	record := func(change func(r *RunRecord)) RunRecord {
		r := good
		change(&r)
		return r
	}
	other := func(change func(c *CaptureRecord)) CaptureRecord {
		c := shape
		change(&c)
		return c
	}
	for name, c := range map[string]struct {
		run  RunRecord
		from forged
		want string
	}{
		"no points":              {good, forged{}, "is summarised as"},
		"other values":           {good, forged{points: points(func(s *Stretch) { s.Values[1] = 9 })}, "is summarised as"},
		"another series":         {good, forged{points: points(func(s *Stretch) { s.Metric = "lr" })}, "is summarised as"},
		"points of no series":    {record(func(r *RunRecord) { r.Series = nil }), forged{points: whole}, "does not name here"},
		"a series twice":         {good, forged{points: append(points(func(s *Stretch) { s.Superseded = true; s.Batches = []BatchPart{{1, 3, 2}} }), whole...)}, "is summarised as"},
		"out of order":           {good, forged{points: points(func(s *Stretch) { s.Batches = []BatchPart{{1, 2, 1}, {1, 1, 1}} })}, "out of order"},
		"a batch of nobody":      {good, forged{points: points(func(s *Stretch) { s.Batches = []BatchPart{{2, 1, 2}} })}, "does not name"},
		"superseded, and not":    {good, forged{points: points(func(s *Stretch) { s.Batches = []BatchPart{{1, 3, 2}} })}, "superseded"},
		"too few batches":        {good, forged{points: points(func(s *Stretch) { s.Batches = s.Batches[:1] })}, "batches of 1 points for 2"},
		"too many points":        {good, forged{points: points(func(s *Stretch) { s.Batches[1].Points = 1 << 40 })}, "points of a batch"},
		"times missing":          {good, forged{points: points(func(s *Stretch) { s.Times = nil })}, "0 times"},
		"heads missing":          {good, forged{whole, heads[:1], shape, nil}, "has 1 heads of 2"},
		"heads out of order":     {good, forged{whole, heads[1:], shape, nil}, "out of order"},
		"a short head":           {good, forged{whole, []HeadRecord{{0, 0, make([]byte, 3), nil}}, shape, nil}, "3 bytes"},
		"an absurd shape":        {good, forged{whole, heads, other(func(c *CaptureRecord) { c.Queries, c.Keys = 1<<31, 1<<31 }), nil}, "a shape of"},
		"an unknown type":        {good, forged{whole, heads, other(func(c *CaptureRecord) { c.DType = "f8" }), nil}, "dtype"},
		"another number":         {good, forged{whole, heads, other(func(c *CaptureRecord) { c.Number = 1 }), nil}, "comes as number 0"},
		"a capture of nobody":    {good, forged{whole, heads, other(func(c *CaptureRecord) { c.Attempt = 2 }), nil}, "does not name"},
		"a text of nobody":       {good, forged{points: whole, texts: []TextRecord{{Name: "p", Settings: "{}"}}}, "does not name"},
		"settings that are none": {good, forged{points: whole, texts: []TextRecord{{Attempt: 1, Name: "p", Settings: "[]"}}}, "no JSON object"},
		"a hostile id":           {record(func(r *RunRecord) { r.ID = "../up" }), forged{points: whole}, "cannot be the id"},
		"a name of no UTF-8":     {record(func(r *RunRecord) { r.Variant = "\xff" }), forged{points: whole}, "no UTF-8"},
		"attempts missing":       {record(func(r *RunRecord) { r.Attempts = []AttemptRecord{{Number: 2, Status: Finished, Info: "{}"}} }), forged{points: whole}, "attempt 2 stands in place 1"},
		"series out of order":    {record(func(r *RunRecord) { r.Series = []SeriesRecord{series, series} }), forged{points: whole}, "does not stand before"},
		"a spec that is none":    {record(func(r *RunRecord) { r.Spec = "[" }), forged{points: whole}, "no JSON object"},
		"an unknown status":      {record(func(r *RunRecord) { r.Status = Lost }), forged{points: whole}, `status "lost"`},
		"an artifact upwards":    {record(func(r *RunRecord) { r.Artifacts = []ArtifactRecord{{Name: "../a"}} }), forged{points: whole}, "clean relative path"},
	} {
		if _, err := Transfer(t.Context(), c.run, c.from, nil); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestTextsKeepTheirBytesInJSON(t *testing.T) {
	type both struct {
		Text Verbatim
		JSON RawJSON
	}
	for _, text := range []string{"", "plain", "<&>\u2028", "half \xe4\xbd", `"`, "{}", `{"a":"<b>"}`, `{ "a": 1 }`, `"a"`, "null", "[1,\n2]", "not JSON {"} {
		want := both{Text: Verbatim(text)}
		if !strings.Contains(text, "\xe4") {
			want.JSON = RawJSON(text)
		}
		line, err := encodeJSON(want)
		if err != nil {
			t.Fatal(err)
		}
		var got both
		if err := json.Unmarshal(line, &got); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if want.JSON == "" {
			want.JSON = got.JSON
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", line, fmt.Sprint(got), fmt.Sprint(want))
		}
	}
	if _, err := encodeJSON(RawJSON("\"\xff\"")); !errors.Is(err, ErrInvalid) {
		t.Errorf("JSON that is no UTF-8: %v", err)
	}
	if text, err := encodeJSON(SeriesRecord{Min: Value(math.NaN()), Max: Value(math.Inf(1))}); err != nil || !strings.Contains(string(text), `"min":"NaN","max":"Infinity"`) {
		t.Errorf("%s, %v", text, err)
	}
}
