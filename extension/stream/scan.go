package stream

import (
	"bytes"
	"encoding/json"
)

// maxDepth keeps a hostile document from growing the stack.
const maxDepth = 1000

// Match scans doc once and appends what it finds to hits, in the order of the document. False: doc is no JSON document.
// It does not allocate, and checks structure, literals and numbers, but not the inside of escapes.
func (p *Paths) Match(doc []byte, hits []Hit) ([]Hit, bool) {
	s := scan{doc: doc, hits: hits}
	end := s.value(s.space(0), &p.root, 0)
	return s.hits, end >= 0 && s.space(end) == len(doc)
}

type scan struct {
	doc  []byte
	hits []Hit
}

func (s *scan) space(i int) int {
	for i < len(s.doc) && (s.doc[i] == ' ' || s.doc[i] == '\n' || s.doc[i] == '\t' || s.doc[i] == '\r') {
		i++
	}
	return i
}

// value reads the value at i and returns the place after it, −1 where there is none. A nil node wants nothing inside.
func (s *scan) value(i int, n *node, depth int) int {
	if i >= len(s.doc) || depth > maxDepth {
		return -1
	}
	var end int
	first := s.doc[i]
	switch first {
	case '"':
		end, _ = s.str(i)
	case '{':
		end = s.object(i, n, depth)
	case '[':
		end = s.array(i, n, depth)
	case 't':
		end = s.literal(i, "true")
	case 'f':
		end = s.literal(i, "false")
	case 'n':
		return s.literal(i, "null")
	default:
		end = s.number(i)
	}
	if n != nil && len(n.targets) > 0 && end >= 0 {
		s.hit(i, end, n.targets)
	}
	return end
}

func (s *scan) hit(start, end int, targets []target) {
	empty := false
	switch s.doc[start] {
	case '"', '[', '{':
		empty = s.space(start+1) == end-1 && (s.doc[start] != '"' || end-start == 2)
	}
	for _, t := range targets {
		if t.kind == Value || !empty {
			s.hits = append(s.hits, Hit{Kind: t.kind, Index: t.index, Start: start, End: end})
		}
	}
}

// str reads the string that begins at i; escaped says that its text is not what stands between the quotes.
func (s *scan) str(i int) (end int, escaped bool) {
	doc := s.doc
	for i++; i < len(doc); i++ {
		switch c := doc[i]; {
		case c == '"':
			return i + 1, escaped
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			return -1, escaped
		}
	}
	return -1, escaped
}

func (s *scan) object(i int, n *node, depth int) int {
	if i = s.space(i + 1); i < len(s.doc) && s.doc[i] == '}' {
		return i + 1
	}
	for i < len(s.doc) && s.doc[i] == '"' {
		end, escaped := s.str(i)
		if end < 0 {
			return -1
		}
		var to *node
		if n != nil && len(n.keys) > 0 {
			if escaped {
				to = n.member(Unquote(s.doc[i:end]))
			} else {
				to = n.member(s.doc[i+1 : end-1])
			}
		}
		if i = s.space(end); i >= len(s.doc) || s.doc[i] != ':' {
			return -1
		}
		if i = s.value(s.space(i+1), to, depth+1); i < 0 {
			return -1
		}
		if i = s.space(i); i >= len(s.doc) {
			return -1
		}
		if s.doc[i] == '}' {
			return i + 1
		}
		if s.doc[i] != ',' {
			return -1
		}
		i = s.space(i + 1)
	}
	return -1
}

func (s *scan) array(i int, n *node, depth int) int {
	if i = s.space(i + 1); i < len(s.doc) && s.doc[i] == ']' {
		return i + 1
	}
	for index := 0; ; index++ {
		var to *node
		if n != nil && len(n.items) > 0 {
			to = n.item(index)
		}
		if i = s.value(i, to, depth+1); i < 0 {
			return -1
		}
		if i = s.space(i); i >= len(s.doc) {
			return -1
		}
		if s.doc[i] == ']' {
			return i + 1
		}
		if s.doc[i] != ',' {
			return -1
		}
		i = s.space(i + 1)
	}
}

func (s *scan) literal(i int, word string) int {
	if i+len(word) > len(s.doc) || string(s.doc[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

// number follows the grammar of RFC 8259.
func (s *scan) number(i int) int {
	if i < len(s.doc) && s.doc[i] == '-' {
		i++
	}
	whole := i
	if i = s.digits(i); i < 0 || (s.doc[whole] == '0' && i > whole+1) {
		return -1
	}
	if i < len(s.doc) && s.doc[i] == '.' {
		if i = s.digits(i + 1); i < 0 {
			return -1
		}
	}
	if i < len(s.doc) && (s.doc[i] == 'e' || s.doc[i] == 'E') {
		if i++; i < len(s.doc) && (s.doc[i] == '+' || s.doc[i] == '-') {
			i++
		}
		return s.digits(i)
	}
	return i
}

// digits reads at least one digit.
func (s *scan) digits(i int) int {
	first := i
	for i < len(s.doc) && s.doc[i] >= '0' && s.doc[i] <= '9' {
		i++
	}
	if i == first {
		return -1
	}
	return i
}

// Unquote is the text of a JSON string; nil for anything else.
func Unquote(raw []byte) []byte {
	if len(raw) < 2 || raw[0] != '"' {
		return nil
	}
	if plain := raw[1 : len(raw)-1]; bytes.IndexByte(plain, '\\') < 0 {
		return plain
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return nil
	}
	return []byte(text)
}
