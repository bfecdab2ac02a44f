package notebooks

import "inkstone/tracker"

// AblationTable compares the variants of an experiment on one metric, or groups of runs. Table and Compare compute it, WriteText
// prints it; its JSON form is stable. A number that is not defined (an interval of one seed) is nil, and null in JSON.
type AblationTable struct {
	Experiment string `json:"experiment"`
	Question   string `json:"question"`
	Metric     string `json:"metric"`
	Unit       string `json:"unit"`
	// Chosen tells that the groups were chosen after the runs had been seen: Rows are groups, and no experiment declared them.
	Chosen bool `json:"chosen"`
	// Goal is "minimize" or "maximize"; empty for a metric that the plan does not compare.
	Goal     string `json:"goal"`
	Baseline string `json:"baseline"`
	// Declared tells that Metric is the one that the plan compares. Others show no p and no verdict.
	Declared bool `json:"declared"`
	// Test names the tests in use: "paired t", "Welch t" or "paired t, Welch t"; empty where nothing is compared.
	Test string `json:"test"`
	// Correction is "Holm" where p-values are corrected over the declared Comparisons, else empty.
	Correction  string `json:"correction"`
	Comparisons int    `json:"comparisons"`
	// Level is that of the intervals of means; DiffLevel that of the intervals of differences: 1 - .05/Comparisons, so that
	// all of them hold together at 95 %.
	Level     float64 `json:"level"`
	DiffLevel float64 `json:"diff_level"`
	// Interim is true while seeds of the plan are missing; then there is no p and no verdict.
	Interim bool      `json:"interim"`
	Missing []Missing `json:"missing"`
	Seeds   []int64   `json:"seeds"`
	// Also names the further metrics whose means the rows hold.
	Also []string `json:"also"`
	// Rows are the declared variants in their order, the baseline first.
	Rows []Row `json:"rows"`
	// Warnings concern the table as a whole; those of one variant are in its row.
	Warnings []string `json:"warnings"`
}

// Missing is a trial of the plan that has no finished run yet: it is planned, running, stopped or lost.
type Missing struct {
	Variant string         `json:"variant"`
	Seed    int64          `json:"seed"`
	Status  tracker.Status `json:"status"`
}

// Row is one variant: its summary, and its difference from the baseline, variant minus baseline. In the baseline's row and
// where nothing can be compared, what concerns the difference is nil or empty.
type Row struct {
	Variant string `json:"variant"`
	// Changes is what the variant sets, as "model.positions: none".
	Changes string `json:"changes"`
	// Params is the number of trained parameters.
	Params int64 `json:"params"`
	// N counts the seeds in Mean: those that finished with a finite value.
	N       int      `json:"n"`
	NFailed int      `json:"n_failed"`
	Mean    *float64 `json:"mean"`
	// SD is the sample standard deviation over seeds; CILow and CIHigh bound Mean by the t interval at Level.
	SD     *float64 `json:"sd"`
	CILow  *float64 `json:"ci_low"`
	CIHigh *float64 `json:"ci_high"`
	// Test is "paired t", or "Welch t" where no seed is common with the baseline. Pairs counts the common seeds.
	Test  string   `json:"test"`
	Pairs int      `json:"pairs"`
	Diff  *float64 `json:"diff"`
	// DiffRelative is Diff as a share of the baseline's mean over the same seeds; nil where that is 0.
	DiffRelative *float64 `json:"diff_relative"`
	DiffCILow    *float64 `json:"diff_ci_low"`
	DiffCIHigh   *float64 `json:"diff_ci_high"`
	// DiffSD is the standard deviation of the paired differences.
	DiffSD     *float64 `json:"diff_sd"`
	P          *float64 `json:"p"`
	PCorrected *float64 `json:"p_corrected"`
	// PExact is the sign-flip permutation p, the check that assumes no distribution; PExactFloor the smallest it can be.
	PExact      *float64 `json:"p_exact"`
	PExactFloor *float64 `json:"p_exact_floor"`
	// Verdict is "better", "worse", "unresolved: between a and b", "interim", or a sentence that says why there is none.
	Verdict string `json:"verdict"`
	// Effect is the effect size that belongs to Test: Diff by the standard deviation of the paired differences (d_z), or
	// Cohen's d for Welch's test.
	Effect *float64 `json:"effect"`
	// CohensD and HedgesG are by the pooled standard deviation of the two groups compared.
	CohensD *float64 `json:"cohens_d"`
	HedgesG *float64 `json:"hedges_g"`
	// Also holds the means of the further metrics.
	Also map[string]*float64 `json:"also"`
	// Groups is set where the seeds fall into two groups.
	Groups *Groups `json:"groups"`
	// Warning joins Warnings; empty if there are none.
	Warning  string    `json:"warning"`
	Warnings []string  `json:"warnings"`
	Failures []Failure `json:"failures"`
	// Excluded are the runs that count nowhere, since somebody said so.
	Excluded []Exclusion `json:"excluded"`
	Values   []SeedValue `json:"values"`

	caution string // the warning that depends on n alone, shown once for all rows that share it
}

// SeedValue is one seed's value: the last point of the metric in that seed's run. It may be NaN or infinite.
type SeedValue struct {
	Seed    int64         `json:"seed"`
	Run     string        `json:"run"`
	Value   tracker.Value `json:"value"`
	Backend string        `json:"backend"`
}

// Failure is a trial whose run failed, with its error.
type Failure struct {
	Seed  int64  `json:"seed"`
	Run   string `json:"run"`
	Error string `json:"error"`
}

// Exclusion is a run that was taken out of the table (tracker.ExcludedTag), with the reason that was given.
type Exclusion struct {
	Seed   int64  `json:"seed"`
	Run    string `json:"run"`
	Reason string `json:"reason"`
}

// Groups tells of seeds that fall into two groups. Reached counts those in the better one, 0 where the metric has no goal.
type Groups struct {
	Reached  int     `json:"reached"`
	Of       int     `json:"of"`
	NLow     int     `json:"n_low"`
	NHigh    int     `json:"n_high"`
	MeanLow  float64 `json:"mean_low"`
	MeanHigh float64 `json:"mean_high"`
}

// defined is a pointer to x, nil where x is NaN or infinite.
func defined(x float64) *float64 {
	if !isFinite(x) {
		return nil
	}
	return &x
}
