// k6 as a streaming client is usually built: the extension reads lines and calls a JavaScript function for each frame,
// which parses it and adds the samples. The bench compares this with frames timed and decoded in Go.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/grafana/sobek"
	"go.k6.io/k6/cmd"
	"go.k6.io/k6/js/modules"
)

func main() {
	modules.Register("k6/x/callback", root{})
	cmd.Execute()
}

type root struct{}

func (root) NewModuleInstance(vu modules.VU) modules.Instance { return &instance{vu} }

type instance struct{ vu modules.VU }

func (i *instance) Exports() modules.Exports {
	return modules.Exports{Named: map[string]any{"post": i.post}}
}

// post sends body and calls onFrame(payload, at) for each `data:` line, at in ms since the request was sent. It runs on the
// VU's own goroutine, without the event loop between a frame and its callback: the cheapest way to call JavaScript.
func (i *instance) post(url, body string, onFrame sobek.Callable) (status int, err error) {
	state := i.vu.State()
	if state == nil {
		return 0, errors.New("post needs VU code")
	}
	request, err := http.NewRequestWithContext(i.vu.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	sent := time.Now()
	response, err := state.Transport.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()

	runtime := i.vu.Runtime()
	lines := bufio.NewReaderSize(response.Body, 64<<10)
	for {
		line, err := lines.ReadSlice('\n')
		at := time.Since(sent)
		if err == io.EOF {
			return response.StatusCode, nil
		}
		if err != nil {
			return response.StatusCode, fmt.Errorf("read: %w", err)
		}
		payload, isData := bytes.CutPrefix(line, []byte("data: "))
		if !isData {
			continue
		}
		text := runtime.ToValue(string(bytes.TrimSpace(payload)))
		if _, err := onFrame(sobek.Undefined(), text, runtime.ToValue(float64(at)/float64(time.Millisecond))); err != nil {
			return response.StatusCode, err
		}
	}
}
