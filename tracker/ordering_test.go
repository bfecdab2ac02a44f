package tracker

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/tracker/filter"
)

// orderedStore has six runs: five that ended, one that goes on.
func orderedStore(t *testing.T) (*Store, []Run) {
	t.Helper()
	s := newStore(t, Options{})
	var runs []Run
	for i, loss := range []float64{3, 1, 2, math.NaN(), 5, 4} {
		run, err := s.CreateRun(t.Context(), NewRun{
			Experiment: "e", Variant: []string{"a", "b"}[i%2], Seed: int64(i), Digest: string(rune('a' + i)),
			Spec: []byte(`{"model":{"width":` + string(rune('1'+i/2)) + `},"train":{"amp":true,"note":null}}`), Parameters: 10,
		})
		if err != nil {
			t.Fatal(err)
		}
		a := begin(t, s, run.ID, nil)
		put(t, s, a, 1, at("loss", 1, 9), at("loss", 2, loss))
		if i != 5 {
			if err := a.End(t.Context(), Finished, ""); err != nil {
				t.Fatal(err)
			}
		}
		runs = append(runs, run)
	}
	return s, runs
}

func arranged(t *testing.T, s *Store, where, order string) *Ordering {
	t.Helper()
	q, err := s.ParseQuery(t.Context(), where, order)
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.Arrange(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestWindowsOfAnOrderAreThePagesOfAQuery(t *testing.T) {
	s, _ := orderedStore(t)
	for _, order := range []string{"", "loss", "loss desc", "max(loss)", "model.width", "variant desc", "created"} {
		for _, where := range []string{"", "variant = a", "loss > 2", "seed > 99"} {
			q, err := s.ParseQuery(t.Context(), where, order)
			if err != nil {
				t.Fatal(err)
			}
			page, err := s.Query(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{}
			for _, run := range page.Runs {
				want = append(want, run.ID)
			}
			o := arranged(t, s, where, order)
			got := []string{}
			for from := 0; from < o.Len(); from += 2 {
				rows, err := s.Window(t.Context(), o, from, from+2, nil)
				if err != nil {
					t.Fatal(err)
				}
				for i, row := range rows {
					got = append(got, row.ID)
					if at, err := s.IndexOf(t.Context(), o, row.ID); err != nil || at != from+i {
						t.Errorf("%s by %s: run %s stands at %d, not %d: %v", where, order, row.ID, at, from+i, err)
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" || o.Len() != page.Total {
				t.Errorf("%q by %q: %d of %d (-query +windows)\n%s", where, order, o.Len(), page.Total, diff)
			}
			if ids, err := s.IDs(t.Context(), o, 1, 3); err != nil || len(ids) != len(want[min(1, len(want)):min(3, len(want))]) {
				t.Errorf("%q by %q: ids %v, %v", where, order, ids, err)
			}
		}
	}
}

func TestAnOrderStaysWhateverIsRecorded(t *testing.T) {
	s, runs := orderedStore(t)
	o := arranged(t, s, "", "")
	before, err := s.IDs(t.Context(), o, 0, o.Len())
	if err != nil {
		t.Fatal(err)
	}
	added := addRun(t, s, "e", "late", 1, "late")
	after, err := s.IDs(t.Context(), o, 0, o.Len())
	if diff := cmp.Diff(before, after); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if at, err := s.IndexOf(t.Context(), o, added.ID); at != -1 || err != nil {
		t.Errorf("a later run stands at %d, %v", at, err)
	}
	now := arranged(t, s, "", "")
	if now.Version <= o.Version || now.Len() != len(runs)+1 {
		t.Errorf("version %d after %d, %d runs", now.Version, o.Version, now.Len())
	}
	sample, err := s.Sample(t.Context(), now, 3)
	if err != nil || len(sample) != 3 || sample[0].ID != added.ID {
		t.Errorf("a sample of %d, %v", len(sample), err)
	}
}

func TestRowsHaveWhatColumnsShow(t *testing.T) {
	s, runs := orderedStore(t)
	if err := s.Tag(t.Context(), []string{runs[1].ID}, Retag{Set: map[string]string{"good": "", "why": "it is"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.WriteNote(t.Context(), Scope{Run: runs[1].ID}, "look"); err != nil {
		t.Fatal(err)
	}
	columns, err := s.ParseOperands(t.Context(), "loss, min(loss), count(loss), model.width, train.amp, train.note, tag.good, why, variant, seed, parent, parameters")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.Window(t.Context(), arranged(t, s, "seed in (1, 3)", "seed"), 0, 9, columns)
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	num := func(v float64) filter.Value { return filter.Value{Type: filter.TypeNumber, Number: v} }
	text := func(v string) filter.Value { return filter.Value{Type: filter.TypeString, Text: v} }
	want := []filter.Value{num(1), num(1), num(2), {Type: filter.TypeNumber, Number: 1, Text: "1"}, {Type: filter.TypeBool, Bool: true}, {}, text(""), text("it is"), text("b"), num(1), {}, num(10)}
	if diff := cmp.Diff(want, rows[0].Values); diff != "" || !rows[0].Noted {
		t.Errorf("noted: %v (-want +got)\n%s", rows[0].Noted, diff)
	}
	if v := rows[1].Values; !math.IsNaN(v[0].Number) || v[1].Number != 9 || v[6].Type != "" || rows[1].Noted {
		t.Errorf("the other has %+v", v)
	}
	if v := rows[0].attribute("duration"); v.Type != filter.TypeDuration {
		t.Errorf("its duration is %+v", v)
	}
}

func TestOperandsThatCannotBeColumns(t *testing.T) {
	s, _ := orderedStore(t)
	for text, want := range map[string]string{"los": "did you mean loss?", "loss desc": "no direction", "loss, loss": "already", "variant,": "a name is wanted"} {
		if _, err := s.ParseOperands(t.Context(), text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", text, err, want)
		}
	}
}
