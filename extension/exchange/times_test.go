package exchange

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/llmload/llmload/extension/stream"
)

// theatre plays an exchange on a clock of its own: nothing sleeps, every moment is exact.
type theatre struct {
	now    stream.Stamp
	status int
	header http.Header
	script []act
}

// act is one read: at ms on the clock, these bytes or this error arrive.
type act struct {
	at   float64
	data string
	err  error
}

func (th *theatre) clock() stream.Stamp { return th.now }

func (th *theatre) set(ms float64) { th.now = stream.Stamp(ms * 1e6) }

// RoundTrip asks for a connection at 1 ms, has it at 6 ms and the first byte of the headers at 10 ms.
func (th *theatre) RoundTrip(req *http.Request) (*http.Response, error) {
	hooks := httptrace.ContextClientTrace(req.Context())
	th.set(1)
	hooks.GetConn("host")
	th.set(6)
	conn, _ := net.Pipe()
	hooks.GotConn(httptrace.GotConnInfo{Conn: conn})
	th.set(10)
	hooks.GotFirstResponseByte()
	th.set(11)
	return &http.Response{StatusCode: th.status, Proto: "HTTP/1.1", Header: th.header, Body: io.NopCloser(th)}, nil
}

func (th *theatre) Read(p []byte) (int, error) {
	if len(th.script) == 0 {
		return 0, io.EOF
	}
	next := th.script[0]
	th.script = th.script[1:]
	th.set(next.at)
	return copy(p, next.data), next.err
}

func play(t *testing.T, q *Request, acts ...act) *Finished {
	t.Helper()
	th := &theatre{status: 200, header: http.Header{"Content-Type": {"text/event-stream"}}, script: acts}
	th.set(0.5)
	c := newClient()
	c.Clock = th.clock
	return do(t, c, th, q)
}

// ms are offsets from t(send).
func ms(r *Finished, at stream.Stamp) float64 { return math.Round(at.Ms(r.Started)*1e6) / 1e6 }

const role = `data: {"choices":[{"delta":{"role":"assistant","content":""}}]}` + "\n\n"

func TestTimes(t *testing.T) {
	split := token("hello")
	r := play(t, post("http://x"),
		act{at: 12, data: ": ping\n\n"},
		act{at: 20, data: role + split[:10]},
		act{at: 30, data: split[10 : len(split)-2]},
		act{at: 35, data: "\n\n"}, // the blank line counts for nothing
		act{at: 50, data: token("b") + token("c")},
		act{at: 60, data: finish + `data: {"choices":[],"usage":{"out":3}}` + "\n\n"},
		act{at: 70, data: doneSSE},
		act{at: 75, err: io.EOF},
	)
	expect(t, r, EOF, 3)
	if r.Sent != 6e6 || r.Started != r.Sent || r.Connect != 5*time.Millisecond || !r.Cold || r.Resent != 0 {
		t.Errorf("sent %v, connect %v, cold %v", r.Sent, r.Connect, r.Cold)
	}
	got := []float64{ms(r, r.Headers), ms(r, r.First), ms(r, r.FirstOutput), ms(r, r.Last), ms(r, r.End)}
	if want := []float64{4, 24, 24, 44, 69}; !reflect.DeepEqual(got, want) {
		t.Errorf("headers, ttft, ttfo, e2e, end: %v, want %v", got, want)
	}
	if want := []float64{20, 0}; !reflect.DeepEqual(r.Gaps, want) {
		t.Errorf("gaps %v, want %v", r.Gaps, want)
	}
	if r.Events != 7 || !r.Terminal || r.Garbage != 0 {
		t.Errorf("%d events, terminal %v, garbage %d", r.Events, r.Terminal, r.Garbage)
	}
	for i, want := range []string{`"m"`, `"stop"`, `{"out":3}`} {
		if string(r.Values[i]) != want {
			t.Errorf("value %d is %s, want %s", i, r.Values[i], want)
		}
	}
}

func TestReasoningIsTheFirstTokenButNotTheFirstOutput(t *testing.T) {
	delta := func(inner string) string { return `data: {"choices":[{"delta":{` + inner + `}}]}` + "\n\n" }
	r := play(t, post("http://x"),
		act{at: 16, data: delta(`"reasoning":"hm","content":null`)},
		act{at: 26, data: delta(`"tool_calls":[{"id":"x"}]`)},
		act{at: 36, data: delta(`"content":"a"`)},
	)
	expect(t, r, EOF, 3)
	if ms(r, r.First) != 10 || ms(r, r.FirstOutput) != 20 || ms(r, r.Last) != 30 {
		t.Error(ms(r, r.First), ms(r, r.FirstOutput), ms(r, r.Last))
	}
}

func TestGarbageAndAfterTheTerminal(t *testing.T) {
	q := post("http://x")
	q.KeepFrames, q.KeepText = true, AllText
	r := play(t, q,
		act{at: 20, data: ": hi\ndata: hello\n\n" + token(`a\"\u00e9`) + `data: {"model":"lost","choices":[` + "\n\n"},
		act{at: 30, data: token("b") + doneSSE + token("c") + doneSSE},
		act{at: 40, data: token("d"), err: errors.New("reset")}, // nothing can spoil it any more
	)
	expect(t, r, EOF, 2)
	if r.Garbage != 2 || r.Events != 5 || string(r.Text) != `a"éb` || string(r.Values[0]) != `"m"` {
		t.Error(r.Garbage, r.Events, string(r.Text), string(r.Values[0]))
	}
	if ms(r, r.End) != 24 {
		t.Errorf("the end is the terminal payload, not %v", ms(r, r.End))
	}
	var kinds []string
	for _, frame := range r.Log {
		kinds = append(kinds, frame.Kind)
	}
	if got := strings.Join(kinds, " "); got != "comment garbage content garbage content terminal" {
		t.Error(got)
	}
}

func TestACutLosesOnlyTheUnfinishedFrame(t *testing.T) {
	r := play(t, post("http://x"), act{at: 20, data: token("a") + token("b")[:20], err: io.ErrUnexpectedEOF})
	expect(t, r, Connection, 1)
	if r.Garbage != 0 || r.Error != "unexpected EOF" || r.Status != 200 {
		t.Error(r.Garbage, r.Error, r.Status)
	}
}

func TestBuffersAreCleanForTheNextExchange(t *testing.T) {
	th := &theatre{status: 200, header: http.Header{}, script: []act{{at: 20, data: token("a") + token("b") + "data: {"}, {at: 21, err: io.ErrUnexpectedEOF}}}
	c := newClient()
	c.Clock = th.clock
	expect(t, do(t, c, th, post("http://x")), Connection, 2)
	th.script = []act{{at: 30, data: finish}}
	r := do(t, c, th, post("http://x"))
	expect(t, r, EOF, 0)
	if len(r.Gaps) != 0 || len(r.Values[0]) != 0 || r.First != 0 || r.Garbage != 0 || r.Body != nil {
		t.Errorf("%+v", r.Result)
	}
}

func TestWholeBodies(t *testing.T) {
	for _, c := range []struct {
		status int
		kind   string
		want   Framing
	}{
		{200, "text/event-stream; charset=utf-8", SSE},
		{200, "", SSE},
		{200, "application/json", Body},
		{200, "Application/JSON; charset=utf-8", Body},
		{204, "text/event-stream", SSE},
		{302, "text/event-stream", Body},
		{429, "text/event-stream", Body},
		{500, "text/html", Body},
	} {
		th := &theatre{status: c.status, header: http.Header{"Content-Type": {c.kind}}, script: []act{{at: 20, data: "{\"a\""}, {at: 30, data: ":1}"}}}
		client := newClient()
		client.Clock = th.clock
		r := do(t, client, th, post("http://x"))
		if r.Ended != EOF || r.Framing != c.want || (r.Framing == Body && string(r.Body) != `{"a":1}`) || r.Bytes != 7 {
			t.Errorf("%d %s: %s, %s, %q", c.status, c.kind, r.Ended, r.Framing, r.Body)
		}
	}
}

func TestDeadlines(t *testing.T) {
	stamp := func(ms int) stream.Stamp { return stream.Stamp(ms) * 1e6 }
	limit := func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
	w := &watchdog{total: limit(100), first: limit(60), idle: limit(30), cancelAfter: limit(75), started: stamp(1)}
	step := func(name string, at stream.Stamp, why Ended) {
		t.Helper()
		if gotAt, got := w.deadline(); gotAt != at || got != why {
			t.Errorf("%s: %s at %v, want %s at %v", name, got, gotAt, why, at)
		}
	}
	step("connecting", stamp(101), TimeoutTotal)
	w.sent.Store(int64(stamp(10)))
	step("sent", stamp(70), TimeoutFirst)
	w.lastRead.Store(int64(stamp(20)))
	step("a comment came", stamp(50), TimeoutIdle)
	w.lastRead.Store(int64(stamp(45)))
	step("another", stamp(70), TimeoutFirst)
	w.gotFirst.Store(true)
	step("a token came", stamp(75), TimeoutIdle)
	w.lastRead.Store(int64(stamp(60)))
	step("another", stamp(85), Cancelled)
	w.cancelAfter = 0
	w.lastRead.Store(int64(stamp(90)))
	step("and another", stamp(101), TimeoutTotal)
	w.closing.Store(int64(stamp(95)))
	step("terminal", stamp(1095), EOF)
}

func TestMisuse(t *testing.T) {
	for _, url := range []string{"", "127.0.0.1:80", "ftp://x/", "http://", "http://a b", "/v1", "::"} {
		if _, err := newClient().Do(context.Background(), http.DefaultTransport, post(url)); err == nil {
			t.Errorf("%q was taken for a URL", url)
		}
	}
}
