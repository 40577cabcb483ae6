package main

import (
	"fmt"
	"strings"
)

const (
	model        = "bench"
	modelsAnswer = `{"object":"list","data":[{"id":"` + model + `","object":"model","owned_by":"llmload"}]}`
	answerID     = "chatcmpl-7f3a1c9e5b2d48609c1e6a7b8d9f0e12"

	streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n" +
		"Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
)

// words are JSON strings without their quotes. Some hold escapes and bytes beyond ASCII, so that a client which looks for
// the next quote, or takes bytes for characters, is wrong here as it would be on a real server.
var words = []string{
	" the", " stream", " of", " tokens", " goes", " on", `,\n`, " and", ` \"so\"`, " it", " does", " naïve", " caf\u00e9",
	` \u00fcber`, " again", ".",
}

var (
	prelude = chunk(event(`{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}`))
	// tokens holds the chunk of each word, ready to be written.
	tokens = contentChunks()
	finish = chunk(event(`{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}`))
	done   = chunk("data: [DONE]\n\n") + "0\r\n\r\n"
)

func contentChunks() [][]byte {
	chunks := make([][]byte, len(words))
	for i, word := range words {
		chunks[i] = []byte(chunk(event(`{"index":0,"delta":{"content":"` + word + `"},"logprobs":null,"finish_reason":null}`)))
	}
	return chunks
}

// event is one frame as vLLM sends it; a token's is about 220 bytes.
func event(choices string) string {
	return `data: {"id":"` + answerID + `","object":"chat.completion.chunk","created":1767225600,"model":"` + model +
		`","choices":[` + choices + "]}\n\n"
}

func usageEvent(tokens int) string {
	return strings.Replace(event(""), "]}\n\n", fmt.Sprintf(
		`],"usage":{"prompt_tokens":16,"total_tokens":%d,"completion_tokens":%d}}`+"\n\n", tokens+16, tokens), 1)
}

// chunk wraps bytes for chunked transfer encoding.
func chunk(payload string) string {
	return fmt.Sprintf("%x\r\n%s\r\n", len(payload), payload)
}
