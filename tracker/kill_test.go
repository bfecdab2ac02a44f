package tracker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// These variables make the test program a writer, "DIR RUN ATTEMPT SEQUENCE FROM", or an owner, "DIR".
const (
	witness = "INKSTONE_TEST_WITNESS"
	owner   = "INKSTONE_TEST_OWNER"
)

// rounds is how many rounds the tests of kills and lost power run: as many as INKSTONE_KILLS says, else a few.
func rounds(few int) int {
	if n, err := strconv.Atoi(os.Getenv("INKSTONE_KILLS")); err == nil {
		return n
	}
	return few
}

func TestMain(m *testing.M) {
	if job := os.Getenv(witness); job != "" {
		if err := writeUntilKilled(job); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if dir := os.Getenv(owner); dir != "" {
		if err := foldUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// foldUntilKilled does an owner's work without a pause.
func foldUntilKilled(dir string) error {
	ctx := context.Background()
	s, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		floor, err := s.Version(ctx)
		if err != nil {
			return err
		}
		runs, err := collect(ctx, s.read, scanText, "SELECT DISTINCT run FROM journal WHERE kind = 'points'")
		if err != nil {
			return err
		}
		for _, run := range runs {
			if err := s.foldRun(ctx, run, floor); err != nil {
				return err
			}
		}
		if err := s.maintain(ctx, floor); err != nil {
			return err
		}
	}
}

// TestAKilledOwnerLosesNothing kills owners at random moments of folding and checkpointing, while a run is written.
func TestAKilledOwnerLosesNothing(t *testing.T) {
	s := newStore(t, Options{Attempt: true})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	stop, written := make(chan struct{}), make(chan int64)
	go func() {
		sequence := int64(0)
		defer func() { written <- sequence }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			time.Sleep(500 * time.Microsecond) // a writer without a pause would leave the owner no turn
			sequence++
			put(t, s, a, sequence, at("count", sequence, float64(sequence)), at("other", sequence, 0))
		}
	}()
	for range 10 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), owner+"="+s.dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); !strings.Contains(fmt.Sprint(err), "killed") {
			t.Fatalf("the owner ended by itself: %v", err)
		}
	}
	close(stop)
	acknowledged := <-written
	checkCount(t, s, a.run, acknowledged)
	if n := len(values(t, s, a.run, "count")); int64(n) != acknowledged {
		t.Errorf("%d points were acknowledged, %d are there", acknowledged, n)
	}
	foldAll(t, s)
	checkCount(t, s, a.run, acknowledged)
	var verdict string
	if err := s.read.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("the database is damaged: %s %v", verdict, err)
	}
	t.Logf("%d points acknowledged", acknowledged)
}

// writeUntilKilled logs 1, 2, 3 … from where it is told, and says on its standard output what was acknowledged.
func writeUntilKilled(job string) error {
	var dir, run string
	var attempt int
	var sequence, next int64
	if _, err := fmt.Sscan(job, &dir, &run, &attempt, &sequence, &next); err != nil {
		return err
	}
	ctx := context.Background()
	s, err := Open(dir, Options{Attempt: true})
	if err != nil {
		return err
	}
	var resume *Resume
	if attempt > 0 {
		resume = &Resume{Attempt: attempt, Sequence: sequence}
	}
	a, err := s.BeginAttempt(ctx, run, AttemptInfo{}, resume)
	if err != nil {
		return err
	}
	r := NewRecorder(a.Sink(), run, a.Number(), RecorderOptions{Every: time.Millisecond, Samples: 20})
	for ; ; next++ {
		if err := r.Log(next, map[string]float64{"count": float64(next)}); err != nil {
			return err
		}
		if next%7 == 0 {
			sequence, err := r.Flush(ctx)
			if err != nil {
				return err
			}
			fmt.Println(a.Number(), sequence, next)
		}
	}
}

// TestAcknowledgedSurvivesTheKill kills a writer at random moments; what it had acknowledged is there, once.
func TestAcknowledgedSurvivesTheKill(t *testing.T) {
	s := newStore(t, Options{})
	release, _, err := s.LockOwner()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	var attempt int
	var sequence, acknowledged int64
	for range 12 {
		job := fmt.Sprint(s.dir, " ", run, " ", attempt, " ", sequence, " ", acknowledged+1)
		said := killAfter(t, job, time.Duration(random.IntN(60))*time.Millisecond)
		if said != "" {
			if _, err := fmt.Sscan(said, &attempt, &sequence, &acknowledged); err != nil {
				t.Fatal(err)
			}
		}
		foldAll(t, s)
		checkCount(t, s, run, acknowledged)
	}
	if acknowledged == 0 {
		t.Fatal("no writer lived long enough to acknowledge anything")
	}
	begin(t, s, run, &Resume{Attempt: attempt, Sequence: sequence}) // drops what was recorded and not acknowledged
	if got := values(t, s, run, "count"); int64(len(got)) != acknowledged {
		t.Errorf("%d points are there, want %d", len(got), acknowledged)
	}
	var verdict string
	if err := s.read.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("the database is damaged: %s %v", verdict, err)
	}
}

// killAfter runs a writer, kills it a while after its first acknowledgement, and returns the last one.
func killAfter(t *testing.T, job string, wait time.Duration) (last string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), witness+"="+job)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if last == "" {
			time.AfterFunc(wait, func() { _ = cmd.Process.Kill() })
		}
		last = strings.TrimSpace(line)
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the writer ended by itself: %v", err)
	}
	return last
}

// checkCount finds 1 … at least acknowledged, each once.
func checkCount(t *testing.T, s *Store, run string, acknowledged int64) {
	t.Helper()
	points, err := s.Points(t.Context(), run, Series{Metric: "count"})
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(points)) < acknowledged {
		t.Fatalf("%d were acknowledged, %d are there", acknowledged, len(points))
	}
	for i, p := range points {
		if want := strconv.Itoa(i + 1); strconv.FormatFloat(float64(p.Value), 'f', -1, 64) != want || p.Step != int64(i+1) {
			t.Fatalf("point %d is %v at step %d, want %s", i, p.Value, p.Step, want)
		}
	}
}
