package weights

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// WriteFolder writes tensors into a folder as published models are: model.safetensors, or, beyond shardBytes, files of at
// most that size (a larger tensor has one of its own) and their index, which is written last. It returns the files' names.
func WriteFolder(dir string, tensors map[string]Lazy, metadata map[string]string, shardBytes int64) ([]string, error) {
	shards, total, err := split(tensors, uint64(shardBytes))
	if err != nil {
		return nil, fmt.Errorf("write weights %s: %w", dir, err)
	}
	if len(shards) == 1 {
		_, err := WriteLazy(filepath.Join(dir, singleName), tensors, metadata)
		return []string{singleName}, err
	}
	var names []string
	where := map[string]string{}
	for i, shard := range shards {
		name := fmt.Sprintf("model-%05d-of-%05d.safetensors", i+1, len(shards))
		if _, err := WriteLazy(filepath.Join(dir, name), shard, metadata); err != nil {
			return nil, err
		}
		names = append(names, name)
		for tensor := range shard {
			where[tensor] = name
		}
	}
	if err := writeIndex(filepath.Join(dir, indexName), where, total); err != nil {
		return nil, fmt.Errorf("write weights %s: %w", dir, err)
	}
	return append(names, indexName), nil
}

// split fills one shard after the other, in the order of the names; there is at least one.
func split(tensors map[string]Lazy, limit uint64) (shards []map[string]Lazy, total uint64, err error) {
	shards = []map[string]Lazy{{}}
	var filled uint64
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		size, err := tensors[name].size()
		if err != nil {
			return nil, 0, fmt.Errorf("tensor %q: %w", name, err)
		}
		if filled > 0 && filled+size > limit {
			shards, filled = append(shards, map[string]Lazy{}), 0
		}
		shards[len(shards)-1][name] = tensors[name]
		filled, total = filled+size, total+size
	}
	return shards, total, nil
}

func writeIndex(path string, where map[string]string, total uint64) error {
	text, err := json.MarshalIndent(map[string]any{
		"metadata": map[string]any{"total_size": total}, "weight_map": where,
	}, "", "  ")
	if err != nil {
		return err
	}
	return replace(path, func(f *os.File) error {
		_, err := f.Write(append(text, '\n'))
		return err
	})
}
