package viz

import (
	"encoding/json"
	"strconv"
)

// rows are all weights as a table: query, key, both tokens, and the value with all its digits.
func (a *attention) rows() [][]string {
	rows := [][]string{{"query", "key", "query_token", "key_token", a.unit}}
	for i, v := range a.values {
		query, key := i/a.info.Keys, i%a.info.Keys
		token := ""
		if a.info.Queries == a.info.Keys {
			token = a.info.Tokens[query]
		}
		rows = append(rows, []string{strconv.Itoa(query), strconv.Itoa(key), token, a.info.Tokens[key], digits32(v)})
	}
	return rows
}

func digits32(v float32) string {
	if !finite(float64(v)) {
		return digits(float64(v))
	}
	return strconv.FormatFloat(float64(v), 'g', -1, 32)
}

// mapData is what a program, or a page's script, reads of a map.
type mapData struct {
	Title   string   `json:"title"`
	Caption string   `json:"caption"`
	Width   float64  `json:"width"`
	Height  float64  `json:"height"`
	Frame   Frame    `json:"frame"`
	Queries int      `json:"queries"`
	Keys    int      `json:"keys"`
	Tokens  []string `json:"tokens"` // of the keys, as they are shown
	Low     float64  `json:"low"`    // of the colours
	High    float64  `json:"high"`
	// Weights are [queries, keys] row-major, to five digits; null is no finite number.
	Weights json.RawMessage `json:"weights"`
}

// data is the values with the place of the map in its picture.
func (a *attention) data(caption string) any {
	l := newLook(Light, "svg")
	width, height := a.size(l)
	f := a.frame(l)
	return mapData{
		Title: a.heading, Caption: caption, Width: float64(width), Height: float64(height),
		Frame:   Frame{float64(margin + f.left), float64(margin + f.top), float64(f.width), float64(f.height)},
		Queries: a.info.Queries, Keys: a.info.Keys, Tokens: a.keys().names, Low: a.scale.low, High: a.scale.high, Weights: weightsJSON(a.values),
	}
}

// weightsJSON is a list of numbers: short, as there are hundreds of thousands.
func weightsJSON(values []float32) json.RawMessage {
	out := make([]byte, 0, 8*len(values)+2)
	out = append(out, '[')
	for i, v := range values {
		if i > 0 {
			out = append(out, ',')
		}
		switch {
		case v == 0:
			out = append(out, '0')
		case !finite(float64(v)):
			out = append(out, "null"...)
		default:
			out = strconv.AppendFloat(out, float64(v), 'g', 5, 32)
		}
	}
	return append(out, ']')
}
