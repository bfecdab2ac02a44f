package server

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"inkstone/tracker"
	"inkstone/viz"
)

// textToken is a token of the text, coloured by the chosen token's weights.
type textToken struct {
	Text   string        `json:"text"`
	Weight tracker.Value `json:"weight"`
	// Shade is the strength of its colour, of -shadesOfText to shadesOfText; a negative one is a difference below 0.
	Shade int `json:"shade"`
	// Loss is the token's own, NaN where there is none; LossShade is the strength of its colour.
	Loss      tracker.Value `json:"loss"`
	LossShade int           `json:"loss_shade"`
	Chosen    bool          `json:"chosen"`
	Hidden    bool          `json:"hidden,omitempty"` // the first key, where it is left out
}

// shadesOfText is how many strengths of colour the style has.
const shadesOfText = 12

// lossStrip is the losses of a text's tokens.
type lossStrip struct {
	Unit   string          `json:"unit"`
	Values []tracker.Value `json:"values"`
	Low    tracker.Value   `json:"low"`
	High   tracker.Value   `json:"high"`
}

// losses finds the losses of the map's tokens: a capture in the same context at the same step. It is nil where there is none.
func (s *Server) losses(ctx context.Context, captures []tracker.CaptureInfo, m *mapChoice) (*lossStrip, error) {
	at := slices.IndexFunc(captures, func(c tracker.CaptureInfo) bool {
		return c.Kind == tracker.Losses && c.Context == m.Prompt && c.Step == m.Step && c.Keys == m.Keys
	})
	if at < 0 {
		return nil, nil
	}
	_, values, err := s.Store.CaptureHead(ctx, captures[at].ID, 0, 0)
	if err != nil {
		return nil, err
	}
	strip := &lossStrip{Unit: "nats", Low: tracker.Value(math.NaN()), High: tracker.Value(math.NaN())}
	for _, v := range values {
		x := tracker.Value(v)
		strip.Values = append(strip.Values, x)
		if !finite(float64(x)) {
			continue
		}
		if !(strip.Low <= x) {
			strip.Low = x
		}
		if !(strip.High >= x) {
			strip.High = x
		}
	}
	return strip, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// attentionText colours the text by what the chosen token looks at, or by who looks at it.
func (s *Server) attentionText(ctx context.Context, m *mapChoice, losses *lossStrip) ([]textToken, error) {
	weights, err := viz.Weights(ctx, s.Store, m.request("attention"))
	if err != nil {
		return nil, err
	}
	text := make([]textToken, m.Keys)
	greatest := 0.0
	for i := range text {
		w := 0.0
		switch {
		case !m.ByKey:
			w = float64(weights[m.Query*m.Keys+i])
		case i < m.Queries:
			w = float64(weights[i*m.Keys+m.Query])
		}
		text[i] = textToken{Text: viz.TokenText(m.info.Tokens[i]), Weight: tracker.Value(w), Loss: tracker.Value(math.NaN()), Chosen: i == m.Query}
		text[i].Hidden = m.HideFirst && !m.ByKey && i == 0
		if finite(w) && !text[i].Hidden {
			greatest = max(greatest, math.Abs(w))
		}
	}
	for i := range text {
		text[i].colour(greatest)
		if losses != nil {
			text[i].addLoss(losses, i)
		}
	}
	return text, nil
}

func (t *textToken) colour(greatest float64) {
	if w := float64(t.Weight); finite(w) && greatest > 0 && !t.Hidden {
		t.Shade = int(math.Round(shadesOfText * w / greatest))
	}
}

func (t *textToken) addLoss(losses *lossStrip, i int) {
	t.Loss = losses.Values[i]
	if v := float64(t.Loss); finite(v) && losses.High > 0 {
		t.LossShade = int(math.Round(shadesOfText * max(v, 0) / float64(losses.High)))
	}
}

// Class is the token's style.
func (t textToken) Class() string {
	class := "token"
	switch {
	case t.Hidden:
		class += " hidden-key"
	case t.Shade > 0:
		class += fmt.Sprintf(" w%d", t.Shade)
	case t.Shade < 0:
		class += fmt.Sprintf(" n%d", -t.Shade)
	}
	if finite(float64(t.Loss)) {
		class += fmt.Sprintf(" l%d", t.LossShade)
	}
	return class
}

// Breaks tells whether the text goes on in a new line.
func (t textToken) Breaks() bool { return strings.HasSuffix(t.Text, `\n`) }

// Said is the token with its values in words.
func (t textToken) Said(i int, unit string) string {
	said := fmt.Sprintf("%d: %s, %s %s", i, t.Text, unit, number(float64(t.Weight)))
	if finite(float64(t.Loss)) {
		said += ", loss " + number(float64(t.Loss)) + " nats"
	}
	return said
}
