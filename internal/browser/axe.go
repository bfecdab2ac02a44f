package browser

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// axe-core 4.12.1 as a Python package has it; pip refuses any other file than the one with this hash.
const (
	axePackage = "axe-playwright-python==0.1.8"
	axeWheel   = "fdd263c998388f1a8e67cad02677e612d946248bd44d163be5e8650ea31f95f8"
	axeMember  = "axe_playwright_python/axe.min.js"
	axeScript  = "84494fec757e4710dc751c8d7a636e457f4532f08f85c86dc9070133fbff53bc"
)

// standards are axe's groups of rules that pages keep.
var standards = []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"}

// violation is a rule that elements of a page break.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		Target         []any
		FailureSummary string
	}
}

// Axe fails the test for every rule of WCAG 2.2 A and AA, and of good practice, that the page breaks as it stands, or for those
// rules alone that are named. It is skipped where axe-core can be had neither from the cache nor through pip.
func (b *Tab) Axe(t *testing.T, rules ...string) {
	t.Helper()
	script, err := axe(t.Context())
	if err != nil {
		t.Skipf("axe-core is not here: %v", err)
	}
	if len(rules) == 0 {
		rules = standards
	}
	only, err := json.Marshal(rules)
	if err != nil {
		t.Fatal(err)
	}
	text := Read(b, chromedp.Evaluate[string](fmt.Sprintf(`(async () => {
		if (!window.axe) { %s }
		const { violations } = await axe.run(document, { runOnly: %s, resultTypes: ['violations'] });
		return JSON.stringify(violations);
	})()`, script, only), chromedp.EvalAwaitPromise))
	var found []violation
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Errorf("%s", v)
	}
}

func (v violation) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for i, n := range v.Nodes {
		if i == 5 {
			fmt.Fprintf(&out, "\n  and %d more", len(v.Nodes)-i)
			break
		}
		fmt.Fprintf(&out, "\n  %v: %s", n.Target, strings.ReplaceAll(n.FailureSummary, "\n", " "))
	}
	return out.String()
}

// axe is the script, out of the user's cache; pip fetches it there.
func axe(ctx context.Context) ([]byte, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(cache, "inkstone", "axe-"+axeScript[:12]+".js")
	if text, err := os.ReadFile(path); err == nil && digest(text) == axeScript {
		return text, nil
	}
	dir, err := os.MkdirTemp("", "axe-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	text, err := fetchAxe(ctx, dir)
	if err != nil {
		return nil, err
	}
	_ = keep(path, text) // it serves this once, kept or not
	return text, nil
}

// keep puts a file in its place whole: another test may do the same at once.
func keep(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".axe-")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // gone by then, if all went well
	_, err = part.Write(text)
	return errors.Join(err, part.Close(), os.Rename(part.Name(), path))
}

// fetchAxe has pip download the package, and reads the script out of it.
func fetchAxe(ctx context.Context, dir string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	list := filepath.Join(dir, "requirements.txt")
	if err := os.WriteFile(list, []byte(axePackage+" --hash=sha256:"+axeWheel+"\n"), 0o644); err != nil {
		return nil, err
	}
	pip := exec.CommandContext(ctx, "python3", "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check",
		"--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", dir, "-r", list)
	if out, err := pip.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pip could not fetch %s: %w: %.200s", axePackage, err, out)
	}
	wheels, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return nil, fmt.Errorf("pip downloaded %q, %w", wheels, err)
	}
	wheel, err := zip.OpenReader(wheels[0])
	if err != nil {
		return nil, err
	}
	defer wheel.Close()
	f, err := wheel.Open(axeMember)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err == nil && digest(text) != axeScript {
		err = fmt.Errorf("%s is not the expected script", axeMember)
	}
	return text, err
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
