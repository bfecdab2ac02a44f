package remote_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"inkstone/server"
	"inkstone/tracker"
	"inkstone/tracker/remote"
)

// These variables make the test program a trainer, "URL DIR RUN ATTEMPT SEQUENCE FROM", or a server, "STORE ADDRESS".
const (
	trainerJob = "INKSTONE_TEST_TRAINER"
	serverJob  = "INKSTONE_TEST_SERVER"
)

// killsVariable says how often the tests kill; 5 times by default.
const killsVariable = "INKSTONE_KILLS"

func TestMain(m *testing.M) {
	for name, work := range map[string]func(job string) error{trainerJob: trainUntilKilled, serverJob: serveUntilKilled} {
		if job := os.Getenv(name); job != "" {
			if err := work(job); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return
		}
	}
	os.Exit(m.Run())
}

func serveUntilKilled(job string) error {
	var dir, address string
	if _, err := fmt.Sscan(job, &dir, &address); err != nil {
		return err
	}
	store, err := tracker.Open(dir, tracker.Options{})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	return server.New(server.Config{Store: store}).Serve(context.Background(), listener)
}

// trainUntilKilled logs 1, 2, 3 … from where it is told, and says on its standard output what was acknowledged.
func trainUntilKilled(job string) error {
	var url, dir, run string
	var from tracker.Resume
	var next int64
	if _, err := fmt.Sscan(job, &url, &dir, &run, &from.Attempt, &from.Sequence, &next); err != nil {
		return err
	}
	ctx := context.Background()
	client, err := remote.Open(remote.Config{URL: url, Dir: dir, Segment: 4 << 10, Request: 1 << 10})
	if err != nil {
		return err
	}
	resume := &from
	if from.Attempt == 0 {
		resume = nil
	}
	a, err := client.BeginAttempt(ctx, run, tracker.AttemptInfo{}, resume)
	if err != nil {
		return err
	}
	for sequence := int64(1); ; sequence++ {
		samples := []tracker.Sample{{Metric: "count", Step: next, Value: float64(next)}}
		if err := client.Append(ctx, tracker.Batch{Run: run, Attempt: a.Number(), Sequence: sequence, Samples: samples}); err != nil {
			return err
		}
		fmt.Println(a.Number(), sequence, next)
		next++
	}
}

// child starts the test program as something that is killed.
func child(t *testing.T, variable, job string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), variable+"="+job)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, bufio.NewReader(out)
}

// kill kills a child that must be alive.
func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	_ = cmd.Process.Kill()
	if err := cmd.Wait(); !strings.Contains(fmt.Sprint(err), "killed") {
		t.Fatalf("it ended by itself: %v", err)
	}
}

// ordeal is a run that is recorded while its trainer and its server are killed.
type ordeal struct {
	t                 *testing.T
	random            *rand.Rand
	dir, url, address string
	journal, run      string
	serving           *exec.Cmd
	resume            tracker.Resume
	acknowledged      int64
}

func (o *ordeal) serve() {
	o.t.Helper()
	cmd, out := child(o.t, serverJob, o.dir+" "+o.address)
	if line, err := out.ReadString('\n'); line != "ready\n" {
		o.t.Fatalf("the server did not start: %q, %v", line, err)
	}
	o.serving = cmd
}

func (o *ordeal) pause(most int) { time.Sleep(time.Duration(o.random.IntN(most)) * time.Millisecond) }

// train runs a trainer and kills it a while after its first word, and meanwhile perhaps the server, which comes back before
// or after the trainer's death.
func (o *ordeal) train() {
	job := fmt.Sprint(o.url, " ", o.journal, " ", o.run, " ", o.resume.Attempt, " ", o.resume.Sequence, " ", o.acknowledged+1)
	cmd, out := child(o.t, trainerJob, job)
	first, err := out.ReadString('\n')
	if err != nil {
		o.t.Fatal(err)
	}
	rest := make(chan string)
	go func() {
		text, _ := io.ReadAll(out)
		rest <- first + string(text)
	}()
	o.pause(60)
	how := o.random.IntN(3)
	if how > 0 {
		kill(o.t, o.serving)
		o.pause(40)
	}
	if how > 1 {
		o.serve()
		o.pause(60)
	}
	_ = cmd.Process.Kill()
	o.heard(<-rest)
	_ = cmd.Wait()
	if how == 1 {
		o.serve()
	}
}

// heard takes the last whole line of what a trainer said.
func (o *ordeal) heard(text string) {
	lines := strings.Split(text[:strings.LastIndexByte(text, '\n')], "\n")
	if _, err := fmt.Sscan(lines[len(lines)-1], &o.resume.Attempt, &o.resume.Sequence, &o.acknowledged); err != nil {
		o.t.Fatal(err)
	}
}

func kills(t *testing.T) int {
	text := os.Getenv(killsVariable)
	if text == "" {
		return 5
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s=%q is no number", killsVariable, text)
	}
	return n
}

// TestAcknowledgedSurvivesTheKill kills trainers, and servers, at random moments; what a trainer had acknowledged is in the
// store at last, once.
func TestAcknowledgedSurvivesTheKill(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("random seed %d", seed)
	o := newOrdeal(t, seed)
	o.serve()
	for range kills(t) {
		o.train()
	}
	p, err := remote.Drain(t.Context(), remote.Config{Dir: o.journal}, nil)
	if err != nil || p.Frames > 0 || len(p.Damaged)+len(p.Lost) > 0 {
		t.Fatalf("%v, %+v", err, p)
	}
	kill(t, o.serving)

	b := &bench{t: t, store: newStore(t, o.dir)}
	b.sound()
	b.complete(o)
	a, err := b.store.BeginAttempt(t.Context(), o.run, tracker.AttemptInfo{}, &o.resume) // hides what came and was not acknowledged
	b.must(err)
	a.Leave()
	b.arrived(o.run, o.acknowledged)
	b.sound()
	t.Logf("%d points acknowledged in %d attempts", o.acknowledged, o.resume.Attempt)
}

// complete finds 1 … at least what was acknowledged, each once.
func (b *bench) complete(o *ordeal) {
	b.t.Helper()
	points, err := b.store.Points(b.t.Context(), o.run, tracker.Series{Metric: "count"})
	b.must(err)
	if int64(len(points)) < o.acknowledged {
		b.t.Fatalf("%d were acknowledged, %d are there", o.acknowledged, len(points))
	}
	b.arrived(o.run, int64(len(points)))
}

func newOrdeal(t *testing.T, seed uint64) *ordeal {
	t.Helper()
	o := &ordeal{t: t, random: rand.New(rand.NewPCG(seed, 0)), dir: filepath.Join(t.TempDir(), "store"), journal: filepath.Join(t.TempDir(), "journal")}
	listener, err := net.Listen("tcp", "127.0.0.1:0") // an address to come back to
	if err != nil {
		t.Fatal(err)
	}
	o.address = listener.Addr().String()
	o.url = "http://" + o.address
	listener.Close()
	store := newStore(t, o.dir)
	run, err := store.CreateRun(t.Context(), tracker.NewRun{Experiment: "e", Variant: "baseline"})
	if err != nil {
		t.Fatal(err)
	}
	o.run = run.ID
	store.Close()
	return o
}
