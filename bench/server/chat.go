package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"
)

// pace says when tokens are due.
type pace struct {
	ttft, token time.Duration
	jitter      float64
	tokens      int
}

// vary stretches or shrinks d by up to the jitter.
func (p pace) vary(d time.Duration) time.Duration {
	if d == 0 || p.jitter == 0 {
		return d
	}
	return time.Duration(float64(d) * (1 + p.jitter*(2*rand.Float64()-1)))
}

// chatRequest is what the server reads of a request. The fields with _ms override the flags.
type chatRequest struct {
	Stream        bool `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	MaxTokens           int      `json:"max_tokens"`
	MaxCompletionTokens int      `json:"max_completion_tokens"`
	TTFT                *float64 `json:"ttft_ms"`
	Token               *float64 `json:"token_ms"`
}

func (s *server) chat(conn net.Conn, id string, body []byte, received time.Time) error {
	var request chatRequest
	if err := json.Unmarshal(body, &request); err != nil {
		return writeJSON(conn, "400 Bad Request", []byte(`{"error":{"message":"bad JSON","type":"invalid_request_error"}}`))
	}
	pace := s.paceOf(request)
	if !request.Stream {
		return s.whole(conn, pace, received)
	}
	// Headers and the role frame at once, long before the first token: no client may take them for it.
	if _, err := conn.Write([]byte(streamHead + prelude)); err != nil {
		return err
	}
	var at []time.Duration
	if s.truth != nil {
		at = make([]time.Duration, 0, pace.tokens)
	}
	// Times are due from the start, not from the last token: lateness does not add up.
	due := received.Add(pace.vary(pace.ttft))
	for i := range pace.tokens {
		time.Sleep(time.Until(due))
		if s.truth != nil {
			at = append(at, time.Since(received))
		}
		if _, err := conn.Write(tokens[i%len(tokens)]); err != nil {
			return err
		}
		due = due.Add(pace.vary(pace.token))
	}
	// Before the last bytes: who has seen the end of an answer finds it counted.
	s.count.requests.Add(1)
	s.count.tokens.Add(int64(pace.tokens))
	s.truth.add(id, received, at)
	tail := finish
	if request.StreamOptions.IncludeUsage {
		tail += chunk(usageEvent(pace.tokens))
	}
	_, err := conn.Write([]byte(tail + done))
	return err
}

func (s *server) paceOf(request chatRequest) pace {
	pace := s.pace
	if most := max(request.MaxTokens, request.MaxCompletionTokens); most > 0 {
		pace.tokens = min(pace.tokens, most)
	}
	if request.TTFT != nil {
		pace.ttft = time.Duration(*request.TTFT * float64(time.Millisecond))
	}
	if request.Token != nil {
		pace.token = time.Duration(*request.Token * float64(time.Millisecond))
	}
	return pace
}

// whole is the answer without streaming, after the time that all of its tokens take.
func (s *server) whole(conn net.Conn, pace pace, received time.Time) error {
	time.Sleep(time.Until(received.Add(pace.ttft + time.Duration(pace.tokens-1)*pace.token)))
	var text strings.Builder
	for i := range pace.tokens {
		text.WriteString(words[i%len(words)])
	}
	s.count.requests.Add(1)
	s.count.tokens.Add(int64(pace.tokens))
	return writeJSON(conn, "200 OK", fmt.Appendf(nil, `{"id":"%s","object":"chat.completion","created":1767225600,"model":"%s",`+
		`"choices":[{"index":0,"message":{"role":"assistant","content":"%s"},"finish_reason":"stop"}],`+
		`"usage":{"prompt_tokens":16,"total_tokens":%d,"completion_tokens":%d}}`,
		answerID, model, text.String(), pace.tokens+16, pace.tokens))
}
