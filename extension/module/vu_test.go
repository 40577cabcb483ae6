package module

import (
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/sobek"
	"go.k6.io/k6/js/modulestest"
	"go.k6.io/k6/lib"
	"go.k6.io/k6/lib/netext"
	"go.k6.io/k6/lib/types"
	"go.k6.io/k6/metrics"
	"gopkg.in/guregu/null.v3"
)

// testVU runs JavaScript against the module as a VU does: first init, then iterations.
type testVU struct {
	*modulestest.Runtime
	t       *testing.T
	state   *lib.State
	samples chan metrics.SampleContainer
}

// newVU makes a VU of the process that root stands for; init runs in its init context.
func newVU(t *testing.T, root *Root, init string) *testVU {
	t.Helper()
	vu := &testVU{Runtime: modulestest.NewRuntime(t), t: t, samples: make(chan metrics.SampleContainer, 1000)}
	registry := vu.VU.InitEnvField.Registry
	for _, name := range []string{"llm_ttft", "llm_itl"} {
		registry.MustNewMetric(name, metrics.Trend, metrics.Time)
	}
	nobody := func(host string) ([]net.IP, error) {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	dialer := netext.NewDialer(net.Dialer{}, netext.NewResolver(nobody, 0, types.DNSfirst, types.DNSpreferIPv4))
	_, forbidden, _ := net.ParseCIDR("10.0.0.0/8")
	dialer.Blacklist = []*lib.IPNet{{IPNet: *forbidden}}
	vu.state = &lib.State{
		Options:        lib.Options{SystemTags: &metrics.DefaultSystemTagSet, UserAgent: null.StringFrom("k6-test")},
		Logger:         vu.VU.InitEnvField.Logger,
		Dialer:         dialer,
		Transport:      &http.Transport{DialContext: dialer.DialContext, DisableCompression: true, MaxIdleConnsPerHost: 6},
		BufferPool:     lib.NewBufferPool(),
		Samples:        vu.samples,
		BuiltinMetrics: vu.BuiltinMetrics,
		Tags:           lib.NewVUStateTags(registry.RootTagSet().With("scenario", "s").With("group", "")),
	}
	exports := vu.VU.RuntimeField.NewObject()
	for name, value := range root.NewModuleInstance(vu.VU).Exports().Named {
		if err := exports.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	_ = vu.VU.RuntimeField.Set("x", exports)
	vu.run(init)
	return vu
}

func (vu *testVU) start() *testVU {
	vu.MoveToVUContext(vu.state)
	return vu
}

func (vu *testVU) run(script string) sobek.Value {
	vu.t.Helper()
	v, err := vu.VU.RuntimeField.RunString(script)
	if err != nil {
		vu.t.Fatal(err)
	}
	return v
}

// want runs an expression and compares the JSON of its value.
func (vu *testVU) want(script, json string) {
	vu.t.Helper()
	if got := vu.run("JSON.stringify(" + script + ")").String(); got != json {
		vu.t.Errorf("%s is %s, want %s", script, got, json)
	}
}

// throws runs a script that must throw an error that says this.
func (vu *testVU) throws(script, message string) {
	vu.t.Helper()
	_, err := vu.VU.RuntimeField.RunString(script)
	if err == nil || !strings.Contains(err.Error(), message) {
		vu.t.Errorf("%s: %v, want %q", script, err, message)
	}
}

func (vu *testVU) emitted() []metrics.Sample {
	var all []metrics.Sample
	for _, container := range metrics.GetBufferedSamples(vu.samples) {
		all = append(all, container.GetSamples()...)
	}
	return all
}

const newClientJS = `const client = new x.Client({ framing: 'sse', content: ['choices.0.delta.content'], reasoning: ['choices.0.delta.reasoning'],
	toolCall: ['choices.0.delta.tool_calls'], values: { model: 'model', finish: 'choices.0.finish_reason', usage: 'usage', nothing: 'nothing' },
	terminal: '[DONE]', timeout: 5000, firstTokenTimeout: 5000, idleTimeout: 5000, maxFrame: 1e6 });`

// streaming answers like the server of a recording, whatever is asked, except for /status/N.
func streaming(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../testdata/litellm-chat-stream.http")
	if err != nil {
		t.Fatal(err)
	}
	_, chunked, _ := strings.Cut(string(raw), "\r\n\r\n")
	body, err := io.ReadAll(httputil.NewChunkedReader(strings.NewReader(chunked)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/500":
			w.Header().Set("X-Two", "a")
			w.Header().Add("X-Two", "b")
			w.Header().Set("X-One", "1")
			http.Error(w, `{"error":"é"}`, http.StatusInternalServerError)
			return
		case "/302":
			http.Redirect(w, r, "/", http.StatusFound)
			return
		case "/hang":
			conn, _, _ := w.(http.Hijacker).Hijack()
			_ = conn.Close()
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// hanging accepts requests and answers none before release is called.
func hanging(t *testing.T, asked chan struct{}) (url string, release func()) {
	t.Helper()
	released := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-released
	}))
	t.Cleanup(server.Close)
	return server.URL, func() { close(released) }
}

// echo tells what it was asked, headers sorted.
func echo(t *testing.T, seen chan string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		line := r.Method
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			line += " " + name + "=" + strings.Join(r.Header[name], ",")
		}
		body, _ := io.ReadAll(r.Body)
		seen <- line + " " + string(body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
