package module

import (
	"strconv"
	"strings"

	"github.com/grafana/sobek"
	"github.com/llmload/llmload/extension/exchange"
	"github.com/llmload/llmload/extension/stream"
)

// exchangeObject is the Exchange that JavaScript gets; all of it is copied, the client's buffers are used again.
func (i *instance) exchangeObject(client *exchange.Client, r *exchange.Result) sobek.Value {
	rt := i.vu.Runtime()
	o := rt.NewObject()
	set := func(name string, value any) { _ = o.Set(name, value) } // a plain object takes anything
	offset := func(name string, at stream.Stamp) {
		if at != 0 {
			set(name, at.Ms(r.Started))
		}
	}
	set("ended", string(r.Ended))
	if r.Error != "" {
		set("error", r.Error)
	}
	set("status", r.Status)
	if r.Framing == exchange.Body || r.Log != nil {
		headers := rt.NewObject()
		for name, values := range r.Header {
			_ = headers.Set(strings.ToLower(name), strings.Join(values, ", "))
		}
		set("headers", headers)
	}
	var kept *sobek.Object // made only where one came
	for _, header := range client.Options.KeepHeaders {
		if values := r.Header[header.Name]; len(values) > 0 {
			if kept == nil {
				kept = rt.NewObject()
				set("kept", kept)
			}
			_ = kept.Set(header.As, strings.Join(values, ", "))
		}
	}
	set("startedAt", r.Started.Epoch())
	set("connectMs", float64(r.Connect)/1e6)
	set("cold", r.Cold)
	set("resent", r.Resent)
	offset("headersMs", r.Headers)
	offset("endMs", r.End)
	set("framing", string(r.Framing))
	set("events", r.Events)
	set("frames", r.Frames)
	offset("ttft", r.First)
	offset("ttfo", r.FirstOutput)
	offset("e2e", r.Last)
	set("gaps", i.float64Array(r.Gaps))
	set("terminal", r.Terminal)
	set("garbage", r.Garbage)
	values := rt.NewObject()
	for index, name := range client.Options.Values {
		if raw := r.Values[index]; len(raw) > 0 {
			_ = values.Set(name, scalar(raw))
		}
	}
	set("values", values)
	if r.Framing == exchange.Body && r.Status != 0 {
		set("body", string(r.Body))
	}
	if r.Text != nil {
		set("text", string(r.Text))
	}
	if r.Log != nil {
		set("log", i.log(r))
		set("protocol", r.Protocol)
		set("bytes", r.Bytes)
	}
	return o
}

func (i *instance) log(r *exchange.Result) *sobek.Object {
	rt := i.vu.Runtime()
	entries := make([]any, len(r.Log))
	for n, frame := range r.Log {
		entry := rt.NewObject()
		_ = entry.Set("at", frame.At.Ms(r.Started))
		_ = entry.Set("kind", frame.Kind)
		_ = entry.Set("data", frame.Data)
		entries[n] = entry
	}
	return rt.NewArray(entries...)
}

// scalar decodes strings, numbers and booleans, which is cheaper here than in JavaScript; other JSON stays as it is.
func scalar(raw []byte) any {
	switch raw[0] {
	case '"':
		return string(stream.Unquote(raw))
	case 't', 'f':
		return raw[0] == 't'
	case '{', '[':
		return string(raw)
	}
	number, _ := strconv.ParseFloat(string(raw), 64)
	return number
}
