package exchange

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/llmload/llmload/extension/stream"
)

// far is longer than any test.
const far = time.Hour

// serve listens on a free port and gives each connection to handle, numbered from 1.
func serve(t *testing.T, handle func(n int, c net.Conn)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go handle(n, c)
		}
	}()
	return "http://" + l.Addr().String()
}

// readRequest takes one request off a connection; nil when the peer has closed it.
func readRequest(r *bufio.Reader) *http.Request {
	req, err := http.ReadRequest(r)
	if err != nil {
		return nil
	}
	if _, err := r.Discard(int(req.ContentLength)); err != nil {
		return nil
	}
	return req
}

const streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n"

func chunk(data string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(data), data) }

func token(text string) string {
	return `data: {"model":"m","choices":[{"delta":{"content":"` + text + `"},"finish_reason":null}]}` + "\n\n"
}

const (
	finish  = `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	doneSSE = "data: [DONE]\n\n"
	end     = "0\r\n\r\n"
)

var answer = streamHead + chunk(token("a")) + chunk(token("b")) + chunk(finish+doneSSE) + end

// gone waits until the peer has closed the connection.
func gone(c net.Conn) error {
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, err := c.Read(make([]byte, 1))
	if timeout, is := err.(net.Error); err == nil || (is && timeout.Timeout()) {
		return fmt.Errorf("the connection is still open: %v", err)
	}
	return nil
}

func newTransport(t *testing.T, change ...func(*http.Transport)) http.RoundTripper {
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 6}
	for _, c := range change {
		c(transport)
	}
	wired := Wire(transport, stream.Now)
	t.Cleanup(wired.(*http.Transport).CloseIdleConnections)
	return wired
}

func newClient(change ...func(*Options)) *Client {
	o := Options{Framing: SSE, Terminal: "[DONE]", Total: far, FirstToken: far, Idle: far, MaxFrame: 16 << 20}
	for kind, path := range []string{"choices.0.delta.content", "choices.0.delta.reasoning", "choices.0.delta.tool_calls"} {
		_ = o.Paths.Add(path, stream.Kind(kind), 0)
	}
	for i, path := range []string{"model", "choices.0.finish_reason", "usage"} {
		_ = o.Paths.Add(path, stream.Value, i)
		o.Values = append(o.Values, path)
	}
	for _, c := range change {
		c(&o)
	}
	return &Client{Options: o, Clock: stream.Now, Live: &Live{}}
}

func post(url string) *Request {
	return &Request{Method: http.MethodPost, URL: url, Body: "{}", Header: http.Header{}}
}

// do fails the test on a misuse and on an exchange that takes too long.
func do(t *testing.T, c *Client, transport http.RoundTripper, q *Request) *Finished {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	done, err := c.Do(ctx, transport, q)
	if err != nil {
		t.Fatal(err)
	}
	if n := c.Live.InFlight.Load(); n != 0 {
		t.Fatalf("%d in flight after the end", n)
	}
	return done
}

func expect(t *testing.T, done *Finished, ended Ended, frames int) {
	t.Helper()
	if done.Ended != ended || done.Frames != frames {
		t.Fatalf("ended %s (%s) with %d frames, want %s with %d", done.Ended, done.Error, done.Frames, ended, frames)
	}
	if (done.Error == "") != (ended == EOF) {
		t.Fatalf("ended %s with error %q", ended, done.Error)
	}
	if done.Trail == nil || done.End == 0 {
		t.Fatal("no trail or no end")
	}
}

func recording(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile("../testdata/" + name + ".http")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
