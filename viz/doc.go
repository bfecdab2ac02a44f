// Package viz draws recorded values as figures for papers and pages.
//
// A figure goes through four steps. Points are read from the store and put in the order of their steps (series.go);
// several seeds become a mean with its t interval, and pairs of seeds a difference (average.go); what is more than a
// figure can show is thinned, keeping every extreme and every value that is no number (sample.go); and gonum draws it in
// one look (look.go) as SVG, PNG or PDF (format.go). Each kind of figure has a file: run.go, curves.go, difference.go,
// attention.go.
//
// Figures of attention are of a capture. attention.go reads one head, or what changed in it (attention_difference.go), and
// gives its weights colours (attention_scale.go); attention_map.go draws them, attention_arcs.go and attention_profile.go those
// of one query (attention_row.go). heads.go draws the small pictures of all heads, by layer or by a recorded score
// (headscores.go), and attention_rollout.go what reached a layer.
//
// Figures are deterministic: the same values give the same bytes.
package viz
