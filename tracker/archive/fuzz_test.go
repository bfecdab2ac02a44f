package archive

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/tracker"
)

// nothing is a content without anything in it.
type nothing struct{}

func (nothing) Send(context.Context, tracker.Receiver) error { return nil }

// refused tells whether an error says that the archive is wrong, and not the program.
func refused(err error) bool { return err == nil || errors.Is(err, tracker.ErrInvalid) }

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"format":1,"exported":"2026-01-02T03:04:05Z","whole":true,"runs":1,"experiments":0,"points":3,"captures":0,"texts":0,"artifacts":0,"files":[{"path":"a/b","size":1,"sha256":"00"}]}`))
	f.Add([]byte(`{"format":1,"files":[{"path":"../b"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var m Manifest
		files, err := m.parse(text)
		if !refused(err) {
			t.Fatal(err)
		}
		for path := range files {
			if !filepath.IsLocal(path) {
				t.Errorf("%q was let in", path)
			}
		}
	})
}

func FuzzRuns(f *testing.F) {
	f.Add([]byte(`[{"id":"0abc","experiment":"e","variant":"v","seed":1,"status":"finished","parameters":1,"created":"2026-01-02T03:04:05.000006Z","spec":{"a":[1]},` +
		`"tags":{"x":""},"notes":[{"text":{"base64":"/w=="}}],"attempts":[{"number":1,"status":"finished","info":{"host":"h"},"last_sequence":3,"kept_sequence":2}],` +
		`"series":[{"metric":"loss","count":0,"first":"NaN","last":1,"min":"Infinity","max":0,"sum":0}],"artifacts":[{"name":"a","version":1,"sha256":"` + strings.Repeat("0", 64) + `","size":1}],"content_sha256":"x"}]`))
	f.Add([]byte("[]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		err := readRuns(bytes.NewReader(text), func(e entry) error {
			_, err := tracker.Transfer(context.Background(), e.RunRecord, nothing{}, nil)
			if err == nil && (strings.ContainsAny(e.ID, "/.\\") || e.ID == "") {
				t.Errorf("the id %q was let in", e.ID)
			}
			return err
		})
		if !refused(err) {
			t.Fatal(err)
		}
	})
}

// smallTable is the bytes of a table.
func smallTable[T any](f testing.TB, rows ...T) []byte {
	file, err := os.Create(filepath.Join(f.TempDir(), "table"))
	if err != nil {
		f.Fatal(err)
	}
	defer file.Close()
	to := newTable[T](file)
	for _, row := range rows {
		err = errors.Join(err, to.add(row, 0))
	}
	if err = errors.Join(err, to.end()); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(file.Name())
	if err != nil {
		f.Fatal(err)
	}
	return text
}

func FuzzPoints(f *testing.F) {
	f.Add(smallTable(f, pointRow{"loss", "", 1, 2, 3, 1, 1, false}, pointRow{"loss", "rank-1", 2, 3, 4, 1, 2, true}))
	f.Fuzz(func(t *testing.T, text []byte) {
		err := readPoints(context.Background(), bytes.NewReader(text), int64(len(text)), func(s tracker.Stretch) error {
			if len(s.Steps) != len(s.Values) || len(s.Times) != len(s.Values) || len(s.Batches) == 0 {
				t.Errorf("a stretch of %d, %d, %d", len(s.Steps), len(s.Times), len(s.Values))
			}
			return nil
		})
		if !refused(err) {
			t.Fatal(err)
		}
	})
}

func FuzzCaptures(f *testing.F) {
	line := `{"capture":0,"attempt":1,"sequence":1,"kind":"losses","name":"losses","step":1,"layers":1,"heads":1,"queries":1,"keys":1,"dtype":"f32","error":0,"tokens":["a"]}`
	f.Add(smallTable(f, headRow{Kind: "losses", Name: "losses", Step: 1, Queries: 1, Keys: 1, DType: "<f4", Data: make([]byte, 4)}), []byte(line))
	f.Fuzz(func(t *testing.T, table, lines []byte) {
		err := readCaptures(context.Background(), bytes.NewReader(table), int64(len(table)), bytes.NewReader(lines), func(*tracker.CaptureRecord, tracker.HeadRecord) error { return nil })
		if !refused(err) {
			t.Fatal(err)
		}
	})
}
