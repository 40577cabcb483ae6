package exchange

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/llmload/llmload/extension/stream"
)

// Go's reader of chunked bodies does not return while it waits for the rest of a chunk, even if whole frames came before
// it: a frame would be stamped when the next one is complete, and a server that hangs inside a chunk would not look idle.
// So we stand at the connection itself: every read there is stamped, and whoever reads the body is told when it is about
// to wait, so that it can take what has arrived until then.

// Wire is the same transport over connections that can be watched. Their pool is its own.
func Wire(transport http.RoundTripper, clock stream.Clock) http.RoundTripper {
	original, is := transport.(*http.Transport)
	if !is {
		return transport
	}
	wired := original.Clone()
	dial := wired.DialContext
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	wired.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &watchedConn{Conn: conn, clock: clock}, nil
	}
	return wired
}

// watchedConn stamps what arrives. Most of the time nobody watches: an idle connection is read by the transport itself.
type watchedConn struct {
	net.Conn
	clock   stream.Clock
	arrived atomic.Int64 // stamp of the last data
	watcher atomic.Pointer[reading]
}

func (c *watchedConn) Read(p []byte) (int, error) {
	if w := c.watcher.Load(); w != nil {
		w.waiting(stream.Stamp(c.arrived.Load()))
	}
	n, err := c.Conn.Read(p)
	if n > 0 {
		at := c.clock()
		c.arrived.Store(int64(at))
		if w := c.watcher.Load(); w != nil {
			w.dog.read(at)
		}
	}
	return n, err
}

// watched finds ours under TLS; nil where there is none.
func watched(conn net.Conn) *watchedConn {
	for {
		switch c := conn.(type) {
		case *watchedConn:
			return c
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}
