package archive_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inkstone/tracker"
)

// openStore opens a store in a temporary folder.
func openStore(t testing.TB) *tracker.Store {
	t.Helper()
	s, err := tracker.Open(filepath.Join(t.TempDir(), "store"), tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// must ends the test at an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fold does the owner's work once: the points of runs that have ended go to chunks.
func fold(t testing.TB, s *tracker.Store) {
	t.Helper()
	for pause, err := time.Millisecond, errors.New("not yet"); err != nil; pause *= 2 {
		ctx, cancel := context.WithTimeout(context.Background(), pause) // it ends with the last round, if it has begun
		err = s.Maintain(ctx)
		cancel()
	}
}

func create(t testing.TB, s *tracker.Store, n tracker.NewRun) string {
	t.Helper()
	n.RecordDigest, n.DataDigest, n.TokenizerDigest, n.Parameters = "record", "data", "tokenizer", 7
	if n.Spec == nil {
		n.Spec = json.RawMessage(fmt.Sprintf(`{"train":{"lr":0.001,"name":"<a & b>","seeds":[1,2],"fused":null},"seed":%d}`, n.Seed))
	}
	r, err := s.CreateRun(t.Context(), n)
	must(t, err)
	return r.ID
}

func begin(t testing.TB, s *tracker.Store, run string, resume *tracker.Resume) *tracker.Attempting {
	t.Helper()
	a, err := s.BeginAttempt(context.Background(), run, tracker.AttemptInfo{Host: "here", Backend: "go", Threads: 2, Modules: map[string]string{"gomlx": "v0"}}, resume)
	must(t, err)
	return a
}

// put appends a batch of points of two series and one that is only there at times.
func put(t testing.TB, s *tracker.Store, a *tracker.Attempting, sequence int64, points int) {
	t.Helper()
	odd := []float64{math.NaN(), math.Float64frombits(0xfff80000deadbeef), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), math.MaxFloat64, 5e-324}
	batch := tracker.Batch{Run: a.Run(), Attempt: a.Number(), Sequence: sequence}
	for i := range points {
		step := sequence*10 + int64(i)
		value := math.Sin(float64(step)) / 3
		if step%7 == 0 {
			value = odd[int(step/7)%len(odd)]
		}
		now := time.UnixMicro(1_700_000_000_000_000 + step*1001 - step%5)
		batch.Samples = append(batch.Samples, tracker.Sample{Metric: "loss", Step: step - 3*(step%4), Time: now, Value: value},
			tracker.Sample{Metric: "loss", Context: "rank-1", Step: step, Time: now, Value: float64(a.Number())})
	}
	if sequence%3 == 0 {
		batch.Samples = append(batch.Samples, tracker.Sample{Metric: "损失/val", Step: -sequence, Time: time.UnixMicro(-sequence), Value: float64(sequence)})
	}
	must(t, s.Append(context.Background(), batch))
}

// everything fills a store with runs that have, or lack, all kinds of things.
func everything(t testing.TB, s *tracker.Store) {
	t.Helper()
	ctx := context.Background()
	full := fullRun(t, s)
	large := largeRun(t, s, full)
	fold(t, s)
	lost := create(t, s, tracker.NewRun{Experiment: "e", Variant: "one-head", Seed: 2, Digest: "d2", Spec: json.RawMessage(`{ "spacing": true }`)})
	a := begin(t, s, lost, nil)
	for sequence := range int64(30) {
		put(t, s, a, sequence+1, 4)
	}
	a.Leave()
	planned := create(t, s, tracker.NewRun{Experiment: "e", Variant: "one-head", Seed: 3, Digest: "d3"})
	must(t, s.SetDesired(ctx, tracker.Scope{Run: planned}, "stop"))
	deleted := create(t, s, tracker.NewRun{Experiment: "other", Variant: "baseline", Seed: 1, Digest: "d4"})
	a = begin(t, s, deleted, nil)
	put(t, s, a, 1, 5)
	must(t, a.End(ctx, tracker.Failed, "broken \xff text"))
	must(t, s.DeleteRuns(ctx, []string{deleted}))
	must(t, s.SavePlan(ctx, tracker.Plan{
		Name: "e", Question: "Does <it> help?", Source: "name: e\n", Spec: json.RawMessage(`{"train":{"lr":0.001}}`), Seeds: []int64{1, 1 << 60},
		Variants: []tracker.Variant{{Name: "baseline", Parameters: 3, Spec: json.RawMessage("{}")}, {Name: "one-head", Changes: "model.heads: 1", Spec: json.RawMessage("{}")}},
		Compare:  tracker.Compare{Metric: "loss", Goal: "minimize", Baseline: "baseline"},
		Trials:   []tracker.Trial{{Variant: "baseline", Seed: 1, Digest: "d1", RecordDigest: "r"}, {Variant: "one-head", Seed: 2, Digest: "d2", RecordDigest: "r"}},
	}))
	must(t, s.WriteNote(ctx, tracker.Scope{Experiment: "e"}, "first"))
	must(t, s.WriteNote(ctx, tracker.Scope{Experiment: "e"}, "second"))
	must(t, s.SetDesired(ctx, tracker.Scope{Experiment: "e"}, "stop"))
	artifacts, err := s.Artifacts(ctx, full)
	must(t, err)
	for _, x := range artifacts {
		must(t, s.UseArtifact(ctx, large, x.ID))
	}
}

// fullRun makes an ended run that has something of everything, some of it superseded.
func fullRun(t testing.TB, s *tracker.Store) string {
	t.Helper()
	ctx := context.Background()
	run := create(t, s, tracker.NewRun{Experiment: "e", Variant: "baseline", Seed: 1, Digest: "d1"})
	first := begin(t, s, run, nil)
	for sequence := range int64(200) {
		put(t, s, first, sequence+1, 3)
	}
	captures(t, first, 150)
	must(t, first.Texts(ctx, []tracker.Text{{Name: "prompt-0", Step: 5, Time: time.UnixMicro(5), Prompt: "p", Output: "superseded"}}, 150))
	first.Leave()
	second := begin(t, s, run, &tracker.Resume{Attempt: 1, Sequence: 100})
	for sequence := range int64(50) {
		put(t, s, second, sequence+1, 2)
	}
	put(t, s, first, 201, 3) // late, from elsewhere
	captures(t, second, 50)
	must(t, second.Texts(ctx, []tracker.Text{
		{Name: "prompt-0", Step: 5, Time: time.UnixMicro(6), Prompt: "a <b>\u2028", Output: "half a letter \xe4\xbd", Settings: json.RawMessage(`{"temperature": 0.8, "seed":1}`)},
		{Name: "prompt-1", Step: 5, Prompt: strings.Repeat("long ", 1000)},
	}, 50))
	must(t, s.Tag(ctx, []string{run}, tracker.Retag{Set: map[string]string{"paper": "", "by": "Ann <ann>"}}))
	must(t, s.WriteNote(ctx, tracker.Scope{Run: run}, "a *note*"))
	must(t, s.WriteNote(ctx, tracker.Scope{Run: run}, "a better \xfe note"))
	must(t, s.DeclareMetrics(ctx, run, []tracker.MetricInfo{{Name: "loss", Unit: "nat", Key: "k"}, {Name: "speed", Unit: "1/s", WallTime: true}}))
	for _, x := range []struct{ name, content string }{{"samples/a.txt", "one"}, {"samples/a.txt", "two"}, {"shared.bin", strings.Repeat("x", 1<<20)}, {"empty", ""}} {
		_, err := s.PutArtifact(ctx, run, x.name, "text/plain", strings.NewReader(x.content))
		must(t, err)
	}
	must(t, os.WriteFile(s.LogPath(run, 1), []byte("begin\nloss 3\n"), 0o644))
	must(t, os.WriteFile(filepath.Join(s.CheckpointDir(run), "step-1.safetensors"), []byte("weights"), 0o644))
	must(t, second.End(ctx, tracker.Finished, ""))
	return run
}

// captures writes captures of every kind and type.
func captures(t testing.TB, a *tracker.Attempting, sequence int64) {
	t.Helper()
	values := make([]float32, 2*3*40*40)
	for i := range values {
		values[i] = float32(i%97) / 96
	}
	tokens := strings.Split(strings.Repeat("<tok>,", 39)+"的", ",")
	for _, c := range []tracker.Capture{
		{Name: "attention", Context: "prompt-0", Step: 3, Layers: 2, Heads: 3, Queries: 40, Keys: 40, Tokens: tokens, Values: values},
		{Name: "attention", Context: "prompt-1", Step: 3, Layers: 2, Heads: 3, Queries: 40, Keys: 40, Tokens: tokens, Values: values, DType: tracker.F16},
		{Name: "attention", Context: "prompt-2", Step: 2, Layers: 2, Heads: 3, Queries: 40, Keys: 40, Tokens: tokens, Values: values, DType: tracker.U8},
		{Kind: tracker.Histogram, Name: "gradients", Step: 1, Layers: 2, Heads: 1, Queries: 1, Keys: 3, Edges: []float64{math.Inf(-1), -1e-9, 0, 1}, Values: []float32{1, 2, 3, 4, 5, float32(math.NaN())}},
		{Kind: tracker.Losses, Name: "losses", Step: 1, Layers: 2, Heads: 1, Queries: 1, Keys: 2, Tokens: []string{"a", "b"}, Values: []float32{1, float32(math.Inf(1)), 0, math.Float32frombits(0x7fc00123)}},
	} {
		must(t, a.Capture(context.Background(), c, sequence))
	}
}

// largeRun makes a run with several chunks of points.
func largeRun(t testing.TB, s *tracker.Store, parent string) string {
	t.Helper()
	run := create(t, s, tracker.NewRun{Experiment: "e", Variant: "baseline", Seed: 1 << 60, Digest: "d1", Parent: parent})
	a := begin(t, s, run, nil)
	for sequence := range int64(40) {
		put(t, s, a, sequence+1, 500)
	}
	must(t, a.End(context.Background(), tracker.Stopped, "on request"))
	return run
}

// reading is all that the public reads of a store answer.
type reading map[string]string

// read asks a store for everything. Numbers that a store gives by itself are left out.
func read(t testing.TB, s *tracker.Store) reading {
	t.Helper()
	ctx := context.Background()
	all := reading{}
	note := func(what string, value any, err error) {
		if err != nil {
			value = "error: " + err.Error()
		}
		all[what] = fmt.Sprintf("%+v", value)
	}
	var ids []string
	for _, deleted := range []bool{false, true} {
		runs, err := s.Runs(ctx, tracker.RunFilter{Deleted: deleted})
		must(t, err)
		for _, r := range runs {
			ids = append(ids, r.ID)
			text, err := json.Marshal(r)
			note(r.ID+" run", string(text), err)
			note(r.ID+" spec", string(r.Spec), nil)
			note(r.ID+" error", r.Error, nil)
		}
	}
	for _, id := range ids {
		readRun(ctx, s, id, note)
	}
	plans, err := s.Experiments(ctx)
	note("experiments", plans, err)
	for _, e := range plans {
		p, err := s.Plan(ctx, e.Name)
		for i := range p.Trials {
			note(fmt.Sprint("trial ", i), p.Trials[i].Run != nil, nil)
			p.Trials[i].Run = nil
		}
		note(e.Name+" plan", p, err)
		notes, err := s.Notes(ctx, tracker.Scope{Experiment: e.Name})
		note(e.Name+" notes", notes, err)
		desired, err := s.Desired(ctx, tracker.Scope{Experiment: e.Name})
		note(e.Name+" desired", desired, err)
	}
	for _, where := range []string{"loss is nan", "train.lr > 1e-4", "tag.paper", "count(loss) > 100", "deleted is not null", "status = lost", "train.name = '<a & b>'", "max(损失/val) > 3", "parent is not null"} {
		for _, order := range []string{"", "count(loss@rank-1) desc", "train.lr", "mean(loss)"} {
			q, err := s.ParseQuery(ctx, where, order)
			if err != nil {
				note(where+" "+order, nil, err)
				continue
			}
			page, err := s.Query(ctx, q)
			var found []string
			for _, r := range page.Runs {
				found = append(found, r.ID)
			}
			note(where+" "+order, found, err)
		}
	}
	report, err := s.Check(ctx, nil)
	note("findings", report.Findings, err)
	return all
}

func readRun(ctx context.Context, s *tracker.Store, id string, note func(what string, value any, err error)) {
	summaries, err := s.Summaries(ctx, id)
	note(id+" summaries", summaries, err)
	for _, series := range []tracker.Series{{Metric: "loss"}, {Metric: "loss", Context: "rank-1"}, {Metric: "损失/val"}} {
		points, err := s.Points(ctx, id, series)
		note(id+" points "+series.Metric+series.Context, bits(points), err)
		points, err = s.Superseded(ctx, id, series)
		note(id+" superseded "+series.Metric+series.Context, bits(points), err)
		buckets, err := s.Envelope(ctx, id, series, 50)
		note(id+" envelope "+series.Metric+series.Context, buckets, err)
	}
	infos, err := s.MetricInfos(ctx, id)
	note(id+" infos", infos, err)
	notes, err := s.Notes(ctx, tracker.Scope{Run: id})
	note(id+" notes", notes, err)
	desired, err := s.Desired(ctx, tracker.Scope{Run: id})
	note(id+" desired", desired, err)
	texts, err := s.Texts(ctx, id)
	note(id+" texts", texts, err)
	log, _, err := s.LogLines(ctx, id, 1, 1, 10)
	note(id+" log", log, err)
	artifacts, err := s.Artifacts(ctx, id)
	for i, x := range artifacts {
		var content bytes.Buffer
		file, err := s.OpenArtifact(x)
		if err == nil {
			_, err = content.ReadFrom(file)
			file.Close()
		}
		note(fmt.Sprint(id, " artifact ", i), content.Len(), err)
		users, err := s.ArtifactUsers(ctx, x.ID)
		note(fmt.Sprint(id, " users ", i), users, err)
		artifacts[i].ID = 0
	}
	note(id+" artifacts", artifacts, err)
	list, err := s.Captures(ctx, id)
	for i, c := range list {
		for layer := range c.Layers {
			for head := range c.Heads {
				_, values, err := s.CaptureHead(ctx, c.ID, layer, head)
				var text []string
				for _, v := range values {
					text = append(text, fmt.Sprintf("%x", math.Float32bits(v)))
				}
				note(fmt.Sprint(id, " head ", i, layer, head), text, err)
			}
		}
		if c.Kind == tracker.Attention {
			thumbnails, err := s.CaptureThumbnails(ctx, c.ID)
			note(fmt.Sprint(id, " thumbnails ", i), thumbnails, err)
		}
		list[i].ID = 0
	}
	note(id+" captures", list, err)
}

// bits shows every bit of points.
func bits(points []tracker.Point) []string {
	list := make([]string, len(points))
	for i, p := range points {
		list[i] = fmt.Sprintf("%d %d %x", p.Step, p.Time.UnixMicro(), math.Float64bits(float64(p.Value)))
	}
	return list
}
