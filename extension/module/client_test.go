package module

import (
	"context"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"testing"

	k6http "go.k6.io/k6/js/modules/k6/http"
	"go.k6.io/k6/metrics"
)

func TestExchangeObject(t *testing.T) {
	url := streaming(t)
	vu := newVU(t, New(), newClientJS).start()
	vu.run(fmt.Sprintf(`const e = client.send({ url: %q, headers: {}, body: '{}', keepText: true, keepFrames: true })`, url))
	vu.want(`Object.keys(e)`, `["ended","status","headers","startedAt","connectMs","cold","resent","headersMs","endMs",`+
		`"framing","events","frames","ttft","ttfo","e2e","gaps","terminal","garbage","values","text","log","protocol","bytes"]`)
	vu.want(`[e.ended, e.status, e.protocol, e.headers['content-type'], e.cold, e.resent, e.framing, e.events, e.frames, e.terminal, e.garbage]`,
		`["eof",200,"HTTP/1.1","text/event-stream",true,0,"sse",20,16,true,0]`)
	vu.want(`[e.gaps instanceof Float64Array, e.gaps.length, e.log.length, e.text.length > 16, e.values.nothing]`, `[true,15,20,true,null]`)
	vu.want(`Object.keys(e.values)`, `["model","finish","usage"]`)
	vu.want(`[e.values.model, e.values.finish, JSON.parse(e.values.usage).completion_tokens]`, `["tiny","length",16]`)
	vu.want(`e.connectMs > 0 && e.headersMs >= 0 && e.ttft >= e.headersMs && e.e2e >= e.ttft && e.endMs >= e.e2e`, `true`)
	vu.want(`Math.abs(e.gaps.reduce((a, b) => a + b, 0) - (e.e2e - e.ttft)) < 1e-6`, `true`)
	vu.want(`Math.abs(e.startedAt - Date.now()) < 60000 && Math.abs(x.now() - Date.now()) < 60000`, `true`)
	vu.want(`e.log[19]`, vu.run(`JSON.stringify({ at: e.log[19].at, kind: 'terminal', data: '[DONE]' })`).String())

	vu.run(fmt.Sprintf(`const f = client.send({ url: %q, headers: {} })`, url+"/500"))
	vu.want(`[f.ended, f.status, f.framing, f.body, f.headers['x-two'], f.ttft, f.text, f.log, f.error]`,
		`["eof",500,"body","{\"error\":\"é\"}\n","a, b",null,null,null,null]`)
	vu.want(`client.send({ url: 'http://127.0.0.1:1/', headers: {} }).ended`, `"connect"`)
	vu.want(`e.gaps.length`, `15`) // not overwritten by later exchanges
}

func TestWhatIsKept(t *testing.T) {
	url := streaming(t)
	vu := newVU(t, New(), strings.Replace(newClientJS, "{ framing", "{ keepHeaders: { two: 'x-two', one: 'x-ONE', none: 'x-none' }, framing", 1)).start()
	ask := func(path, more string) string {
		return fmt.Sprintf(`client.send({ url: %q, headers: {}, %s })`, url+path, more)
	}
	vu.run(`const whole = ` + ask("", "keepText: true") + `.text`)
	vu.want(ask("", "keepText: 7")+`.text === whole.slice(0, 7)`, `true`)
	vu.want(`[whole.length > 16, `+ask("", "keepText: false")+`.text, `+ask("", "keepText: 0")+`.text, `+ask("", "")+`.text]`, `[true,null,null,null]`)
	vu.want(ask("/500", "")+`.kept`, `{"two":"a, b","one":"1"}`)
	vu.want(`'kept' in `+ask("", ""), `false`)
}

func TestMisuseThrows(t *testing.T) {
	vu := newVU(t, New(), newClientJS)
	vu.throws(`client.send({ url: 'http://x/', headers: {} })`, "init context")
	vu.start()
	for script, message := range map[string]string{
		`client.send()`:                                                   "send needs an object, not undefined",
		`client.send({ headers: {} })`:                                    "URL",
		`client.send({ url: 'localhost:80', headers: {} })`:               "URL",
		`client.send({ url: 12, headers: {} })`:                           "url must be a string, not 12",
		`client.send({ url: 'http://x/', headers: {}, body: {} })`:        "body must be a string",
		`client.send({ url: 'http://x/', headers: {}, method: 'A B' })`:   "invalid method",
		`client.send({ url: 'http://x/', headers: {}, cancelAfter: -1 })`: "cancelAfter must be a number of ms above 0, not -1",
		`client.send({ url: 'http://x/', headers: {}, tags: { a: {} } })`: "invalid value for metric tag",
		`new x.Client()`:                   "Client needs an object",
		`new x.Client({ framing: 'xml' })`: "must be",
		`new x.Client({ timeout: 1, firstTokenTimeout: 1, idleTimeout: 1, maxFrame: 1 })`:                                    `framing must be sse, ndjson or body, not undefined`,
		`new x.Client({ framing: 'sse', timeout: NaN })`:                                                                     "timeout must be a number",
		`new x.Client({ framing: 'sse', timeout: 0, firstTokenTimeout: 1, idleTimeout: 1, maxFrame: 1 })`:                    "above 0",
		`new x.Client({ framing: 'sse', timeout: 1, firstTokenTimeout: 1, idleTimeout: 1, maxFrame: 0 })`:                    "above 0",
		`new x.Client({ framing: 'sse', timeout: 1, firstTokenTimeout: 1, idleTimeout: 1, maxFrame: 1, content: ['a..b'] })`: `"a..b" is no JSON path`,
		`new x.Client({ framing: 'sse', timeout: 1, firstTokenTimeout: 1, idleTimeout: 1, maxFrame: 1, values: { a: '' } })`: "no JSON path",
		`x.Client({})`:                                   "",
		`x.record({}, {}, {})`:                           "open()",
		`x.columns()`:                                    "open()",
		`x.finish({})`:                                   "open()",
		`x.open({ columns: { a: 'date' } })`:             `column a: "date" is none of the types`,
		`x.open({ columns: {}, gapSample: 2 })`:          "gapSample",
		`x.open({ columns: {}, path: '/dev/null/x/y' })`: "cannot be written",
		`x.open(1)`:                                      "open needs an object, not 1",
	} {
		vu.throws(script, message)
	}
}

// samplesOf lists metric, tags and the kind of value of each http_req sample, in a fixed order.
func samplesOf(samples []metrics.Sample) []string {
	var out []string
	for _, s := range samples {
		value := "time"
		if s.Metric.Type != metrics.Trend {
			value = fmt.Sprint(s.Value)
		} else if s.Value == 0 {
			value = "none"
		}
		if s.Metric.Name == "http_req_connecting" || s.Metric.Name == "http_req_blocked" {
			value = "any" // one of the two has the connection open already
		}
		out = append(out, fmt.Sprint(s.Metric.Name, " ", s.Tags.Map(), " ", s.Metadata, " ", value))
	}
	sort.Strings(out)
	return out
}

func TestSamplesAreThoseOfStockK6(t *testing.T) {
	url := streaming(t)
	vu := newVU(t, New(), newClientJS)
	http := k6http.New().NewModuleInstance(vu.VU)
	_ = vu.VU.RuntimeField.Set("http", http.Exports().Default)
	vu.start()
	all := metrics.DefaultSystemTagSet | metrics.SystemTagSet(metrics.TagIP)
	vu.state.Options.SystemTags = &all
	for _, c := range []struct{ method, url, tags string }{
		{"POST", url, `{}`},
		{"POST", url, `{ name: 'chat', step: '1', n: 3 }`},
		{"GET", url + "/500", `{}`},
		{"GET", url + "/hang", `{}`},
		{"GET", url + "/302", `{}`},
		{"GET", strings.Replace(url, "http://", "http://user:pw@", 1) + "/500?x=1", `{}`},
		{"POST", "http://127.0.0.1:1/", `{}`},
		{"POST", "http://nowhere.invalid/", `{}`},
		{"POST", "http://10.1.2.3/", `{}`},
		{"POST", strings.Replace(url, "http://", "https://", 1), `{}`},
	} {
		body := "null"
		if c.method == "POST" {
			body = "'{}'"
		}
		vu.run(fmt.Sprintf(`http.request(%q, %q, %s, { tags: %s, redirects: 0 })`, c.method, c.url, body, c.tags))
		stock := samplesOf(vu.emitted())
		vu.run(fmt.Sprintf(`client.send({ method: %q, url: %q, headers: {}, body: %s, tags: %s })`, c.method, c.url, body, c.tags))
		ours := samplesOf(vu.emitted())
		if len(stock) != 9 || !reflect.DeepEqual(ours, stock) {
			t.Errorf("%s %s:\n%s\nwant\n%s", c.method, c.url, strings.Join(ours, "\n"), strings.Join(stock, "\n"))
		}
	}
}

func TestTimeoutSamplesAreThoseOfStockK6(t *testing.T) {
	asked := make(chan struct{}, 2)
	url, release := hanging(t, asked)
	defer release()
	vu := newVU(t, New(), strings.Replace(newClientJS, "timeout: 5000", "timeout: 50", 1))
	_ = vu.VU.RuntimeField.Set("http", k6http.New().NewModuleInstance(vu.VU).Exports().Default)
	vu.start()
	vu.run(fmt.Sprintf(`http.get(%q, { timeout: 50 })`, url))
	stock := samplesOf(vu.emitted())
	vu.run(fmt.Sprintf(`const e = client.send({ url: %q, headers: {} })`, url))
	vu.want(`[e.ended, e.status, e.error]`, `["timeout_total",0,"not done within 50ms"]`)
	if ours := samplesOf(vu.emitted()); !reflect.DeepEqual(ours, stock) {
		t.Errorf("%s\nwant\n%s", strings.Join(ours, "\n"), strings.Join(stock, "\n"))
	}
}

// When k6 stops the VU, its script goes no further and the request counts as cut.
func TestAStoppedVU(t *testing.T) {
	asked := make(chan struct{}, 1)
	url, release := hanging(t, asked)
	defer release()
	root := New()
	vu := newVU(t, root, newClientJS+`x.open({ columns: { ended: 'category' } })`).start()
	ctx, cancel := context.WithCancel(context.Background())
	vu.VU.CtxField = ctx
	go func() { <-asked; cancel() }()
	_, err := vu.VU.RuntimeField.RunString(fmt.Sprintf(`x.record(client.send({ url: %q, headers: {} }), {}, {})`, url))
	if err == nil || root.cut.Load() != 1 || root.store.Snapshot().N != 0 || len(vu.emitted()) != 0 {
		t.Error(err, root.cut.Load(), root.store.Snapshot().N)
	}
}

func TestRequestHeadersAndDefaults(t *testing.T) {
	seen := make(chan string, 1)
	url := echo(t, seen)
	vu := newVU(t, New(), newClientJS).start()
	for request, want := range map[string]string{
		`headers: {}`: "GET Accept-Encoding=identity User-Agent=k6-test",
		`headers: { 'user-agent': 'me', 'ACCEPT-ENCODING': 'br', Authorization: 'Bearer x', 'content-length': '99' }, body: 'abc'`: "POST Accept-Encoding=br Authorization=Bearer x Content-Length=3 User-Agent=me abc",
		`method: 'PUT', headers: { 'X-N': 3 }, body: ''`: "PUT Accept-Encoding=identity Content-Length=0 User-Agent=k6-test X-N=3",
	} {
		vu.run(fmt.Sprintf(`client.send({ url: %q, %s })`, url, request))
		if got := strings.TrimSpace(<-seen); got != want {
			t.Errorf("%s: %q, want %q", request, got, want)
		}
	}
}
