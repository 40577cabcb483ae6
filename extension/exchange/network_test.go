package exchange

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/llmload/llmload/extension/stream"
)

// always answers every request on every connection with the same bytes.
func always(answer string) func(int, net.Conn) {
	return func(_ int, c net.Conn) {
		defer c.Close()
		for r := bufio.NewReader(c); readRequest(r) != nil; {
			_, _ = c.Write([]byte(answer))
		}
	}
}

func TestKeepAliveIsReused(t *testing.T) {
	url, transport, c := serve(t, always(answer)), newTransport(t), newClient()
	for i := range 5 {
		done := do(t, c, transport, post(url))
		expect(t, done, EOF, 2)
		if done.Cold != (i == 0) || (done.Connect > 0) != done.Cold || done.Resent != 0 {
			t.Fatalf("request %d: cold %v, connect %v, resent %d", i, done.Cold, done.Connect, done.Resent)
		}
	}
	if c.Live.Started.Load() != 5 || c.Live.Frames.Load() != 10 {
		t.Fatal(c.Live.Started.Load(), c.Live.Frames.Load())
	}
}

// A server closes a kept-alive connection just when the next request arrives on it: the request goes out again.
func TestStaleConnection(t *testing.T) {
	for name, close := range map[string]func(net.Conn){
		"fin": func(c net.Conn) { _ = c.Close() },
		"rst": func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); _ = c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			url := serve(t, func(_ int, c net.Conn) {
				r := bufio.NewReader(c)
				if readRequest(r) != nil {
					_, _ = c.Write([]byte(answer))
				}
				readRequest(r)
				close(c)
			})
			transport, c := newTransport(t), newClient()
			expect(t, do(t, c, transport, post(url)), EOF, 2)
			for range 3 {
				done := do(t, c, transport, post(url))
				expect(t, done, EOF, 2)
				if done.Resent != 1 || done.Cold || done.Connect != 0 {
					t.Fatalf("resent %d, cold %v, connect %v", done.Resent, done.Cold, done.Connect)
				}
				// Times count from the first attempt.
				if !done.Trail.ConnReused || done.Trail.Blocked < 0 || done.Trail.Connecting != 0 ||
					done.Trail.Sending <= 0 || done.Trail.Duration < done.Trail.Sending+done.Trail.Waiting {
					t.Fatalf("%+v", done.Trail)
				}
			}
		})
	}
}

// llama.cpp closes after each streamed answer although it says Keep-Alive.
func TestAServerThatClosesAfterEachAnswer(t *testing.T) {
	url := serve(t, func(_ int, c net.Conn) {
		if readRequest(bufio.NewReader(c)) != nil {
			_, _ = c.Write([]byte(answer))
		}
		_ = c.Close()
	})
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			transport, c := newTransport(t), newClient()
			for range 50 {
				done, err := c.Do(context.Background(), transport, post(url))
				if err != nil || done.Ended != EOF || done.Frames != 2 {
					t.Errorf("%v %s %s", err, done.Ended, done.Error)
				}
			}
		})
	}
	all.Wait()
}

func TestAFreshConnectionIsNotTriedAgain(t *testing.T) {
	connections := make(chan int, 10)
	url := serve(t, func(n int, c net.Conn) {
		connections <- n
		readRequest(bufio.NewReader(c))
		_ = c.Close()
	})
	done := do(t, newClient(), newTransport(t), post(url))
	expect(t, done, Connection, 0)
	if done.Status != 0 || done.Resent != 0 || len(connections) != 1 {
		t.Fatal(done.Status, done.Resent, len(connections))
	}
}

func TestRefused(t *testing.T) {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	_ = l.Close()
	done := do(t, newClient(), newTransport(t), post("http://"+l.Addr().String()))
	expect(t, done, Connect, 0)
	if done.Started == 0 || done.Sent != 0 || done.Status != 0 || done.Cold {
		t.Fatalf("%+v", done.Result)
	}
	if code, text := k6Error(done.Err); code != 1212 || text != "dial: connection refused" {
		t.Fatal(code, text)
	}
}

func TestBrokenBodies(t *testing.T) {
	piece := chunk(token("b"))
	reset := func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }
	for name, c := range map[string]struct {
		send   string
		finish func(net.Conn)
		error  string
	}{
		"cut between chunks":  {streamHead + chunk(token("a")), nil, "unexpected EOF"},
		"cut inside a chunk":  {streamHead + chunk(token("a")) + piece[:len(piece)/2], nil, "unexpected EOF"},
		"cut inside a size":   {streamHead + chunk(token("a")) + "4", nil, "unexpected EOF"},
		"no chunked framing":  {streamHead + chunk(token("a")) + "oops\r\n", nil, "invalid byte in chunk length"},
		"reset":               {streamHead + chunk(token("a")), reset, "connection reset by peer"},
		"short of its length": {"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + token("a"), nil, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			read := make(chan struct{})
			url := serve(t, func(_ int, conn net.Conn) {
				readRequest(bufio.NewReader(conn))
				_, _ = conn.Write([]byte(c.send))
				<-read // so that a reset does not overtake the data
				if c.finish != nil {
					c.finish(conn)
				}
				_ = conn.Close()
			})
			client := newClient()
			go func() {
				for client.Live.Frames.Load() == 0 && !t.Failed() {
					runtime.Gosched()
				}
				close(read)
			}()
			done := do(t, client, newTransport(t), post(url))
			expect(t, done, Connection, 1)
			if !strings.Contains(done.Error, c.error) || done.Status != 200 {
				t.Fatalf("%d %q", done.Status, done.Error)
			}
		})
	}
}

func TestLargeFrames(t *testing.T) {
	text := strings.Repeat("x", 10<<20)
	url := serve(t, always(streamHead+chunk(token(text))+chunk(doneSSE)+end))
	q := post(url)
	q.KeepText = AllText
	done := do(t, newClient(), newTransport(t), q)
	expect(t, done, EOF, 1)
	if string(done.Text) != text {
		t.Fatalf("%d bytes of text", len(done.Text))
	}
	expect(t, do(t, newClient(func(o *Options) { o.MaxFrame = 1 << 20 }), newTransport(t), post(url)), FrameTooLarge, 0)

	url = serve(t, always("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n"+strings.Repeat(" ", 2000)))
	expect(t, do(t, newClient(func(o *Options) { o.MaxFrame = 2000 }), newTransport(t), post(url)), EOF, 0)
	expect(t, do(t, newClient(func(o *Options) { o.MaxFrame = 1999 }), newTransport(t), post(url)), FrameTooLarge, 0)
}

func TestTheBeginningOfAText(t *testing.T) {
	url := serve(t, always(streamHead+chunk(token("[ca")+token("fé] …")+token("and on"))+chunk(doneSSE)+end))
	for want, n := range map[string]int{"": 0, "[": 1, "[ca": 3, "[café": 5, "[café] …": 8, "[café] …and": 11, "[café] …and on": AllText} {
		q := post(url)
		q.KeepText = n
		done := do(t, newClient(), newTransport(t), q)
		expect(t, done, EOF, 3)
		if string(done.Text) != want {
			t.Errorf("%d characters: %q, want %q", n, done.Text, want)
		}
	}
}

func TestWhatGoesOverTheWire(t *testing.T) {
	heads := make(chan string, 1)
	url := serve(t, func(_ int, c net.Conn) {
		r, head := bufio.NewReader(c), ""
		for {
			line, err := r.ReadString('\n')
			if err != nil || line == "\r\n" {
				break
			}
			head += line
		}
		heads <- head
		_, _ = c.Write([]byte(answer))
	})
	q := post(strings.Replace(url, "http://", "http://user:secret@", 1) + "/v1/x")
	q.Host = "model.example"
	expect(t, do(t, newClient(), newTransport(t), q), EOF, 2)
	head := strings.ToLower(<-heads)
	for _, want := range []string{"post /v1/x http/1.1\r\n", "host: model.example\r\n", "accept-encoding: identity\r\n", "content-length: 2\r\n", "authorization: basic dxnlcjpzzwnyzxq=\r\n"} {
		if !strings.Contains(head, want) {
			t.Errorf("%q lacks %q", head, want)
		}
	}
	if strings.Contains(head, "idempotency") {
		t.Errorf("%q", head)
	}
}

func TestCompressedAnswersAreRefused(t *testing.T) {
	head := strings.Replace(streamHead, "\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n", 1)
	done := do(t, newClient(), newTransport(t), post(serve(t, always(head+chunk(token("a"))+end))))
	expect(t, done, Encoding, 0)
	if done.Status != 200 || !strings.Contains(done.Error, "gzip") {
		t.Fatal(done.Status, done.Error)
	}
	head = strings.Replace(head, "gzip", "Identity", 1)
	expect(t, do(t, newClient(), newTransport(t), post(serve(t, always(head+chunk(token("a"))+end)))), EOF, 1)
}

func TestTLSAndHTTP2(t *testing.T) {
	for _, two := range []bool{false, true} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for _, data := range []string{token("a"), token("b"), finish, doneSSE} {
				_, _ = w.Write([]byte(data))
				w.(http.Flusher).Flush()
			}
		}))
		server.EnableHTTP2 = two
		server.StartTLS()
		transport := Wire(server.Client().Transport, stream.Now)
		c, want := newClient(), "HTTP/1.1"
		if two {
			want = "HTTP/2.0"
		}
		for i := range 3 {
			done := do(t, c, transport, post(server.URL))
			expect(t, done, EOF, 2)
			if done.Protocol != want || done.Cold != (i == 0) || done.Response.TLS == nil {
				t.Errorf("%s cold %v", done.Protocol, done.Cold)
			}
		}
		done := do(t, c, newTransport(t), post(server.URL)) // does not trust the certificate
		expect(t, done, Connect, 0)
		if code, text := k6Error(done.Err); code != 1310 || text != "x509: unknown authority" {
			t.Error(code, text, done.Err)
		}
		server.Close()
	}
}

func TestRealRecordings(t *testing.T) {
	for name, want := range map[string]struct {
		ended  Ended
		frames int
		set    func(*Options)
	}{
		"llamacpp-chat-stream":  {EOF, 16, nil},
		"litellm-chat-stream":   {EOF, 16, nil},
		"ollama-v1-chat-stream": {EOF, 4, nil},
		"ollama-chat-warm": {EOF, 8, func(o *Options) {
			o.Framing, o.Paths = NDJSON, stream.Paths{}
			_ = o.Paths.Add("message.content", stream.Content, 0)
		}},
		"litellm-upstream-dies": {EOF, 3, nil},
		"llamacpp-mid-ping1s":   {EOF, 12, nil},
		"toxi-limit3000":        {Connection, 10, nil},
	} {
		t.Run(name, func(t *testing.T) {
			url := serve(t, func(_ int, c net.Conn) {
				readRequest(bufio.NewReader(c))
				_, _ = c.Write(recording(t, name))
				_ = c.Close()
			})
			c := newClient()
			if want.set != nil {
				want.set(&c.Options)
			}
			expect(t, do(t, c, newTransport(t), post(url)), want.ended, want.frames)
		})
	}
}

// Go's chunked reader holds back frames that came together with a part of the next chunk; ours are stamped all the same.
func TestFramesBeforeHalfAChunkAreNotHeldBack(t *testing.T) {
	next, seen := chunk(token("c")), make(chan struct{})
	url := serve(t, func(_ int, c net.Conn) {
		readRequest(bufio.NewReader(c))
		_, _ = c.Write([]byte(streamHead + chunk(token("a")) + chunk(token("b")) + next[:len(next)/2]))
		<-seen // both frames are counted while half a chunk is out
		_, _ = c.Write([]byte(next[len(next)/2:] + end))
	})
	c := newClient()
	var before stream.Stamp
	go func() {
		for c.Live.Frames.Load() < 2 && !t.Failed() {
			runtime.Gosched()
		}
		before = stream.Now()
		close(seen)
	}()
	done := do(t, c, newTransport(t), post(url))
	expect(t, done, EOF, 3)
	if done.First >= before || done.Last <= before || done.Gaps[0] != 0 {
		t.Fatal(done.First, before, done.Last, done.Gaps)
	}
}

// Zero bytes are no JSON; they are not lost either.
func TestZeroBytes(t *testing.T) {
	body := "data: a\x00\x00b\n\n" + token("a") + "data: \x00\n\n"
	q := post(serve(t, always(streamHead+chunk(body)+chunk(token("b"))+end)))
	q.KeepFrames = true
	done := do(t, newClient(), newTransport(t), q)
	expect(t, done, EOF, 2)
	if done.Garbage != 2 || done.Log[0].Data != "a\x00\x00b" {
		t.Fatalf("%q", done.Log)
	}
}

// However the bytes are sliced on their way, what comes out is the same.
func TestSlicedConnections(t *testing.T) {
	whole := recording(t, "llamacpp-chat-stream")
	for _, size := range []int{1, 3, 7, 64, 333} {
		url := serve(t, func(_ int, c net.Conn) {
			readRequest(bufio.NewReader(c))
			for rest := whole; len(rest) > 0; rest = rest[min(size, len(rest)):] {
				_, _ = c.Write(rest[:min(size, len(rest))])
				runtime.Gosched()
			}
			_ = c.Close()
		})
		done := do(t, newClient(), newTransport(t), post(url))
		expect(t, done, EOF, 16)
		if !done.Terminal || done.Garbage != 0 || len(done.Gaps) != 15 {
			t.Fatalf("slices of %d: %+v", size, done.Result)
		}
	}
}
