package stream

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind says what a path is asked for.
type Kind uint8

// The kinds of content come in order of precedence; Value is a path whose raw JSON is wanted.
const (
	Content Kind = iota
	Reasoning
	ToolCall
	Value
)

// Hit is a wanted value found in a document: doc[Start:End] is its raw JSON, never null; for the content kinds never empty.
type Hit struct {
	Kind       Kind
	Index      int // which of the Value paths
	Start, End int
}

// Paths is a set of dot paths compiled to a tree, so that one pass over a document finds them all.
type Paths struct{ root node }

type target struct {
	kind  Kind
	index int
}

// node is one step of the tree: targets end here, edges lead on.
type node struct {
	targets []target
	keys    []edge // object members
	items   []edge // array elements
}

type edge struct {
	key   string
	index int
	to    *node
}

// Add compiles one path, such as choices.0.delta.content. A number is an array index and also an object key; a dot inside
// a key is written \. .
func (p *Paths) Add(path string, kind Kind, index int) error {
	at := &p.root
	for _, step := range splitPath(path) {
		if step == "" {
			return fmt.Errorf("%q is no JSON path", path)
		}
		at = at.child(step)
	}
	at.targets = append(at.targets, target{kind, index})
	return nil
}

func splitPath(path string) []string {
	parts := strings.Split(strings.ReplaceAll(path, `\.`, "\x00"), ".")
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], "\x00", ".")
	}
	return parts
}

func (n *node) child(step string) *node {
	for _, e := range n.keys {
		if e.key == step {
			return e.to
		}
	}
	e := edge{key: step, to: &node{}}
	n.keys = append(n.keys, e)
	if i, err := strconv.Atoi(step); err == nil && i >= 0 {
		e.index = i
		n.items = append(n.items, e)
	}
	return e.to
}

func (n *node) member(key []byte) *node {
	for i := range n.keys {
		if n.keys[i].key == string(key) {
			return n.keys[i].to
		}
	}
	return nil
}

func (n *node) item(index int) *node {
	for i := range n.items {
		if n.items[i].index == index {
			return n.items[i].to
		}
	}
	return nil
}
