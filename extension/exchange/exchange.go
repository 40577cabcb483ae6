// Package exchange carries one request over a VU's own k6 transport and times the answer frame by frame.
package exchange

import (
	"math"
	"net/http"
	"time"

	"github.com/llmload/llmload/extension/stream"
)

// Framing is how a body is cut.
type Framing string

// The three ways.
const (
	SSE    Framing = "sse"
	NDJSON Framing = "ndjson"
	Body   Framing = "body"
)

// Ended says why an exchange ended.
type Ended string

// See Ended in index.d.ts.
const (
	EOF           Ended = "eof"
	Connect       Ended = "connect"
	Connection    Ended = "connection"
	TimeoutFirst  Ended = "timeout_first"
	TimeoutIdle   Ended = "timeout_idle"
	TimeoutTotal  Ended = "timeout_total"
	FrameTooLarge Ended = "frame_too_large"
	Encoding      Ended = "encoding"
	Cancelled     Ended = "cancelled"
)

// Options are what all requests of one client share.
type Options struct {
	Framing                 Framing
	Paths                   stream.Paths
	Values                  []string // names of the Value paths, by index
	Terminal                string
	Total, FirstToken, Idle time.Duration
	MaxFrame                int
	KeepHeaders             []KeptHeader // response headers that the caller wants
}

// KeptHeader is a response header, and what the caller calls it.
type KeptHeader struct{ As, Name string }

// AllText is more text than any answer has.
const AllText = math.MaxInt

// Request is one request.
type Request struct {
	Method      string
	URL         string
	Header      http.Header
	Host        string
	Body        string
	CancelAfter time.Duration // 0: never
	KeepText    int           // characters of the content text
	KeepFrames  bool
}

// Logged is one frame as it came.
type Logged struct {
	At   stream.Stamp
	Kind string
	Data string
}

// Result is what there is to know about an exchange. Stamps are 0 where the moment never came. Gaps, Values and Body
// belong to the client and are overwritten by its next exchange.
type Result struct {
	Ended    Ended
	Error    string
	Status   int
	Protocol string
	Header   http.Header

	Started, Sent, Headers, First, FirstOutput, Last, End stream.Stamp

	Connect  time.Duration
	Cold     bool
	Resent   int
	Framing  Framing
	Bytes    int64
	Events   int
	Frames   int
	Gaps     []float64
	Terminal bool
	Garbage  int
	Values   [][]byte // by index; nil where absent
	Body     []byte
	Text     []byte
	Log      []Logged
}
