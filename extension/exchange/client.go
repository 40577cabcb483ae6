package exchange

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/llmload/llmload/extension/stream"
	"go.k6.io/k6/lib/netext/httpext"
)

// Client sends requests one after the other, as a VU does, and reuses its buffers.
type Client struct {
	Options Options
	Clock   stream.Clock
	Live    *Live

	framer stream.Framer
	meter  meter
	result Result
	buffer [16 << 10]byte
	body   []byte
	gaps   []float64
	values [][]byte
}

// Finished is an exchange with what k6's samples are made of.
type Finished struct {
	*Result
	Trail    *httpext.Trail
	Request  *http.Request
	Response *http.Response
	Err      error // as a plain HTTP client would see it; nil for an answer that was read to its end
}

// Do carries one exchange to its end, however it ends. The error is a misuse: a request that cannot be built.
func (c *Client) Do(parent context.Context, transport http.RoundTripper, q *Request) (*Finished, error) {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	req, err := newRequest(ctx, q)
	if err != nil {
		return nil, err
	}
	c.reset(q)
	c.Live.Started.Add(1)
	c.Live.InFlight.Add(1)
	defer c.Live.InFlight.Add(-1)

	o := &c.Options
	dog := &watchdog{
		total: o.Total, first: o.FirstToken, idle: o.Idle, cancelAfter: q.CancelAfter,
		clock: c.Clock, stop: cancel, started: c.Clock(),
	}
	if o.Framing == Body { // such an answer may take the whole time to come
		dog.gotFirst.Store(true)
	}
	tr := &trace{clock: c.Clock, onGot: dog.gotConn}
	r := &c.result
	r.Started = dog.started
	dog.look()

	done := &Finished{Result: r, Request: req}
	res, err := transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(ctx, tr.client())))
	c.connection(tr)
	if err == nil {
		done.Response = res
		c.answer(res, tr)
		err = c.receive(res, dog, tr, done)
		cancel() // before Close, or Close would wait for the rest of the body
		_ = res.Body.Close()
	}
	c.conclude(parent, dog.end(), err, done)
	if done.Trail == nil {
		done.Trail = tr.k6.Done()
		r.End = c.Clock()
	}
	return done, nil
}

func (c *Client) reset(q *Request) {
	if cap(c.body) > 1<<20 {
		c.body = nil
	}
	if c.values == nil {
		c.values = make([][]byte, len(c.Options.Values))
	}
	for i := range c.values {
		c.values[i] = c.values[i][:0]
	}
	c.body = c.body[:0]
	c.result = Result{Values: c.values, Gaps: c.gaps[:0], Framing: c.Options.Framing}
	c.meter = meter{options: &c.Options, request: q, result: &c.result, hits: c.meter.hits}
}

// connection takes down what the trace saw until the headers.
func (c *Client) connection(tr *trace) {
	r := &c.result
	r.Sent = stream.Stamp(tr.got.Load())
	if r.Sent == 0 {
		return
	}
	r.Started = r.Sent
	r.Cold = !tr.reused.Load()
	if r.Cold {
		r.Connect = time.Duration(int64(r.Sent) - tr.asked.Load())
	}
	r.Resent = int(tr.attempts.Load()) - 1
}

// answer takes down the headers and decides how the body is cut.
func (c *Client) answer(res *http.Response, tr *trace) {
	r := &c.result
	r.Status, r.Protocol, r.Header = res.StatusCode, res.Proto, res.Header
	if r.Headers = stream.Stamp(tr.firstByte.Load()); r.Headers == 0 {
		r.Headers = c.Clock()
	}
	kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	if res.StatusCode/100 != 2 || strings.EqualFold(strings.TrimSpace(kind), "application/json") {
		r.Framing = Body
	}
}

var errEncoding = errors.New("the body is compressed although identity was asked for")

// receive takes the body, unless it is of no use.
func (c *Client) receive(res *http.Response, dog *watchdog, tr *trace, done *Finished) error {
	encoding := res.Header.Get("Content-Encoding")
	if res.StatusCode/100 == 2 && encoding != "" && !strings.EqualFold(encoding, "identity") {
		return fmt.Errorf("%w (%s)", errEncoding, encoding)
	}
	if c.result.Framing == Body { // no frames will come, so its first byte is awaited like any other
		dog.gotFirst.Store(true)
		dog.read(c.result.Headers)
	}
	c.framer.Reset(c.result.Framing == SSE, c.Options.MaxFrame, &c.meter)
	return (&reading{Client: c, dog: dog, tr: tr, done: done}).read(res.Body)
}

// conclude decides why the exchange ended. Once the terminal payload has come nothing can spoil it.
func (c *Client) conclude(parent context.Context, cause Ended, err error, done *Finished) {
	r := &c.result
	c.gaps = r.Gaps
	switch {
	case err == nil:
		done.Trail = nil // the body did end: take the times again
		r.Ended = EOF
		return
	case r.Terminal:
		r.Ended = EOF
		return
	case errors.Is(err, stream.ErrTooLarge):
		r.Ended = FrameTooLarge
	case errors.Is(err, errEncoding):
		r.Ended = Encoding
	case cause != "":
		r.Ended = cause
		err = c.limitError(cause)
	case parent.Err() != nil:
		r.Ended = Cancelled
		err = context.Canceled
	case r.Sent == 0:
		r.Ended = Connect
	default:
		r.Ended = Connection
	}
	done.Err = err
	r.Error = strings.Join(strings.Fields(err.Error()), " ")
}
