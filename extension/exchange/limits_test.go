package exchange

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"testing"
	"time"
)

// Where something must happen before a limit, the limit is long.
const (
	short = 50 * time.Millisecond
	long  = 500 * time.Millisecond
)

// stall sends something, then nothing until the client has gone, and reports that.
func stall(t *testing.T, data string) (url string, left chan error) {
	left = make(chan error, 1)
	return serve(t, func(_ int, c net.Conn) {
		readRequest(bufio.NewReader(c))
		_, _ = c.Write([]byte(data))
		left <- gone(c)
	}), left
}

func TestTimeouts(t *testing.T) {
	for name, c := range map[string]struct {
		send   string
		limit  func(*Options)
		ended  Ended
		frames int
	}{
		"first, no answer":      {"", func(o *Options) { o.FirstToken = short }, TimeoutFirst, 0},
		"first, headers only":   {streamHead, func(o *Options) { o.FirstToken = short }, TimeoutFirst, 0},
		"first, a comment":      {streamHead + chunk(": hi\n\n"), func(o *Options) { o.FirstToken = short }, TimeoutFirst, 0},
		"first, a role":         {streamHead + chunk(role), func(o *Options) { o.FirstToken = short }, TimeoutFirst, 0},
		"first is past":         {streamHead + chunk(token("a")), func(o *Options) { o.FirstToken, o.Idle = long, long+short }, TimeoutIdle, 1},
		"idle":                  {streamHead + chunk(token("a")), func(o *Options) { o.Idle = short }, TimeoutIdle, 1},
		"idle, half a chunk":    {streamHead + chunk(token("a")) + "50\r\ndata:", func(o *Options) { o.Idle = short }, TimeoutIdle, 1},
		"idle, an error's body": {"HTTP/1.1 500 X\r\nContent-Length: 9\r\n\r\n", func(o *Options) { o.FirstToken, o.Idle = far, short }, TimeoutIdle, 0},
		"total, no answer":      {"", func(o *Options) { o.Total = short }, TimeoutTotal, 0},
		"total, mid-stream":     {streamHead + chunk(token("a")), func(o *Options) { o.Total = long }, TimeoutTotal, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, left := stall(t, c.send)
			done := do(t, newClient(c.limit), newTransport(t), post(url))
			expect(t, done, c.ended, c.frames)
			if took := time.Duration(done.End - done.Started); took < short/2 || took > 5*time.Second { // the total counts from before t(send)
				t.Errorf("took %v", took)
			}
			if code, text := k6Error(done.Err); code != 1050 || text != "request timeout" {
				t.Error(code, text)
			}
			if err := <-left; err != nil {
				t.Error(err)
			}
		})
	}
}

// Data that keeps coming puts the idle limit off, again and again.
func TestIdleIsPutOff(t *testing.T) {
	url := serve(t, func(_ int, c net.Conn) {
		readRequest(bufio.NewReader(c))
		_, _ = c.Write([]byte(streamHead))
		for range 60 {
			_, _ = c.Write([]byte(chunk(token("a"))))
			time.Sleep(10 * time.Millisecond) // the subject of the test
		}
		_, _ = c.Write([]byte(end))
	})
	expect(t, do(t, newClient(func(o *Options) { o.Idle = long }), newTransport(t), post(url)), EOF, 60)
}

func TestTotalCoversConnecting(t *testing.T) {
	transport := newTransport(t, func(transport *http.Transport) {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
	})
	c := newClient(func(o *Options) { o.Total, o.FirstToken = short, time.Millisecond })
	done := do(t, c, transport, post("http://127.0.0.1:1"))
	expect(t, done, TimeoutTotal, 0)
	if done.Sent != 0 {
		t.Error("sent without a connection")
	}
}

func TestCancelAfterClosesTheConnection(t *testing.T) {
	url, left := stall(t, streamHead+chunk(token("a")))
	q := post(url)
	q.CancelAfter = long
	done := do(t, newClient(), newTransport(t), q)
	expect(t, done, Cancelled, 1)
	if took := time.Duration(done.End - done.Started); took < long/2 {
		t.Errorf("took %v", took)
	}
	if err := <-left; err != nil {
		t.Error(err)
	}
}

func TestTheVUsEndClosesTheConnection(t *testing.T) {
	for _, send := range []string{"", streamHead + chunk(token("a"))} {
		asked := make(chan struct{})
		left := make(chan error, 1)
		url := serve(t, func(_ int, c net.Conn) {
			readRequest(bufio.NewReader(c))
			_, _ = c.Write([]byte(send))
			close(asked)
			left <- gone(c)
		})
		ctx, cancel := context.WithCancel(context.Background())
		go func() { <-asked; cancel() }()
		done, err := newClient().Do(ctx, newTransport(t), post(url))
		if err != nil || done.Ended != Cancelled {
			t.Fatal(err, done.Ended, done.Error)
		}
		if err := <-left; err != nil {
			t.Error(err)
		}
	}
}

// After the terminal payload the end of the body is awaited for a second, and its absence is no failure.
func TestLinger(t *testing.T) {
	url, left := stall(t, streamHead+chunk(token("a"))+chunk(doneSSE))
	done := do(t, newClient(func(o *Options) { o.Idle, o.Total = long, long }), newTransport(t), post(url))
	expect(t, done, EOF, 1)
	if !done.Terminal || done.Err != nil {
		t.Error(done.Terminal, done.Err)
	}
	if took := time.Duration(done.End - done.Started); took > long {
		t.Errorf("the wait is no part of the exchange: %v", took)
	}
	if done.Trail.Duration > long {
		t.Errorf("nor of http_req_duration: %v", done.Trail.Duration)
	}
	if err := <-left; err != nil {
		t.Error(err)
	}
}

// A late end of the body saves the connection.
func TestLingerKeepsTheConnection(t *testing.T) {
	url := serve(t, func(_ int, c net.Conn) {
		for r := bufio.NewReader(c); readRequest(r) != nil; {
			_, _ = c.Write([]byte(streamHead + chunk(token("a")) + chunk(doneSSE)))
			time.Sleep(2 * short)
			_, _ = c.Write([]byte(end))
		}
	})
	transport, c := newTransport(t), newClient(func(o *Options) { o.Idle = short })
	expect(t, do(t, c, transport, post(url)), EOF, 1)
	if again := do(t, c, transport, post(url)); again.Cold {
		t.Error("the connection was not kept")
	}
}
