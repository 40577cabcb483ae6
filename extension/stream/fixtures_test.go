package stream

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recording is the body of an answer that a real server sent.
type recording struct {
	name string
	sse  bool
	body []byte
}

func recordings(tb testing.TB) []recording {
	tb.Helper()
	files, err := filepath.Glob("../testdata/*.http")
	if err != nil || len(files) == 0 {
		tb.Fatal("no recordings", err)
	}
	var all []recording
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil)
		if err != nil {
			tb.Fatal(err)
		}
		body, err := io.ReadAll(res.Body) // some were cut: what came counts
		if err != nil && err != io.ErrUnexpectedEOF {
			tb.Fatal(err)
		}
		all = append(all, recording{
			name: strings.TrimSuffix(filepath.Base(file), ".http"),
			sse:  strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream"),
			body: body,
		})
	}
	return all
}

// seen collects what a Framer cuts out.
type seen struct {
	frames   []string
	stamps   []Stamp
	comments []string
}

func (s *seen) Frame(data []byte, at Stamp) {
	s.frames = append(s.frames, string(data))
	s.stamps = append(s.stamps, at)
}

func (s *seen) Comment(line []byte, _ Stamp) { s.comments = append(s.comments, string(line)) }

// cut feeds pieces stamped 1, 2, 3, … and returns what came out.
func cut(tb testing.TB, sse bool, pieces ...[]byte) *seen {
	tb.Helper()
	var f Framer
	out := &seen{}
	f.Reset(sse, 1<<20, out)
	var buffer []byte // pieces share one buffer, as reads do
	for i, piece := range pieces {
		buffer = append(buffer[:0], piece...)
		n := len(piece)
		if err := f.Feed(buffer[:n], Stamp(i+1)); err != nil {
			tb.Fatal(err)
		}
		for j := range n {
			buffer[j] = '#' // a frame that still points into the buffer shows
		}
	}
	if err := f.End(true); err != nil {
		tb.Fatal(err)
	}
	return out
}

func bytewise(body []byte) [][]byte {
	pieces := make([][]byte, len(body))
	for i := range body {
		pieces[i] = body[i : i+1]
	}
	return pieces
}

// openAIPaths are the paths of a chat client.
func openAIPaths(tb testing.TB) *Paths {
	tb.Helper()
	p := &Paths{}
	for _, add := range []struct {
		path string
		kind Kind
	}{
		{"choices.0.delta.content", Content},
		{"choices.0.text", Content},
		{"message.content", Content},
		{"choices.0.delta.reasoning_content", Reasoning},
		{"choices.0.delta.reasoning", Reasoning},
		{"choices.0.delta.tool_calls", ToolCall},
	} {
		if err := p.Add(add.path, add.kind, 0); err != nil {
			tb.Fatal(err)
		}
	}
	for i, path := range []string{"model", "id", "choices.0.finish_reason", "usage", "error", "timings"} {
		if err := p.Add(path, Value, i); err != nil {
			tb.Fatal(err)
		}
	}
	return p
}
