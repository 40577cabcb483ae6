package module

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"time"

	"github.com/grafana/sobek"
	"github.com/llmload/llmload/extension/exchange"
	"github.com/llmload/llmload/extension/stream"
	"go.k6.io/k6/js/common"
	"go.k6.io/k6/metrics"
)

var errInitSend = common.NewInitContextError("send() in the init context is not supported")

// newClient is the constructor Client.
func (i *instance) newClient(call sobek.ConstructorCall) *sobek.Object {
	f := fields{i, "Client", call.Argument(0)}
	client := &exchange.Client{Options: i.clientOptions(f), Clock: stream.Now, Live: &i.root.live}
	fixed := &exchange.Request{Header: http.Header{}}
	i.headers(f, fixed)
	send := func(call sobek.FunctionCall) sobek.Value { return i.send(client, fixed, call.Argument(0)) }
	return must(i, call.This, call.This.Set("send", send))
}

func (i *instance) clientOptions(f fields) exchange.Options {
	o := exchange.Options{
		Framing:    exchange.Framing(f.text("framing", "")),
		Terminal:   f.text("terminal", ""),
		Total:      f.duration("timeout"),
		FirstToken: f.duration("firstTokenTimeout"),
		Idle:       f.duration("idleTimeout"),
		MaxFrame:   int(min(f.number("maxFrame"), math.MaxInt32)),
	}
	if o.Framing != exchange.SSE && o.Framing != exchange.NDJSON && o.Framing != exchange.Body {
		f.fail("framing", "sse, ndjson or body")
	}
	if o.MaxFrame < 1 {
		f.fail("maxFrame", "a number of bytes above 0")
	}
	add := func(path string, kind stream.Kind, index int) {
		if err := o.Paths.Add(path, kind, index); err != nil {
			i.throw(fmt.Errorf("Client: %w", err))
		}
	}
	for kind, name := range []string{"content", "reasoning", "toolCall"} {
		for _, path := range f.texts(name) {
			add(path, stream.Kind(kind), 0)
		}
	}
	f.record("keepHeaders", func(as, name string) {
		o.KeepHeaders = append(o.KeepHeaders, exchange.KeptHeader{As: as, Name: http.CanonicalHeaderKey(name)})
	})
	f.record("values", func(name, path string) {
		add(path, stream.Value, len(o.Values))
		o.Values = append(o.Values, name)
	})
	return o
}

// duration reads a limit in ms; Infinity is none.
func (f fields) duration(name string) time.Duration {
	ms := f.number(name)
	if ms <= 0 {
		f.fail(name, "a number of ms above 0")
	}
	if ms > 1e12 {
		return 0
	}
	return time.Duration(ms * float64(time.Millisecond))
}

// characters reads how much of a text is wanted: all of it, or so many characters.
func (f fields) characters(name string) int {
	if n, is := asNumber(f.value(name)); is && n < exchange.AllText {
		return int(n)
	}
	if f.flag(name) {
		return exchange.AllText
	}
	return 0
}

func (i *instance) send(client *exchange.Client, fixed *exchange.Request, v sobek.Value) sobek.Value {
	state := i.vu.State()
	if state == nil {
		i.throw(errInitSend)
	}
	i.opened() // the file begins with the first exchange
	f := fields{i, "send", v}
	q := i.request(f, fixed, state.Options.UserAgent.String)
	tags := state.Tags.GetCurrentValues()
	if err := common.ApplyCustomUserTags(i.vu.Runtime(), &tags, f.value("tags")); err != nil {
		i.throw(fmt.Errorf("send: %w", err))
	}
	ctx := i.vu.Context()
	if state.RPSLimit != nil { // the user's --rps holds for us too; waiting is no part of the exchange
		_ = state.RPSLimit.Wait(ctx)
	}
	i.cut = false
	done, err := client.Do(ctx, i.http.get(state), q)
	if err != nil {
		i.throw(fmt.Errorf("send: %w", err))
	}
	if ctx.Err() != nil { // the VU was stopped: k6 is about to interrupt its JavaScript, and nobody will record this request
		i.cut = true
		i.root.cut.Add(1)
		i.vu.Runtime().Interrupt(ctx.Err()) // at once, so that none slips through by chance
	}
	metrics.PushIfNotDone(ctx, state.Samples, done.Samples(state, tags))
	return i.exchangeObject(client, done.Result)
}

func (i *instance) request(f fields, fixed *exchange.Request, userAgent string) *exchange.Request {
	q := &exchange.Request{
		URL:        f.text("url", ""),
		Body:       f.text("body", ""),
		Host:       fixed.Host,
		Header:     make(http.Header, len(fixed.Header)+6), // ours, and those the exchange adds
		KeepText:   f.characters("keepText"),
		KeepFrames: f.flag("keepFrames"),
	}
	q.Method = http.MethodGet
	if !absent(f.value("body")) {
		q.Method = http.MethodPost
	}
	q.Method = f.text("method", q.Method)
	if !absent(f.value("cancelAfter")) {
		q.CancelAfter = f.duration("cancelAfter")
	}
	q.Header["User-Agent"] = []string{userAgent}
	maps.Copy(q.Header, fixed.Header) // nobody changes the values
	i.headers(f, q)
	return q
}

func (i *instance) headers(f fields, q *exchange.Request) {
	f.record("headers", func(name, value string) {
		if name = http.CanonicalHeaderKey(name); name == "Host" {
			q.Host = value
		} else if name != "Content-Length" { // known better by the transport
			q.Header[name] = []string{value}
		}
	})
}
