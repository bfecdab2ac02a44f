package remote

import (
	"encoding/json"

	"inkstone/tracker"
)

// The bodies of requests and answers, in JSON. Batches go as frames, see Frame.
type (
	// NewRun creates a run: POST /api/runs. It converts to tracker.NewRun.
	NewRun struct {
		Experiment      string          `json:"experiment"`
		Variant         string          `json:"variant"`
		Seed            int64           `json:"seed"`
		Digest          string          `json:"digest,omitempty"`
		RecordDigest    string          `json:"record_digest,omitempty"`
		DataDigest      string          `json:"data_digest,omitempty"`
		TokenizerDigest string          `json:"tokenizer_digest,omitempty"`
		Spec            json.RawMessage `json:"spec,omitempty"`
		Parameters      int64           `json:"parameters,omitempty"`
		Parent          string          `json:"parent,omitempty"`
	}
	// Run answers that, and GET /api/runs/{run}.
	Run struct {
		ID         string         `json:"id"`
		Experiment string         `json:"experiment"`
		Variant    string         `json:"variant"`
		Seed       int64          `json:"seed"`
		Status     tracker.Status `json:"status"`
		Attempts   int            `json:"attempts"`
	}
	// Begin begins an attempt: POST /api/runs/{run}/attempts. A request with the key of the one before is that one again.
	Begin struct {
		Info   tracker.AttemptInfo `json:"info"`
		Resume *Resume             `json:"resume,omitempty"`
		Key    string              `json:"key"`
	}
	// Resume is the point that an attempt goes on from. It converts to tracker.Resume.
	Resume struct {
		Attempt  int   `json:"attempt"`
		Sequence int64 `json:"sequence"`
	}
	// State answers everything about an attempt: how far it has come.
	State struct {
		Attempt      int            `json:"attempt"`
		Status       tracker.Status `json:"status"`
		LastSequence int64          `json:"last_sequence"`
	}
	// Metrics declares what metrics are: POST /api/runs/{run}/attempts/{attempt}/metrics.
	Metrics struct {
		Metrics []Metric `json:"metrics"`
	}
	// Metric converts to tracker.MetricInfo.
	Metric struct {
		Name     string `json:"name"`
		Unit     string `json:"unit,omitempty"`
		Key      string `json:"key,omitempty"`
		WallTime bool   `json:"wall_time,omitempty"`
	}
	// End ends an attempt: POST /api/runs/{run}/attempts/{attempt}/end. Sequence is that of its last batch.
	End struct {
		Status   tracker.Status `json:"status"`
		Error    string         `json:"error,omitempty"`
		Sequence int64          `json:"sequence"`
	}
	// Failure is the answer to what failed.
	Failure struct {
		Error string `json:"error"`
	}
)

// WriterHeader names the writer of a request: two requests with the same name never come from two living processes.
const WriterHeader = "Inkstone-Writer"
