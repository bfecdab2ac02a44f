package patch

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const changed = `diff --git a/model/block.go b/model/block.go
index 1111111..2222222 100644
--- a/model/block.go
+++ b/model/block.go
@@ -10,3 +10,4 @@ func block(x int) int {
 	y := norm(x)
-	return mlp(y)
--- not a header
+	return mlp(y) + x
+++ neither
+	// more
 }
\ No newline at end of file
`

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []File
	}{
		"changed": {strings.Replace(changed, "-10,3 +10,4", "-10,4 +10,5", 1), []File{{Name: "model/block.go", Change: Changed, Added: 3, Removed: 2, Hunks: []Hunk{{10, 10, "func block(x int) int {", []Line{
			{" ", 10, 10, "\ty := norm(x)"}, {"-", 11, 0, "\treturn mlp(y)"}, {"-", 12, 0, "-- not a header"}, {"+", 0, 11, "\treturn mlp(y) + x"},
			{"+", 0, 12, "++ neither"}, {"+", 0, 13, "\t// more"}, {" ", 13, 14, "}"}, {`\`, 0, 0, "No newline at end of file"},
		}}}}}},
		"added": {"diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+one\n", []File{
			{Name: "x", Change: Added, Added: 1, Hunks: []Hunk{{0, 1, "", []Line{{"+", 0, 1, "one"}}}}}}},
		"deleted": {"diff --git a/x y b/x y\ndeleted file mode 100644\n--- a/x y\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n", []File{
			{Name: "x y", Change: Deleted, Removed: 1, Hunks: []Hunk{{1, 0, "", []Line{{"-", 1, 0, "one"}}}}}}},
		"renamed": {"diff --git a/old b/new\nsimilarity index 100%\nrename from old\nrename to new\n", []File{{Name: "new", Old: "old", Change: Renamed, Hunks: []Hunk{}}}},
		"binary": {"diff --git a/p.png b/p.png\nindex 1..2 100644\nGIT binary patch\nliteral 3\nKcmZ\n\nliteral 0\nHcmV?d00001\n\n", []File{
			{Name: "p.png", Change: Changed, Binary: true, Hunks: []Hunk{}}}},
		"a mode":       {"diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n", []File{{Name: "run.sh", Change: Changed, Hunks: []Hunk{}}}},
		"quoted":       {"diff --git \"a/\\345\\272\\212\" \"b/\\345\\272\\212\"\n--- \"a/\\345\\272\\212\"\n+++ \"b/\\345\\272\\212\"\n", []File{{Name: "床", Change: Changed, Hunks: []Hunk{}}}},
		"without git":  {"--- x\t2026-01-01\n+++ x\t2026-01-02\n@@ -1 +1 @@\n-a\n+b\n--- y\n+++ y\n@@ -1 +1 @@\n-a\n+b\n", []File{plain("x"), plain("y")}},
		"a short hunk": {"diff --git a/x b/x\n@@ -1,9 +1,9 @@\n-a\n+b\ndiff --git a/y b/y\n", []File{plain("x"), {Name: "y", Change: Changed, Hunks: []Hunk{}}}},
		"no diff":      {"hello\nworld\n", nil},
		"nothing":      {"", nil},
	} {
		if diff := cmp.Diff(c.want, Parse(c.text, 100).Files); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func plain(name string) File {
	return File{Name: name, Change: Changed, Added: 1, Removed: 1, Hunks: []Hunk{{1, 1, "", []Line{{"-", 1, 0, "a"}, {"+", 0, 1, "b"}}}}}
}

func TestALongDiffIsCutAndCounted(t *testing.T) {
	p := Parse("--- x\n+++ x\n@@ -0,0 +1,500 @@\n"+strings.Repeat("+line\n", 500), 200)
	if f := p.Files[0]; !p.Cut || f.Lines() != 200 || f.Added != 500 {
		t.Errorf("cut %t, %d lines of %d", p.Cut, f.Lines(), f.Added)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(changed)
	f.Add("@@ -1 +1 @@\n\\ x\n--- \n+++ \n@@ -999999999,999999999 +1 @@\n+")
	f.Fuzz(func(t *testing.T, text string) {
		lines := 0
		for _, file := range Parse(text, 50).Files {
			lines += file.Lines()
		}
		if lines > 50 {
			t.Errorf("%d lines", lines)
		}
	})
}
