package exchange

import (
	"sync/atomic"
	"unicode/utf8"

	"github.com/llmload/llmload/extension/stream"
)

// Live counts all exchanges of the process while they run.
type Live struct{ InFlight, Started, Frames atomic.Int64 }

// meter is the stream.Sink that times and classifies frames. Its buffers are reused from exchange to exchange.
type meter struct {
	options *Options
	request *Request
	result  *Result
	hits    []stream.Hit
	kept    int // characters of the text
}

var kindNames = [...]string{stream.Content: "content", stream.Reasoning: "reasoning", stream.ToolCall: "tool_call", stream.Value: "other"}

func (m *meter) Comment(line []byte, at stream.Stamp) { m.log(at, "comment", line) }

func (m *meter) Frame(data []byte, at stream.Stamp) {
	r := m.result
	if r.Terminal { // nothing that follows is part of the answer
		return
	}
	r.Events++
	if m.options.Terminal != "" && string(data) == m.options.Terminal {
		r.Terminal = true
		m.log(at, "terminal", data)
		return
	}
	hits, valid := m.options.Paths.Match(data, m.hits[:0])
	m.hits = hits
	if !valid {
		r.Garbage++
		m.log(at, "garbage", data)
		return
	}
	kind := stream.Value
	for _, hit := range hits {
		if hit.Kind == stream.Value {
			r.Values[hit.Index] = append(r.Values[hit.Index][:0], data[hit.Start:hit.End]...)
		} else if hit.Kind < kind {
			kind = hit.Kind
		}
		if hit.Kind == stream.Content && m.kept < m.request.KeepText {
			m.keep(stream.Unquote(data[hit.Start:hit.End]))
		}
	}
	if kind != stream.Value {
		m.count(kind, at)
	}
	m.log(at, kindNames[kind], data)
}

// keep adds text, as far as it is wanted.
func (m *meter) keep(text []byte) {
	end := 0
	for end < len(text) && m.kept < m.request.KeepText {
		_, size := utf8.DecodeRune(text[end:])
		end += size
		m.kept++
	}
	m.result.Text = append(m.result.Text, text[:end]...)
}

// count takes one content-like frame.
func (m *meter) count(kind stream.Kind, at stream.Stamp) {
	r := m.result
	if r.Frames > 0 {
		r.Gaps = append(r.Gaps, at.Ms(r.Last))
	} else {
		r.First = at
	}
	if r.FirstOutput == 0 && kind != stream.Reasoning {
		r.FirstOutput = at
	}
	r.Last = at
	r.Frames++
}

func (m *meter) log(at stream.Stamp, kind string, data []byte) {
	if m.request.KeepFrames {
		m.result.Log = append(m.result.Log, Logged{at, kind, string(data)})
	}
}
