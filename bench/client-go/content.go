package main

import (
	"bytes"
	"encoding/json"
	"errors"
)

var errJSON = errors.New("not JSON")

// decodeContent is how a Go program usually does it.
func decodeContent(frame []byte) (int, error) {
	var chunk struct {
		Choices []struct {
			Delta struct {
				Content string `json:"content"`
			} `json:"delta"`
		} `json:"choices"`
	}
	if err := json.Unmarshal(frame, &chunk); err != nil {
		return 0, err
	}
	if len(chunk.Choices) == 0 {
		return 0, nil
	}
	return len(chunk.Choices[0].Delta.Content), nil
}

// walkContent goes to choices[0].delta.content by JSON's grammar, not by a search for the word: a quoted brace or key inside
// a text does not mislead it. It decodes nothing else and leaves escapes as they are: what the same client could do at most.
func walkContent(frame []byte) (int, error) {
	w := walker{text: frame}
	w.enter([]string{"choices", "0", "delta", "content"})
	if w.bad {
		return 0, errJSON
	}
	return w.length, nil
}

type walker struct {
	text   []byte
	at     int
	length int
	bad    bool
}

// next skips white space and returns the byte that follows, 0 at the end.
func (w *walker) next() byte {
	for w.at < len(w.text) {
		switch c := w.text[w.at]; c {
		case ' ', '\t', '\r', '\n':
			w.at++
		default:
			return c
		}
	}
	return 0
}

// enter goes through one value and follows path where it leads into it; the rest is skipped.
func (w *walker) enter(path []string) {
	switch c := w.next(); {
	case len(path) == 0 && c == '"':
		w.length = len(w.str())
	case len(path) > 0 && c == '{':
		w.members(func(key []byte) {
			if string(key) == path[0] {
				w.enter(path[1:])
			} else {
				w.skip()
			}
		})
	case len(path) > 0 && c == '[':
		w.elements(path)
	default:
		w.skip()
	}
}

func (w *walker) members(value func(key []byte)) {
	w.at++ // {
	if w.next() == '}' {
		w.at++
		return
	}
	for !w.bad {
		if w.next() != '"' {
			w.bad = true
			return
		}
		key := w.str()
		if w.next() != ':' {
			w.bad = true
			return
		}
		w.at++
		value(key)
		if w.closes('}') {
			return
		}
	}
}

func (w *walker) elements(path []string) {
	w.at++ // [
	if w.next() == ']' {
		w.at++
		return
	}
	for first := len(path) > 0 && path[0] == "0"; !w.bad; first = false {
		if first {
			w.enter(path[1:])
		} else {
			w.skip()
		}
		if w.closes(']') {
			return
		}
	}
}

// closes steps over a comma (false) or over the closing bracket (true).
func (w *walker) closes(bracket byte) bool {
	c := w.next()
	w.at++
	if c != ',' && c != bracket {
		w.bad = true
	}
	return c == bracket
}

func (w *walker) skip() {
	switch w.next() {
	case '"':
		w.str()
	case '{':
		w.members(func([]byte) { w.skip() })
	case '[':
		w.elements(nil)
	case 0:
		w.bad = true
	default: // number, true, false, null
		start := w.at
		for w.at < len(w.text) && !bytes.ContainsRune([]byte(",]} \t\r\n"), rune(w.text[w.at])) {
			w.at++
		}
		w.bad = w.bad || w.at == start
	}
}

// str steps over a string and returns what is between its quotes, escapes and all.
func (w *walker) str() []byte {
	w.at++
	start := w.at
	for {
		quote := bytes.IndexByte(w.text[w.at:], '"')
		if quote < 0 {
			w.bad = true
			return nil
		}
		w.at += quote
		// An odd number of backslashes before it: an escaped quote.
		escapes := 0
		for w.at-escapes > start && w.text[w.at-escapes-1] == '\\' {
			escapes++
		}
		w.at++
		if escapes%2 == 0 {
			return w.text[start : w.at-1]
		}
	}
}
