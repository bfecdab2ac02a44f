package server

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"inkstone/server/patch"
	"inkstone/server/terminal"
	"inkstone/tracker"
)

const (
	// mostDiffBytes and mostDiffLines bound what is read of a diff, and shown; above foldedLines a file is closed at first.
	mostDiffBytes = 16 << 20
	mostDiffLines = 4000
	foldedLines   = 300
)

// codeData is the page of the code that a run was trained with, beside its commit.
type codeData struct {
	runHead
	Attempt int `json:"attempt"`
	// Kept are the attempts whose working trees were kept.
	Kept []keptCode `json:"kept"`
	// Commit is that of the attempt, Dirty: there were changes beside it.
	Commit string `json:"commit,omitempty"`
	Dirty  bool   `json:"dirty"`
	// Diff is the artifact of the changes, nil where there is none; Patch what it says.
	Diff  *tracker.Artifact `json:"diff"`
	Patch patch.Patch       `json:"patch"`
	// Untracked are files that git did not know; Left lists those that were too large to be kept.
	Untracked []artifactItem `json:"untracked"`
	Left      string         `json:"not_kept,omitempty"`
}

// keptCode tells whose changes an attempt's are the same as, 0 for none before it.
type keptCode struct {
	Attempt int    `json:"attempt"`
	Digest  string `json:"digest,omitempty"`
	SameAs  int    `json:"same_as,omitempty"`
}

// code answers GET /runs/{run}/code.
func (s *Server) code(r *http.Request) (view, error) {
	head, err := s.runHead(r, "code")
	if err != nil {
		return view{}, err
	}
	artifacts, err := s.Store.Artifacts(r.Context(), head.ID)
	if err != nil {
		return view{}, err
	}
	d := codeData{runHead: head, Untracked: []artifactItem{}, Kept: keptCodes(head.Run, artifacts)}
	d.Attempt = formInt(r, "attempt", len(head.Attempts))
	if d.Attempt >= 1 && d.Attempt <= len(head.Attempts) {
		info := head.Attempts[d.Attempt-1].Info
		d.Commit, d.Dirty = info.GitCommit, info.GitDirty
	}
	err = s.readCode(&d, artifacts)
	return head.view(d), err
}

// readCode reads what was kept of the attempt's working tree.
func (s *Server) readCode(d *codeData, artifacts []tracker.Artifact) error {
	prefix := environmentOfAttempt(d.Attempt)
	for _, a := range artifacts {
		name, ok := strings.CutPrefix(a.Name, prefix)
		if !ok {
			continue
		}
		switch {
		case name == "git.diff":
			text, err := s.readText(a, mostDiffBytes)
			if err != nil {
				return err
			}
			d.Diff, d.Patch = &a, patch.Parse(text, mostDiffLines)
		case name == "not-kept.txt":
			text, err := s.readText(a, mostDiffBytes)
			if err != nil {
				return err
			}
			d.Left = terminal.Visible(text)
		case strings.HasPrefix(name, "untracked/"):
			d.Untracked = append(d.Untracked, artifactItem{Artifact: a, Short: strings.TrimPrefix(name, "untracked/")})
		}
	}
	return nil
}

func environmentOfAttempt(number int) string { return fmt.Sprintf("environment/attempt-%d/", number) }

// keptCodes lists the attempts with what they have in common.
func keptCodes(run tracker.Run, artifacts []tracker.Artifact) []keptCode {
	list := []keptCode{}
	for _, attempt := range run.Attempts {
		k := keptCode{Attempt: attempt.Number}
		for _, a := range artifacts {
			if a.Name == environmentOfAttempt(attempt.Number)+"git.diff" {
				k.Digest = a.Digest
			}
		}
		for _, before := range list {
			if k.SameAs == 0 && before.Digest == k.Digest && run.Attempts[before.Attempt-1].Info.GitCommit == attempt.Info.GitCommit {
				k.SameAs = before.Attempt
			}
		}
		list = append(list, k)
	}
	return list
}

// readText reads an artifact's beginning.
func (s *Server) readText(a tracker.Artifact, most int64) (string, error) {
	f, err := s.Store.OpenArtifact(a)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return "", fmt.Errorf("read artifact %q of run %s: %w", a.Name, a.Run, err)
	}
	return string(text), nil
}

// FileID is the place of a file in the page.
func (d codeData) FileID(number int) string { return fmt.Sprintf("file-%d", number+1) }

// Opened tells whether a file's changes are open at first: where they are few.
func (d codeData) Opened(f patch.File) bool { return f.Lines() <= foldedLines }

// Counts are the added and the removed lines of all files.
func (d codeData) Counts() (counts struct{ Added, Removed int64 }) {
	for _, f := range d.Patch.Files {
		counts.Added, counts.Removed = counts.Added+int64(f.Added), counts.Removed+int64(f.Removed)
	}
	return counts
}

// DiffItem is the diff as a file.
func (d codeData) DiffItem() artifactItem { return artifactItem{Artifact: *d.Diff} }

// diffClass is how a line of a diff looks.
func diffClass(kind string) string {
	return map[string]string{"+": "added", "-": "removed", `\`: "remark"}[kind]
}
