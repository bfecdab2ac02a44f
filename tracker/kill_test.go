package tracker

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// rounds is how many rounds the tests of kills and lost power run: as many as INKSTONE_KILLS says, else a few.
func rounds(few int) int {
	if n, err := strconv.Atoi(os.Getenv("INKSTONE_KILLS")); err == nil {
		return n
	}
	return few
}

// killJob makes the test program one of the victims: the variable has its job.
const killJob = "INKSTONE_TEST_VICTIM"

// TestMain runs the tests, unless another process of them has started this one to be a victim, or a benchmark to be its helper.
func TestMain(m *testing.M) {
	if text := os.Getenv(killJob); text != "" {
		fmt.Fprintln(os.Stderr, workUntilKilled(text))
		os.Exit(1)
	}
	if text := os.Getenv(benchJob); text != "" {
		if err := helpForBench(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// TestKill kills one kind of process at a time, at random moments, while the others work on the same store. What each had
// acknowledged outside of the store is there, once, after every kill.
func TestKill(t *testing.T) {
	takesLong(t)
	for _, v := range victims {
		t.Run(v.name, func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			random := rand.New(rand.NewPCG(seed, 0))
			c := newCast(t, v)
			n := rounds(3)
			for range n {
				time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
				c.kill(v)
				c.judge()
				c.start(v)
			}
			for w := range c.players {
				c.kill(w)
			}
			foldAll(t, c.store)
			sum := c.judge()
			t.Logf("%s: killed %d times, seed %d: %v", v.name, n, seed, sum)
			if sum.acknowledged == 0 {
				t.Error("nothing was acknowledged: the kills prove nothing")
			}
			report, err := c.store.Check(t.Context(), nil)
			if err != nil || len(report.Findings) > 0 {
				t.Errorf("check: %v, %+v", err, report.Findings)
			}
		})
	}
}

// cast is everyone who works on a store.
type cast struct {
	t       *testing.T
	store   *Store
	players map[*victim]*player
}

type player struct {
	job
	cmd *exec.Cmd
}

// newCast starts a victim and those who work beside it: all kinds, but one owner.
func newCast(t *testing.T, v *victim) *cast {
	t.Helper()
	c := &cast{t: t, store: newStore(t, Options{Attempt: true}), players: map[*victim]*player{}}
	owned := v.owner
	for _, w := range victims {
		if w != v && w.owner && owned {
			continue
		}
		owned = owned || w.owner
		p := &player{}
		p.Victim, p.Dir, p.Witness = w.name, c.store.dir, filepath.Join(t.TempDir(), "witness")
		for i := range w.runs {
			p.Runs = append(p.Runs, addRun(t, c.store, "e", w.name, int64(i), fmt.Sprint(w.name, i)).ID)
		}
		c.players[w] = p
		c.start(w)
	}
	t.Cleanup(func() {
		for _, p := range c.players {
			if p.cmd.ProcessState == nil {
				_ = p.cmd.Process.Kill()
				_ = p.cmd.Wait()
			}
		}
	})
	return c
}

// start starts a process, and waits until it has done something.
func (c *cast) start(v *victim) {
	c.t.Helper()
	p := c.players[v]
	text, err := json.Marshal(&p.job)
	if err != nil {
		c.t.Fatal(err)
	}
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), killJob+"="+string(text))
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		c.t.Fatalf("%s ended before it did anything: %v, %v", v.name, err, p.cmd.Wait())
	}
}

func (c *cast) kill(v *victim) {
	c.t.Helper()
	p := c.players[v]
	_ = p.cmd.Process.Kill()
	if err := p.cmd.Wait(); !strings.Contains(fmt.Sprint(err), "killed") {
		c.t.Fatalf("%s ended by itself: %v", v.name, err)
	}
}

// judge compares what was acknowledged with what is there: 1, 2, 3 … in each run.
func (c *cast) judge() (sum verdict) {
	c.t.Helper()
	for v, p := range c.players {
		for _, run := range p.Runs {
			acknowledged, err := p.last(run) // before the store is read: others go on meanwhile
			if err != nil {
				c.t.Fatal(err)
			}
			there, err := v.read(c.store, run)
			if err != nil {
				c.t.Fatal(err)
			}
			one := count(there, acknowledged.Serial)
			sum.add(one)
			if one.missing+one.doubled+len(one.wrong) > 0 {
				c.t.Fatalf("run %s of %s: %v %v", run, v.name, one, one.wrong)
			}
		}
	}
	return sum
}

// count finds 1 … at least acknowledged, each once and in order.
func count(there []int64, acknowledged int64) verdict {
	v := verdict{acknowledged: int(acknowledged), unasked: max(0, len(there)-int(acknowledged))}
	seen := map[int64]int{}
	for i, serial := range there {
		if seen[serial]++; seen[serial] > 1 {
			v.doubled++
		}
		if serial != int64(i+1) && len(v.wrong) == 0 {
			v.find("at place %d stands %d", i+1, serial)
		}
	}
	for serial := int64(1); serial <= acknowledged; serial++ {
		if seen[serial] == 0 {
			v.missing++
		}
	}
	return v
}

func TestTheCountOfKillsFindsWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		there []int64
		want  string
	}{
		"sound":   {[]int64{1, 2, 3, 4}, "3 acknowledged, 0 missing, 0 doubled, 1 more"},
		"missing": {[]int64{1, 2}, "3 acknowledged, 1 missing, 0 doubled, 0 more"},
		"a gap":   {[]int64{1, 3, 4}, "3 acknowledged, 1 missing, 0 doubled, 0 more"},
		"doubled": {[]int64{1, 2, 2, 3}, "3 acknowledged, 0 missing, 1 doubled, 1 more"},
	} {
		if got := count(c.there, 3); got.String() != c.want || (len(got.wrong) == 0) != (name == "sound" || name == "missing") {
			t.Errorf("%s: got %v %v, want %s", name, got, got.wrong, c.want)
		}
	}
}
