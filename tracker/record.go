package tracker

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// RunRecord is a run as it is stored, whole but for what may be large: its points, captures and texts, which a Receiver gets,
// and files. It is what goes from one store to another. Its JSON is part of the digest of a run (see Transfer): a field that is
// added is left out where it is empty.
type RunRecord struct {
	ID              string `json:"id"`
	Experiment      string `json:"experiment"`
	Variant         string `json:"variant"`
	Seed            int64  `json:"seed"`
	Digest          string `json:"digest"`
	RecordDigest    string `json:"record_digest"`
	DataDigest      string `json:"data_digest"`
	TokenizerDigest string `json:"tokenizer_digest"`
	// Status is as recorded: that of a lost run is Running.
	Status     Status    `json:"status"`
	Error      Verbatim  `json:"error,omitempty"`
	Parent     string    `json:"parent,omitempty"`
	Parameters int64     `json:"parameters"`
	Created    time.Time `json:"created,omitzero"`
	Started    time.Time `json:"started,omitzero"`
	Finished   time.Time `json:"finished,omitzero"`
	Deleted    time.Time `json:"deleted,omitzero"`
	// Desired is "" where nothing was said.
	Desired   string            `json:"desired,omitempty"`
	Spec      RawJSON           `json:"spec"`
	Tags      map[string]string `json:"tags,omitempty"`
	Notes     []NoteRecord      `json:"notes,omitempty"` // the oldest first
	Attempts  []AttemptRecord   `json:"attempts,omitempty"`
	Metrics   []MetricRecord    `json:"metrics,omitempty"` // what was declared, by name
	Series    []SeriesRecord    `json:"series,omitempty"`  // by metric and context
	Artifacts []ArtifactRecord  `json:"artifacts,omitempty"`
	// Uses are the artifacts that the run read. They are no part of its digest, since they need not be where the run goes.
	Uses []ArtifactUse `json:"uses,omitempty"`
}

// NoteRecord is a note, of now or of before.
type NoteRecord struct {
	Text    Verbatim  `json:"text"`
	Written time.Time `json:"written,omitzero"`
}

// AttemptRecord is an attempt with the numbers of its batches. Batches behind KeptSequence are superseded; without it, none is.
type AttemptRecord struct {
	Number       int       `json:"number"`
	Status       Status    `json:"status"`
	Error        Verbatim  `json:"error,omitempty"`
	Started      time.Time `json:"started,omitzero"`
	Ended        time.Time `json:"ended,omitzero"`
	Info         RawJSON   `json:"info"`
	LastSequence int64     `json:"last_sequence"`
	KeptSequence *int64    `json:"kept_sequence,omitempty"`
}

// MetricRecord is what was declared of a metric.
type MetricRecord struct {
	Name     string `json:"name"`
	Unit     string `json:"unit,omitempty"`
	Key      string `json:"key,omitempty"`
	WallTime bool   `json:"wall_time,omitempty"`
}

// SeriesRecord is a series' summary, as it was kept while its points came. Superseded points are no part of it.
type SeriesRecord struct {
	Metric    string `json:"metric"`
	Context   string `json:"context,omitempty"`
	Count     int64  `json:"count"`
	NaN       int64  `json:"nan,omitempty"`
	PosInf    int64  `json:"pos_inf,omitempty"`
	NegInf    int64  `json:"neg_inf,omitempty"`
	FirstStep int64  `json:"first_step"`
	LastStep  int64  `json:"last_step"`
	First     Value  `json:"first"`
	Last      Value  `json:"last"`
	Min       Value  `json:"min"`
	Max       Value  `json:"max"`
	MinStep   int64  `json:"min_step"`
	MaxStep   int64  `json:"max_step"`
	Sum       Value  `json:"sum"`
}

func recordOf(s Summary) SeriesRecord {
	return SeriesRecord{s.Metric, s.Context, s.Count, s.NaN, s.PosInf, s.NegInf, s.FirstStep, s.LastStep, s.First, s.Last, s.Min, s.Max, s.MinStep, s.MaxStep, Value(s.Sum)}
}

func (s SeriesRecord) summary() Summary {
	return Summary{s.Metric, s.Context, s.Count, s.NaN, s.PosInf, s.NegInf, s.FirstStep, s.LastStep, s.First, s.Last, s.Min, s.Max, s.MinStep, s.MaxStep, float64(s.Sum)}
}

func (s SeriesRecord) name() seriesName { return seriesName{s.Metric, s.Context} }

func (n seriesName) compare(o seriesName) int {
	return cmp.Or(strings.Compare(n.metric, o.metric), strings.Compare(n.context, o.context))
}

// ArtifactRecord is a row of an artifact; its content is a file that is known by its digest.
type ArtifactRecord struct {
	Name    string    `json:"name"`
	Version int       `json:"version"`
	Digest  string    `json:"sha256"`
	Size    int64     `json:"size"`
	Media   string    `json:"media,omitempty"`
	Created time.Time `json:"created,omitzero"`
}

// ArtifactUse names an artifact, of whatever run.
type ArtifactUse struct {
	Run     string `json:"run"`
	Name    string `json:"name"`
	Version int    `json:"version"`
}

// validate refuses what cannot be a run.
func (r RunRecord) validate() error {
	for _, check := range []func() error{r.checkNames, r.checkAttempts, r.checkLists, r.checkArtifacts} {
		if err := check(); err != nil {
			return err
		}
	}
	if _, err := Params(json.RawMessage(r.Spec)); err != nil {
		return err
	}
	if !slices.Contains([]Status{Planned, Running, Finished, Failed, Stopped}, r.Status) {
		return fmt.Errorf("%w: status %q", ErrInvalid, r.Status)
	}
	if r.Desired != "" && r.Desired != "run" && r.Desired != "stop" {
		return fmt.Errorf("%w: desired state %q, want run or stop", ErrInvalid, r.Desired)
	}
	return nil
}

// validRunID tells whether a text can be a run's id, and with it the name of a folder.
func validRunID(id string) bool {
	return id != "" && len(id) <= 64 && strings.Trim(id, "0123456789abcdefghjkmnpqrstvwxyz") == ""
}

// checkNames refuses names that JSON cannot hold: they would come out as others.
func (r RunRecord) checkNames() error {
	if !validRunID(r.ID) || r.Parent != "" && !validRunID(r.Parent) {
		return fmt.Errorf("%w: %.80q, going on from %.80q, cannot be the id of a run", ErrInvalid, r.ID, r.Parent)
	}
	names := []string{r.Experiment, r.Variant, r.Digest, r.RecordDigest, r.DataDigest, r.TokenizerDigest}
	for name, value := range r.Tags {
		names = append(names, name, value)
	}
	for _, m := range r.Metrics {
		names = append(names, m.Name, m.Unit, m.Key)
	}
	for _, s := range r.Series {
		names = append(names, s.Metric, s.Context)
	}
	for _, a := range r.Artifacts {
		names = append(names, a.Media)
	}
	for _, name := range names {
		if !utf8.ValidString(name) || len(name) > maxName {
			return fmt.Errorf("%w: the name %.80q is no UTF-8, or longer than %d bytes", ErrInvalid, name, maxName)
		}
	}
	return nil
}

func (r RunRecord) checkAttempts() error {
	for i, a := range r.Attempts {
		switch {
		case a.Number != i+1:
			return fmt.Errorf("%w: attempt %d stands in place %d", ErrInvalid, a.Number, i+1)
		case a.Status != Running && !a.Status.Final():
			return fmt.Errorf("%w: attempt %d has the status %q", ErrInvalid, a.Number, a.Status)
		case a.LastSequence < 0 || a.KeptSequence != nil && *a.KeptSequence < 0:
			return fmt.Errorf("%w: attempt %d counts %d batches", ErrInvalid, a.Number, a.LastSequence)
		case json.Unmarshal([]byte(a.Info), new(AttemptInfo)) != nil:
			return fmt.Errorf("%w: attempt %d has the information %.80q", ErrInvalid, a.Number, string(a.Info))
		}
	}
	return nil
}

// checkLists refuses what stands twice.
func (r RunRecord) checkLists() error {
	for i := 1; i < len(r.Series); i++ {
		if r.Series[i-1].name().compare(r.Series[i].name()) >= 0 {
			return fmt.Errorf("%w: series %s does not stand before %s", ErrInvalid, r.Series[i].name().label(), r.Series[i-1].name().label())
		}
	}
	for _, s := range r.Series {
		if s.Metric == "" || s.Count < 0 {
			return fmt.Errorf("%w: series %q counts %d points", ErrInvalid, s.name().label(), s.Count)
		}
	}
	for i := 1; i < len(r.Metrics); i++ {
		if r.Metrics[i-1].Name >= r.Metrics[i].Name {
			return fmt.Errorf("%w: metric %q does not stand before %q", ErrInvalid, r.Metrics[i].Name, r.Metrics[i-1].Name)
		}
	}
	return nil
}

func (r RunRecord) checkArtifacts() error {
	type key struct {
		name    string
		version int
	}
	seen := map[key]bool{}
	for _, a := range r.Artifacts {
		if err := checkArtifactName(a.Name); err != nil {
			return fmt.Errorf("artifact %.80q: %w", a.Name, err)
		}
		if !validDigest(a.Digest) || a.Size < 0 || a.Version < 1 || seen[key{a.Name, a.Version}] {
			return fmt.Errorf("%w: version %d of artifact %.80q, with %d bytes and the digest %.80q", ErrInvalid, a.Version, a.Name, a.Size, a.Digest)
		}
		seen[key{a.Name, a.Version}] = true
	}
	return nil
}
