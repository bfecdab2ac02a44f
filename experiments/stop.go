package experiments

import (
	"reflect"
	"strings"
	"time"

	"inkstone/experiments/decode"
)

// resolveStop fills in what the stop rules and the best checkpoint look at. It comes behind resolveRecord.
func (v *validator) resolveStop() {
	s, stop := v.spec, &v.spec.Train.Stop
	if stop.Divergence.Factor == 0 {
		stop.Divergence = Divergence{}
	}
	if p := &stop.Plateau; p.Patience == 0 {
		*p = Plateau{}
	} else {
		if !v.has("train.stop.plateau.metric") {
			p.Metric = measured(s.Compare.Metric, "val/")
		}
		if !v.has("train.stop.plateau.every") {
			p.Every = s.Record.Validation.Every
		}
	}
	if s.Train.Checkpoint.Best == "true" {
		s.Train.Checkpoint.Best = measured(s.Compare.Metric, "val/", "heads/")
	}
}

// measured is a metric of one of the groups, or val/loss.
func measured(metric string, groups ...string) string {
	for _, g := range groups {
		if strings.HasPrefix(metric, g) {
			return metric
		}
	}
	return "val/loss"
}

// Better tells whether a value of a metric is better than another by more than delta.
func (c Compare) Better(metric string, value, than, delta float64) bool {
	maximize := maximized(metric)
	if metric == c.Metric {
		maximize = c.Goal == "maximize"
	}
	if maximize {
		return value > than+delta
	}
	return value < than-delta
}

// Better tells whether a value of the plateau's metric improves on another. Compare's goal has no part in it, since it is
// none in a trial's identity.
func (p Plateau) Better(value, than float64) bool {
	return Compare{}.Better(p.Metric, value, than, p.MinDelta)
}

// stops checks what the stop rules and the best checkpoint look at.
func (v *validator) stops() {
	s := v.spec
	if p := s.Train.Stop.Plateau; p.Patience > 0 {
		const metric, every = "train.stop.plateau.metric", "train.stop.plateau.every"
		switch {
		case !strings.HasPrefix(p.Metric, "val/"):
			v.wrong([]string{metric}, "%q is no validation metric; take val/loss or val/accuracy", p.Metric)
		case p.Every == 0 && v.has(every):
		case p.Every == 0:
			v.wrong([]string{every, "train.stop.plateau.patience"}, "there are no validations to look at, since record.validation.every is 0; give a number of steps")
		default:
			at := v.place(metric, "train.stop.plateau.patience")
			v.metric(metric, at, p.Metric)
		}
	}
	if factor := s.Train.Stop.Divergence.Factor; factor > 0 && factor <= 1 {
		v.wrong([]string{"train.stop.divergence.factor"}, "%g is not above 1: every loss would be one that diverges; take 1.5 or 2", factor)
	}
	if best := s.Train.Checkpoint.Best; best != "" {
		if !strings.HasPrefix(best, "val/") && !strings.HasPrefix(best, "heads/") {
			v.wrong([]string{"train.checkpoint.best"}, "%q is not measured while training; take true, or a metric of val/ or heads/", best)
			return
		}
		v.metric("train.checkpoint.best", v.place("train.checkpoint.best"), best)
	}
}

// best is true, false or a metric.
func best(n *decode.Node, path string, target reflect.Value, errs *decode.Errors) {
	if n.Kind == decode.Scalar && !n.Quoted && (n.Text == "true" || n.Text == "false") {
		target.SetString(strings.TrimPrefix(n.Text, "false"))
		return
	}
	if text, ok := decode.Text(n, path, errs); ok {
		target.SetString(text)
	}
}

// maxTime is a duration, kept in one spelling.
func maxTime(n *decode.Node, path string, target reflect.Value, errs *decode.Errors) {
	d, err := time.ParseDuration(n.Text)
	if n.Kind != decode.Scalar || n.Null || err != nil || d <= 0 {
		errs.Add(n.Place, "%s: a duration above 0 is wanted, such as 90s, 45m or 2h30m, not %s", path, decode.Shorten(n.String()))
		return
	}
	target.SetString(d.String())
}
