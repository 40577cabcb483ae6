package main

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// counters are what the server has delivered since it started; a speed is the difference of two GET /count.
type counters struct {
	requests, tokens, cut atomic.Int64
}

func (c *counters) json(up time.Duration) []byte {
	return fmt.Appendf(nil, `{"up_ms":%.3f,"requests":%d,"tokens":%d,"cut":%d}`,
		milliseconds(up), c.requests.Load(), c.tokens.Load(), c.cut.Load())
}

// truth keeps when each answer's tokens were really written.
type truth struct {
	mu      sync.Mutex
	answers []answer
}

type answer struct {
	id       string
	received time.Time
	at       []time.Duration // of each token, since received
}

func (t *truth) add(id string, received time.Time, at []time.Duration) {
	if t == nil {
		return
	}
	t.mu.Lock()
	t.answers = append(t.answers, answer{id, received, at})
	t.mu.Unlock()
}

// json is {"<X-Request-Id>": {"received": epoch ms, "tokens": [ms since received]}}, and {} when nothing is kept.
func (t *truth) json() []byte {
	if t == nil {
		return []byte("{}")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	out := []byte("{")
	for i, a := range t.answers {
		if i > 0 {
			out = append(out, ",\n"...)
		}
		out = strconv.AppendQuote(out, a.id)
		out = fmt.Appendf(out, `:{"received":%.3f,"tokens":[`, float64(a.received.UnixMicro())/1000)
		for j, at := range a.at {
			if j > 0 {
				out = append(out, ',')
			}
			out = strconv.AppendFloat(out, milliseconds(at), 'f', 3, 64)
		}
		out = append(out, "]}"...)
	}
	return append(out, '}')
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
