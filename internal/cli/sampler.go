package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/process"

	"inkstone/tracker"
)

// sampleEvery is how often the machine is looked at while an attempt trains.
const sampleEvery = 5 * time.Second

// sampler records what an attempt takes of its machine, at the step that it has come to: of the process and of the whole
// machine, of each GPU, and of the energy where the processor tells.
type sampler struct {
	recorder *tracker.Recorder
	step     atomic.Int64
	self     *process.Process
	energy   map[string]int64 // counters in microjoules, as they were read last
	read     time.Time
}

// systemMetrics declares what a sampler records. It depends on the clock and on others: no rerun repeats it.
func systemMetrics() (infos []tracker.MetricInfo) {
	for _, m := range [][2]string{
		{"system/process_cpu", "cores"}, {"system/process_memory", "bytes"}, {"system/cpu", "%"}, {"system/memory", "%"}, {"system/cpu_power", "W"},
		{"system/gpu_utilization", "%"}, {"system/gpu_memory", "bytes"}, {"system/gpu_power", "W"},
	} {
		infos = append(infos, tracker.MetricInfo{Name: m[0], Unit: m[1], WallTime: true})
	}
	return infos
}

func newSampler(recorder *tracker.Recorder) *sampler {
	self, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		self = nil // only the machine is looked at
	}
	return &sampler{recorder: recorder, self: self, energy: map[string]int64{}}
}

// run samples until ctx ends. What cannot be read is left out; a recorder that fails tells whoever trains.
func (s *sampler) run(ctx context.Context) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	s.processor(func(string, string, float64) {}) // counters begin
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s.sample(ctx)
	}
}

func (s *sampler) sample(ctx context.Context) {
	step := s.step.Load()
	log := func(metric, context string, value float64) {
		if h, err := s.recorder.Series(metric, context); err == nil {
			_ = s.recorder.LogSeries(step, []tracker.Handle{h}, []float64{value})
		}
	}
	s.processor(log)
	gpus(ctx, log)
}

// processor looks at the process, the cores and the memory.
func (s *sampler) processor(log func(metric, context string, value float64)) {
	if s.self != nil {
		if percent, err := s.self.Percent(0); err == nil {
			log("system/process_cpu", "", percent/100)
		}
		if memory, err := s.self.MemoryInfo(); err == nil {
			log("system/process_memory", "", float64(memory.RSS))
		}
	}
	if all, err := cpu.Percent(0, false); err == nil && len(all) == 1 {
		log("system/cpu", "", all[0])
	}
	if memory, err := mem.VirtualMemory(); err == nil {
		log("system/memory", "", memory.UsedPercent)
	}
	s.power(log)
}

// power is what the processors' packages took since the last look, where they count it (RAPL) and this user may read that.
func (s *sampler) power(log func(metric, context string, value float64)) {
	now := time.Now()
	packages, _ := filepath.Glob("/sys/class/powercap/intel-rapl:[0-9]*/energy_uj")
	for _, path := range packages {
		name := filepath.Base(filepath.Dir(path))
		text, err := os.ReadFile(path)
		joules, parseErr := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err != nil || parseErr != nil || strings.Count(name, ":") > 1 { // parts of a package are in it
			continue
		}
		if before, ok := s.energy[name]; ok && joules >= before { // the counter begins anew at times
			log("system/cpu_power", name, float64(joules-before)/1e6/now.Sub(s.read).Seconds())
		}
		s.energy[name] = joules
	}
	s.read = now
}

// gpus asks NVIDIA's tool, where there is one.
func gpus(ctx context.Context, log func(metric, context string, value float64)) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "nvidia-smi", "--query-gpu=index,utilization.gpu,memory.used,power.draw", "--format=csv,noheader,nounits").Output()
	if err != nil {
		return
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSpace(line), ", ")
		for i, m := range []struct {
			name string
			unit float64
		}{{"system/gpu_utilization", 1}, {"system/gpu_memory", 1 << 20}, {"system/gpu_power", 1}} {
			if i+1 >= len(fields) {
				break
			}
			if value, err := strconv.ParseFloat(fields[i+1], 64); err == nil {
				log(m.name, fmt.Sprint("gpu-", fields[0]), value*m.unit)
			}
		}
	}
}
