package exchange

import (
	"net/http/httptrace"
	"sync/atomic"

	"github.com/llmload/llmload/extension/stream"
	"go.k6.io/k6/lib/netext/httpext"
)

// trace follows the life of the connection. It feeds k6's own Tracer, so that http_req_* mean what they always mean, but
// only with the first attempt's connection: where Go sends a request again on a fresh one, all times count from the first.
// Hooks may come from the transport's goroutines, even after the exchange is over.
type trace struct {
	k6    httpext.Tracer
	clock stream.Clock
	onGot func(stream.Stamp)
	conn  *watchedConn // the last attempt's; nil where the transport is not wired

	asked, got, firstByte atomic.Int64
	attempts              atomic.Int32
	reused                atomic.Bool
}

func (t *trace) client() *httptrace.ClientTrace {
	hooks := t.k6.Trace()
	hooks.GetConn = t.getConn
	hooks.GotConn = t.gotConn
	hooks.GotFirstResponseByte = t.gotFirstResponseByte
	return hooks
}

func (t *trace) getConn(hostPort string) {
	if t.asked.CompareAndSwap(0, int64(t.clock())) {
		t.k6.GetConn(hostPort)
	}
}

func (t *trace) gotConn(info httptrace.GotConnInfo) {
	now := t.clock()
	t.conn = watched(info.Conn)
	if t.attempts.Add(1) > 1 {
		return
	}
	t.got.Store(int64(now))
	t.reused.Store(info.Reused)
	t.k6.GotConn(info)
	t.onGot(now)
}

func (t *trace) gotFirstResponseByte() {
	at := int64(t.clock())
	if t.conn != nil { // it came with the same read as the first frame may have come
		at = t.conn.arrived.Load()
	}
	t.firstByte.CompareAndSwap(0, at)
	t.k6.GotFirstResponseByte()
}
