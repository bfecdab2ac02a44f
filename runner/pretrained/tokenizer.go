package pretrained

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// compareTokenizer warns where a folder's tokenizer.json has not as many entries as the embedding has rows. Fewer is usual, and
// matters for sampling; more cannot be embedded. A folder without one is no mistake.
func (c *Checkpoint) compareTokenizer(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var file struct {
		Model struct {
			Vocab json.RawMessage `json:"vocab"`
		} `json:"model"`
		Added []struct {
			ID int `json:"id"`
		} `json:"added_tokens"`
	}
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil {
		return fmt.Errorf("tokenizer.json: %w", err)
	}
	entries := 0
	var byName map[string]int
	var byPlace []json.RawMessage
	if json.Unmarshal(file.Model.Vocab, &byName) == nil {
		for _, id := range byName {
			entries = max(entries, id+1)
		}
	} else if json.Unmarshal(file.Model.Vocab, &byPlace) == nil {
		entries = len(byPlace)
	}
	for _, a := range file.Added {
		entries = max(entries, a.ID+1)
	}
	switch rows := c.Model.VocabSize; {
	case entries > rows:
		return fmt.Errorf("tokenizer.json has ids up to %d, and the embedding has %d rows", entries-1, rows)
	case entries < rows:
		c.warn("the embedding has %d rows and tokenizer.json %d entries; ids from %d on have no text and must not be sampled", rows, entries, entries)
	}
	return nil
}
