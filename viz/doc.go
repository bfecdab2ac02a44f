// Package viz draws recorded values as figures for papers and pages.
//
// A figure is named by a Request (request.go), which is also its address. One of lines goes through five steps. The runs that it is
// of are found and read (reading.go, series.go): point by point, or, where a run has more than a figure can show, from the store's
// pyramid; each point has its place on an axis of steps, time or another metric (axis.go). They are smoothed where that is asked
// for (smooth.go); several seeds become a mean with its t interval, and pairs of seeds a difference (groups.go, average.go). What
// is still more than pixels is thinned, keeping every extreme and every value that is no number (sample.go), and laid out on
// linear or logarithmic scales (extent.go, scale.go). At last gonum draws it in one look (look.go) as SVG, PNG or PDF
// (format.go), or it is written as numbers (data.go). Each kind of figure has a file: run.go, curves.go, difference.go, spark.go,
// forest.go, attention.go.
//
// Figures of attention are of a capture. attention.go reads one head, or what changed in it (attention_difference.go), and
// gives its weights colours (attention_scale.go); attention_map.go draws them, attention_arcs.go and attention_profile.go those
// of one query (attention_row.go). heads.go draws the small pictures of all heads, by layer or by a recorded score
// (headscores.go), and attention_rollout.go what reached a layer.
//
// Figures are deterministic: the same values give the same bytes.
package viz
