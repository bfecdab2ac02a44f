package powerloss

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// images counts what a hundred losses of power leave of each file; "-" is a file that is not there.
func images(t *testing.T, l Log, at int) map[string]map[string]int {
	t.Helper()
	folder := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	found := map[string]map[string]int{}
	for range 100 {
		if err := l.Image(folder, at, random); err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Compact(slices.Clone(l.names)) {
			text := "-"
			if data, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
				text = string(data)
			}
			if found[name] == nil {
				found[name] = map[string]int{}
			}
			found[name][text]++
		}
	}
	return found
}

func wrote(file int, offset int64, data string) operation {
	return operation{kind: write, file: file, offset: offset, size: int64(len(data)), data: []byte(data)}
}

func TestOnlyWhatWasSyncedIsDurable(t *testing.T) {
	l := Log{names: []string{"a"}, operations: []operation{
		{kind: create}, wrote(0, 0, "old"), {kind: syncs, folder: true, size: 2},
		wrote(0, 0, "new"), {kind: truncate, size: 1}, {kind: syncs, size: 5},
	}}
	for at, c := range map[int]struct{ always, sometimes []string }{
		0: {[]string{"-"}, nil},
		2: {nil, []string{"-", "", "old"}},
		3: {[]string{"old"}, nil},
		4: {nil, []string{"old", "new"}},
		5: {nil, []string{"old", "new", "o", "n"}},
		6: {[]string{"n"}, nil},
	} {
		found := images(t, l, at)["a"]
		for _, want := range c.always {
			if found[want] != 100 {
				t.Errorf("at %d: got %v, want always %q", at, found, want)
			}
		}
		for _, want := range c.sometimes {
			if found[want] == 0 {
				t.Errorf("at %d: got %v, want sometimes %q", at, found, want)
			}
		}
	}
}

// TestASyncCoversWhatCameBeforeItBegan has a write while a sync is under way.
func TestASyncCoversWhatCameBeforeItBegan(t *testing.T) {
	l := Log{names: []string{"a"}, operations: []operation{
		{kind: create}, wrote(0, 0, "1"), wrote(0, 1, "2"), {kind: syncs, folder: true, size: 2},
	}}
	found := images(t, l, 4)["a"]
	if found["1"] == 0 || found["12"] == 0 {
		t.Errorf("got %v, want 1 always and 2 sometimes", found)
	}
}

func TestADeletedFileMayComeBack(t *testing.T) {
	l := Log{names: []string{"a", "a", "b"}, operations: []operation{
		{kind: create}, wrote(0, 0, "first"), {kind: syncs, folder: true, size: 2},
		{kind: remove}, {kind: create, file: 1}, wrote(1, 0, "second"), {kind: syncs, file: 1, size: 6},
		{kind: create, file: 2}, {kind: syncs, file: 2, folder: true, size: 8}, {kind: remove, file: 2, folder: true},
	}}
	if found := images(t, l, 4)["a"]; found["first"] == 0 || found["-"] == 0 {
		t.Errorf("after a deletion: %v, want the file sometimes", found)
	}
	if found := images(t, l, 7)["a"]; found["first"] == 0 || found["second"] == 0 {
		t.Errorf("before a sync of the folder: %v, want either file", found)
	}
	if found := images(t, l, 9)["a"]; found["second"] != 100 {
		t.Errorf("after a sync of the folder: %v, want the second", found)
	}
	if found := images(t, l, 10)["b"]; found["-"] != 100 {
		t.Errorf("after a deletion with the folder: %v, want none", found)
	}
}

func TestWritesAreTornAtSectors(t *testing.T) {
	before, after := bytes.Repeat([]byte{'b'}, 4*sector), bytes.Repeat([]byte{'a'}, 3*sector)
	l := Log{names: []string{"a"}, operations: []operation{
		{kind: create}, wrote(0, 0, string(before)), {kind: syncs, folder: true, size: 2}, wrote(0, sector/2, string(after)),
	}}
	torn := 0
	for text := range images(t, l, 4)["a"] {
		if len(text) != len(before) || text[:sector/2] != string(before[:sector/2]) || text[7*sector/2:] != string(before[:sector/2]) {
			t.Fatal("bytes beside the written ones changed")
		}
		kinds := []byte{}
		for at := sector / 2; at < 7*sector/2; at++ {
			if at%sector == 0 || len(kinds) == 0 {
				kinds = append(kinds, text[at])
			}
		}
		if slices.Min(kinds) != slices.Max(kinds) {
			torn++
		}
	}
	if torn == 0 {
		t.Error("no write was torn")
	}
}
