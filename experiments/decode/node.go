package decode

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is what a node is.
type Kind int

// The kinds of nodes.
const (
	Scalar Kind = iota
	Sequence
	Mapping
)

// String words the kind for a sentence.
func (k Kind) String() string { return [...]string{"a value", "a list", "a mapping"}[k] }

// Node is one value of a tree, with the place where it begins. A tree is not changed once it is built.
type Node struct {
	Place
	Kind Kind
	// Text is a scalar's content; Quoted tells whether it was quoted or a block.
	Text   string
	Quoted bool
	// Null tells that a scalar is empty or null.
	Null bool
	// Items are a sequence's nodes; Entries a mapping's, in order.
	Items   []*Node
	Entries []Entry
	// Override marks a value that With put here, and what lies below it.
	Override bool
}

// Entry is one key of a mapping and its value.
type Entry struct {
	Key   *Node
	Value *Node
}

// Get returns a mapping's entry, or nil.
func (n *Node) Get(key string) *Node {
	if n == nil || n.Kind != Mapping {
		return nil
	}
	for _, e := range n.Entries {
		if e.Key.Text == key {
			return e.Value
		}
	}
	return nil
}

// At returns the node at a dotted path, or nil.
func (n *Node) At(path string) *Node {
	for key := range strings.SplitSeq(path, ".") {
		n = n.Get(key)
	}
	return n
}

// Near returns the node at a dotted path, or the nearest one above it.
func (n *Node) Near(path string) *Node {
	for key := range strings.SplitSeq(path, ".") {
		next := n.Get(key)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// With returns a copy of the tree with a value at a dotted path. Groups that are missing on the way are made; a scalar on
// the way becomes a mapping with the scalar under the key that short names for its path, and is replaced where short does
// not know it.
func (n *Node) With(path string, value *Node, short map[string]string) *Node {
	return n.with("", strings.Split(path, "."), value, short)
}

func (n *Node) with(above string, keys []string, value *Node, short map[string]string) *Node {
	if len(keys) == 0 {
		return value.marked()
	}
	group := &Node{Place: value.Place, Kind: Mapping, Override: true}
	if n != nil {
		group.Place, group.Override = n.Place, n.Override
		if n.Kind == Mapping {
			group.Entries = append(group.Entries, n.Entries...)
		} else if key, ok := short[above]; ok && n.Kind == Scalar {
			group.Entries = append(group.Entries, Entry{&Node{Place: n.Place, Text: key}, n})
		}
	}
	below := keys[0]
	if above != "" {
		below = above + "." + keys[0]
	}
	for i, e := range group.Entries {
		if e.Key.Text == keys[0] {
			group.Entries[i].Value = e.Value.with(below, keys[1:], value, short)
			return group
		}
	}
	key := &Node{Place: value.Place, Text: keys[0], Override: true}
	var none *Node
	group.Entries = append(group.Entries, Entry{key, none.with(below, keys[1:], value, short)})
	return group
}

func (n *Node) marked() *Node {
	c := *n
	c.Override = true
	c.Items = nil
	for _, item := range n.Items {
		c.Items = append(c.Items, item.marked())
	}
	c.Entries = nil
	for _, e := range n.Entries {
		c.Entries = append(c.Entries, Entry{e.Key, e.Value.marked()})
	}
	return &c
}

// String is the node as YAML text on one line.
func (n *Node) String() string {
	switch n.Kind {
	case Sequence:
		parts := make([]string, len(n.Items))
		for i, item := range n.Items {
			parts[i] = item.String()
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case Mapping:
		parts := make([]string, len(n.Entries))
		for i, e := range n.Entries {
			parts[i] = e.Key.Text + ": " + e.Value.String()
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	if n.Quoted {
		return strconv.Quote(n.Text)
	}
	return n.Text
}

// describe words a node for "… is wanted, not …".
func (n *Node) describe() string {
	switch {
	case n.Kind == Scalar && n.Null:
		return "nothing"
	case n.Kind == Scalar:
		return Shorten(n.String())
	case n.Kind == Sequence:
		return fmt.Sprintf("a list of %d", len(n.Items))
	}
	return "a mapping"
}

// Shorten cuts a long text for a sentence.
func Shorten(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return text
}
