package module

import (
	"errors"

	"github.com/grafana/sobek"
	"github.com/llmload/llmload/extension/records"
)

var errRows = errors.New("gapQuantiles: rows must be an Int32Array and q an array of numbers")

// columns is the Columns object over a snapshot of the store.
func (i *instance) columns(sobek.FunctionCall) sobek.Value {
	store := i.opened()
	if store == nil {
		i.throw(errNotOpen)
	}
	shot := store.Snapshot()
	o := i.vu.Runtime().NewObject()
	set := func(name string, value any) { _ = o.Set(name, value) }
	set("n", shot.N)
	set("number", func(call sobek.FunctionCall) sobek.Value {
		numbers, err := shot.Numbers(call.Argument(0).String())
		return i.float64Array(must(i, numbers, err))
	})
	set("category", func(call sobek.FunctionCall) sobek.Value { return i.category(shot, call.Argument(0).String()) })
	set("text", func(call sobek.FunctionCall) sobek.Value {
		text, present, err := shot.Text(call.Argument(0).String(), int(call.Argument(1).ToInteger()))
		if must(i, present, err) {
			return i.vu.Runtime().ToValue(text)
		}
		return sobek.Undefined()
	})
	set("gapCount", i.float64Array(shot.Gaps(func(count, _, _ float64) float64 { return count })))
	set("gapSum", i.float64Array(shot.Gaps(func(_, sum, _ float64) float64 { return sum })))
	set("gapP99", i.float64Array(shot.Gaps(func(_, _, p99 float64) float64 { return p99 })))
	set("gapQuantiles", func(call sobek.FunctionCall) sobek.Value { return i.gapQuantiles(shot, call) })
	set("framesBetween", func(call sobek.FunctionCall) sobek.Value {
		n, err := shot.FramesBetween(int(call.Argument(0).ToInteger()), call.Argument(1).ToFloat(), call.Argument(2).ToFloat())
		return i.vu.Runtime().ToValue(must(i, n, err))
	})
	set("live", func(sobek.FunctionCall) sobek.Value { return i.live(shot.Live) })
	return o
}

func (i *instance) live(rows []records.Live) sobek.Value {
	o := i.vu.Runtime().NewObject()
	set := func(name string, figure func(records.Live) float64) {
		figures := make([]float64, len(rows))
		for n, row := range rows {
			figures[n] = figure(row)
		}
		_ = o.Set(name, i.float64Array(figures))
	}
	set("t", func(l records.Live) float64 { return l.T })
	set("inFlight", func(l records.Live) float64 { return float64(l.InFlight) })
	set("started", func(l records.Live) float64 { return float64(l.Started) })
	set("frames", func(l records.Live) float64 { return float64(l.Frames) })
	set("cpu", func(l records.Live) float64 { return l.CPU })
	set("lag", func(l records.Live) float64 { return l.Lag })
	cores := 0
	if len(rows) > 0 {
		cores = rows[len(rows)-1].Cores
	}
	_ = o.Set("cores", cores)
	return o
}

func (i *instance) category(shot *records.Snapshot, name string) sobek.Value {
	values, codes, err := shot.Category(name)
	must(i, 0, err)
	names := make([]any, len(values))
	for n, value := range values {
		names[n] = value
	}
	rt := i.vu.Runtime()
	o := rt.NewObject()
	_ = o.Set("values", rt.NewArray(names...))
	_ = o.Set("codes", i.int32Array(codes))
	return o
}

func (i *instance) gapQuantiles(shot *records.Snapshot, call sobek.FunctionCall) sobek.Value {
	rows, isInt32 := call.Argument(0).Export().([]int32)
	var quantiles []float64
	if err := i.vu.Runtime().ExportTo(call.Argument(1), &quantiles); err != nil || !isInt32 {
		i.throw(errRows)
	}
	found, err := shot.GapQuantiles(rows, quantiles)
	must(i, 0, err)
	out := make([]any, len(found))
	for n, value := range found {
		out[n] = value
	}
	return i.vu.Runtime().NewArray(out...)
}
