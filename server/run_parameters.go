package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"inkstone/experiments"
	"inkstone/tracker"
)

// parametersData is the page of a run's resolved spec.
type parametersData struct {
	runHead
	// Search is a part of the names or values that are shown.
	Search string `json:"search,omitempty"`
	// Baseline is the variant that the fields are compared with; "" where the plan has none.
	Baseline string      `json:"baseline"`
	Fields   []fieldData `json:"fields"` // those that differ first, then by name
	Total    int         `json:"total"`
}

// fieldData is a field of the spec that holds a value.
type fieldData struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Other is the baseline's value, where it is another.
	Other   string `json:"baseline,omitempty"`
	Differs bool   `json:"differs"`
}

// parameters answers GET /runs/{run}/parameters.
func (s *Server) parameters(r *http.Request) (view, error) {
	head, err := s.runHead(r, "parameters")
	if err != nil {
		return view{}, err
	}
	d := parametersData{runHead: head, Search: strings.TrimSpace(r.FormValue("q"))}
	own, err := valuesOf(head.Spec)
	if err != nil {
		return view{}, err
	}
	other, err := s.baselineSpec(r.Context(), &d)
	if err != nil {
		return view{}, err
	}
	all := fieldsOf(own, other, d.Baseline != "")
	d.Total, d.Fields = len(all), []fieldData{}
	for _, f := range all {
		if f.has(d.Search) {
			d.Fields = append(d.Fields, f)
		}
	}
	return head.view(d), nil
}

// baselineSpec reads the fields of the experiment's baseline.
func (s *Server) baselineSpec(ctx context.Context, d *parametersData) (map[string]string, error) {
	plan, err := s.Store.Plan(ctx, d.Experiment)
	if errors.Is(err, tracker.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, v := range plan.Variants {
		if v.Name == plan.Compare.Baseline {
			d.Baseline = v.Name
			return valuesOf(v.Spec)
		}
	}
	return nil, nil
}

func valuesOf(spec json.RawMessage) (map[string]string, error) {
	params, err := tracker.Params(spec)
	values := make(map[string]string, len(params))
	for _, p := range params {
		values[p.Name] = p.Text
	}
	return values, err
}

// fieldsOf lists the fields of two specs: those in which they differ, then all of the first, by name.
func fieldsOf(own, other map[string]string, compared bool) (list []fieldData) {
	names := map[string]bool{}
	for _, values := range []map[string]string{own, other} {
		for name := range values {
			names[name] = true
		}
	}
	for name := range names {
		mine, there := own[name]
		theirs, also := other[name]
		section, _, _ := strings.Cut(name, ".")
		f := fieldData{Name: name, Value: mine, Differs: compared && (there != also || mine != theirs) && !slices.Contains(notCompared, section)}
		if !there {
			f.Value = absent
		}
		if f.Differs {
			f.Other = theirs
			if !also {
				f.Other = absent
			}
		}
		if there || f.Differs {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b fieldData) int {
		if a.Differs != b.Differs {
			return map[bool]int{true: -1, false: 1}[a.Differs]
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list
}

func (f fieldData) has(part string) bool {
	part = strings.ToLower(part)
	return strings.Contains(strings.ToLower(f.Name), part) || strings.Contains(strings.ToLower(f.Value), part)
}

// Section is the part of the name before the first dot, Field what is behind it.
func (f fieldData) Section() string { section, _, _ := strings.Cut(f.Name, "."); return section }

// Differing counts the fields that are shown and differ.
func (d parametersData) Differing() (n int) {
	for _, f := range d.Fields {
		if f.Differs {
			n++
		}
	}
	return n
}

// specFile answers GET /runs/{run}/spec.json and /runs/{run}/spec.yaml: the resolved spec.
func (s *Server) specFile(media, ending string, write func(json.RawMessage) ([]byte, error)) http.Handler {
	return s.answer(func(w http.ResponseWriter, r *http.Request) error {
		run, err := s.Store.Run(r.Context(), r.PathValue("run"))
		if err != nil {
			return err
		}
		text, err := write(run.Spec)
		if err != nil {
			return err
		}
		attach(w, run.ID+ending, media)
		_, _ = w.Write(text)
		return nil
	})
}

// indented is JSON for people.
func indented(text json.RawMessage) ([]byte, error) {
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// asYAML is JSON as a spec is written by hand.
func asYAML(text json.RawMessage) ([]byte, error) { return experiments.YAML(text) }
