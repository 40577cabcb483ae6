package module

import (
	"net/http"

	"github.com/llmload/llmload/extension/exchange"
	"github.com/llmload/llmload/extension/stream"
	"go.k6.io/k6/lib"
)

// transport is the VU's own transport, over connections that can be watched; it lives as long as the VU.
type transport struct {
	of        http.RoundTripper
	wired     http.RoundTripper
	iteration int64
}

func (t *transport) get(state *lib.State) http.RoundTripper {
	if t.of != state.Transport {
		t.of, t.wired = state.Transport, exchange.Wire(state.Transport, stream.Now)
	}
	// k6 closes only the connections of the transport that it knows.
	if pool, is := t.wired.(*http.Transport); is && state.Options.NoVUConnectionReuse.Bool && t.iteration != state.Iteration {
		pool.CloseIdleConnections()
	}
	t.iteration = state.Iteration
	return t.wired
}
