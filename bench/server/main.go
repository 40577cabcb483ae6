// The bench's server: OpenAI chat completions as fast and as exactly timed as loopback allows, one write a token.
//
// It speaks HTTP/1.1 over plain sockets instead of net/http: every byte of an answer is formatted before the load
// begins, so a token costs one system call, and a time in /truth is taken right before the one write it describes.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

func main() {
	var pace pace
	addr := flag.String("addr", "127.0.0.1:0", "address to listen on; port 0 picks a free one")
	flag.DurationVar(&pace.ttft, "ttft", 0, "from the request's first byte to the first token; 0: at once")
	flag.DurationVar(&pace.token, "token", 0, "time between two tokens; 0: as fast as they go")
	flag.Float64Var(&pace.jitter, "jitter", 0, "share by which each of these times varies, uniformly to both sides: 0.1 is ±10 %")
	flag.IntVar(&pace.tokens, "tokens", 100, "tokens of an answer, also its upper limit for max_tokens")
	keepTruth := flag.Bool("truth", false, "keep the true times of every request for GET /truth")
	flag.Parse()

	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	s := &server{pace: pace, started: time.Now()}
	if *keepTruth {
		s.truth = &truth{}
	}
	fmt.Println("listening on", listener.Addr())
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go s.serve(conn)
	}
}

type server struct {
	pace    pace
	truth   *truth
	started time.Time
	count   counters
}

// serve answers one connection's requests, one after the other, until the client leaves.
func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for {
		// Wait for the first byte apart from parsing, so that the request's time starts when it is there.
		if _, err := reader.Peek(1); err != nil {
			return
		}
		received := time.Now()
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		if err := s.route(conn, request, body, received); err != nil {
			s.count.cut.Add(1) // the client left in the middle of an answer
			return
		}
	}
}

func (s *server) route(conn net.Conn, request *http.Request, body []byte, received time.Time) error {
	switch request.Method + " " + request.URL.Path {
	case "POST /v1/chat/completions":
		return s.chat(conn, request.Header.Get("X-Request-Id"), body, received)
	case "GET /v1/models":
		return writeJSON(conn, "200 OK", []byte(modelsAnswer))
	case "GET /health":
		return writeJSON(conn, "200 OK", []byte(`{"status":"ok"}`))
	case "GET /count":
		return writeJSON(conn, "200 OK", s.count.json(time.Since(s.started)))
	case "GET /truth":
		return writeJSON(conn, "200 OK", s.truth.json())
	default:
		return writeJSON(conn, "404 Not Found", []byte(`{"error":{"message":"no such path","type":"not_found_error"}}`))
	}
}

func writeJSON(conn net.Conn, status string, body []byte) error {
	head := fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", status, len(body))
	_, err := conn.Write(append([]byte(head), body...))
	return err
}
