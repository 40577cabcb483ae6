// A lean Go client: net/http and nothing around it. Streams chat completions in a closed loop, stamps every frame, decodes
// the content in it, and prints one line of JSON in the end.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

var (
	url       = flag.String("url", "", "base URL, such as http://127.0.0.1:8000")
	streams   = flag.Int("streams", 64, "requests in flight")
	maxTokens = flag.Int("tokens", 100, "max_tokens of a request")
	duration  = flag.Duration("duration", 10*time.Second, "no request starts after this")
	records   = flag.String("records", "", "file for a JSON line a request, with the times of its tokens")
	decode    = flag.String("decode", "std", "std: encoding/json into a struct of what is needed; walk: a decoder written for this one path")
)

// tally is what one stream measured; goroutines share nothing while the load runs.
type tally struct {
	requests, tokens, chars, failed int
	answers                         []answer
}

// answer is what was measured of one request.
type answer struct {
	id   string
	ttft time.Duration
	gaps []time.Duration
}

// contentLength returns the bytes of a frame's content; 0: it has none.
var contentLength = decodeContent

func main() {
	flag.Parse()
	if *decode == "walk" {
		contentLength = walkContent
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = *streams
	transport.DisableCompression = true
	client := &http.Client{Transport: transport}
	body := fmt.Appendf(nil, `{"model":"bench","stream":true,"stream_options":{"include_usage":true},"max_tokens":%d,`+
		`"messages":[{"role":"user","content":"Say something."}]}`, *maxTokens)

	tallies := make([]tally, *streams)
	var running sync.WaitGroup
	start := time.Now()
	for i := range tallies {
		running.Go(func() {
			lines := bufio.NewReaderSize(nil, 64<<10)
			for time.Since(start) < *duration {
				id := fmt.Sprintf("%d-%d", i, tallies[i].requests+tallies[i].failed)
				if err := tallies[i].stream(client, lines, body, id); err != nil {
					tallies[i].failed++
					fmt.Fprintln(os.Stderr, err)
				}
			}
		})
	}
	running.Wait()
	report(tallies, time.Since(start))
	if *records != "" {
		if err := writeRecords(*records, tallies); err != nil {
			log.Fatal(err)
		}
	}
}

// stream sends one request and measures its answer.
func (t *tally) stream(client *http.Client, lines *bufio.Reader, body []byte, id string) error {
	request, err := http.NewRequest(http.MethodPost, *url+"/v1/chat/completions", bytes.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("X-Request-Id", id)
	measured := answer{id: id, gaps: make([]time.Duration, 0, *maxTokens)}
	sent := time.Now()
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("HTTP status %d", response.StatusCode)
	}
	lines.Reset(response.Body)
	var last time.Time
	for {
		line, err := lines.ReadSlice('\n')
		at := time.Now()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		payload, isData := bytes.CutPrefix(line, []byte("data: "))
		if !isData {
			continue
		}
		payload = bytes.TrimSpace(payload)
		if string(payload) == "[DONE]" {
			continue
		}
		content, err := contentLength(payload)
		if err != nil {
			return err
		}
		if content == 0 {
			continue
		}
		if last.IsZero() {
			measured.ttft = at.Sub(sent)
		} else {
			measured.gaps = append(measured.gaps, at.Sub(last))
		}
		last = at
		t.tokens++
		t.chars += content
	}
	t.requests++
	t.answers = append(t.answers, measured)
	return nil
}

func report(tallies []tally, took time.Duration) {
	var all tally
	var ttft, gaps []time.Duration
	for _, t := range tallies {
		all.requests += t.requests
		all.failed += t.failed
		all.tokens += t.tokens
		all.chars += t.chars
		for _, a := range t.answers {
			ttft = append(ttft, a.ttft)
			gaps = append(gaps, a.gaps...)
		}
	}
	line, err := json.Marshal(map[string]any{
		"requests": all.requests, "failed": all.failed, "tokens": all.tokens, "chars": all.chars, "seconds": took.Seconds(),
		"ttft_p50_ms": p50(ttft), "itl_p50_ms": p50(gaps),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}

// writeRecords writes the columns that bench/truth.mjs reads of llmload's own records.
func writeRecords(path string, tallies []tally) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	encoder := json.NewEncoder(out)
	for _, t := range tallies {
		for i, a := range t.answers {
			gaps := make([]float64, len(a.gaps))
			for j, gap := range a.gaps {
				gaps[j] = milliseconds(gap)
			}
			// The first two answers of a stream are its warm-up.
			line := map[string]any{"id": a.id, "outcome": "ok", "warm": i < 2, "ttft": milliseconds(a.ttft), "gaps": gaps, "out": len(gaps) + 1}
			if err := encoder.Encode(line); err != nil {
				return err
			}
		}
	}
	return errors.Join(out.Flush(), file.Close())
}

func p50(times []time.Duration) float64 {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return milliseconds(times[len(times)/2])
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
