package patch

// Patch is a diff of several files.
type Patch struct {
	Files []File `json:"files"`
	// Cut: the diff had more lines than were asked for.
	Cut bool `json:"cut"`
}

// Change is what became of a file.
type Change string

// The changes.
const (
	Changed Change = "changed"
	Added   Change = "added"
	Deleted Change = "deleted"
	Renamed Change = "renamed"
)

// File is what changed in a file. Added and Removed count its lines, those that were cut included.
type File struct {
	// Name is that of the new file, or of the old one where it was deleted; Old that of a file that was renamed.
	Name    string `json:"name"`
	Old     string `json:"old,omitempty"`
	Change  Change `json:"change"`
	Binary  bool   `json:"binary,omitempty"`
	Added   int    `json:"added"`
	Removed int    `json:"removed"`
	Hunks   []Hunk `json:"hunks"`
}

// Hunk is a stretch of changed lines with those around it. Place says what it lies in: "func block(x int) int {".
type Hunk struct {
	Old   int    `json:"old"`
	New   int    `json:"new"`
	Place string `json:"place,omitempty"`
	Lines []Line `json:"lines"`
}

// Line is a line of a hunk. Kind is ' ' for one of both sides, '+', '-', or '\\' for a remark of the program that wrote the diff.
// Old and New are its numbers, 0 where it is not on that side.
type Line struct {
	Kind string `json:"kind"`
	Old  int    `json:"old,omitempty"`
	New  int    `json:"new,omitempty"`
	Text string `json:"text"`
}

// Lines is how many lines of the file's hunks there are to show.
func (f File) Lines() (n int) {
	for _, h := range f.Hunks {
		n += len(h.Lines)
	}
	return n
}
