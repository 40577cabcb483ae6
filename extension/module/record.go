package module

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/grafana/sobek"
	"github.com/llmload/llmload/extension/records"
	"go.k6.io/k6/js/common"
	"go.k6.io/k6/lib"
	"go.k6.io/k6/metrics"
)

var errInitRecord = common.NewInitContextError("record() in the init context is not supported")

// record(line, samples, tags, gaps?, gapMetric?)
func (i *instance) record(call sobek.FunctionCall) sobek.Value {
	state := i.vu.State()
	if state == nil {
		i.throw(errInitRecord)
	}
	store := i.opened()
	if store == nil {
		i.throw(errNotOpen)
	}
	i.readCells(store, call.Argument(0))
	gaps := i.floats(call.Argument(3))
	tags := state.Tags.GetCurrentValues()
	if err := common.ApplyCustomUserTags(i.vu.Runtime(), &tags, call.Argument(2)); err != nil {
		i.throw(fmt.Errorf("record: %w", err))
	}
	batch := i.samples(call.Argument(1), tags)
	var gapMetric *metrics.Metric
	if name := call.Argument(4); !absent(name) {
		gapMetric = i.metric(name.String())
	}
	// Nothing can fail from here on: a record is kept whole or not at all.
	i.drawn = store.Add(i.cells, gaps, i.drawn)
	if store.Writes() {
		i.line = store.AppendLine(i.line[:0], i.cells, gaps)
		store.Write(i.line)
	}
	if i.cut { // it was recorded after all
		i.cut = false
		i.root.cut.Add(-1)
	}
	if gapMetric != nil {
		at := time.Now()
		for _, gap := range i.drawn {
			batch = append(batch, sample(gapMetric, tags, at, gap))
		}
	}
	i.push(state, batch)
	return sobek.Undefined()
}

func (i *instance) push(state *lib.State, batch metrics.Samples) {
	if len(batch) > 0 {
		metrics.PushIfNotDone(i.vu.Context(), state.Samples, batch)
	}
}

func sample(metric *metrics.Metric, tags metrics.TagsAndMeta, at time.Time, value float64) metrics.Sample {
	return metrics.Sample{
		TimeSeries: metrics.TimeSeries{Metric: metric, Tags: tags.Tags},
		Time:       at,
		Metadata:   tags.Metadata,
		Value:      value,
	}
}

// samples turns { metric: value } into samples; one that is null, undefined or NaN was not measured.
func (i *instance) samples(v sobek.Value, tags metrics.TagsAndMeta) metrics.Samples {
	if absent(v) {
		return nil
	}
	f := fields{i, "record: samples", v}
	at := time.Now()
	names := f.keys()
	batch := make(metrics.Samples, 0, len(names))
	for _, name := range names {
		value := f.value(name)
		if absent(value) {
			continue
		}
		number, is := asNumber(value)
		if !is {
			f.fail(name, "a number")
		}
		if !math.IsNaN(number) {
			batch = append(batch, sample(i.metric(name), tags, at, number))
		}
	}
	return batch
}

// metric finds a metric that JavaScript has registered.
func (i *instance) metric(name string) *metrics.Metric {
	metric := i.known[name]
	if metric == nil && i.registry != nil {
		metric = i.registry.Get(name)
		i.known[name] = metric
	}
	if metric == nil {
		i.throw(fmt.Errorf("record: there is no metric %q; register it in the init context, as with new Trend(%q)", name, name))
	}
	return metric
}

// readCells fills i.cells from the properties named like columns.
func (i *instance) readCells(store *records.Store, v sobek.Value) {
	f := fields{i, "record", v}
	object := f.object()
	if len(i.cells) != len(store.Columns) {
		i.cells = make([]records.Cell, len(store.Columns))
	}
	for n, column := range store.Columns {
		value := object.Get(column.From[0])
		if len(column.From) > 1 && value != nil {
			inner, is := value.(*sobek.Object)
			if value = nil; is {
				value = inner.Get(column.From[1])
			}
		}
		cell := &i.cells[n]
		*cell = records.Cell{Absent: true}
		if absent(value) || column.Type == records.Gaps {
			continue
		}
		switch column.Type {
		case records.Number:
			number, is := asNumber(value)
			if !is {
				f.fail(column.Name, "a number")
			}
			*cell = records.Cell{Num: number, Absent: math.IsNaN(number)}
		case records.Boolean:
			flag, is := value.Export().(bool)
			if !is {
				f.fail(column.Name, "a boolean")
			}
			*cell = records.Cell{Num: metrics.B(flag)}
		default:
			*cell = records.Cell{Str: value.String()}
		}
	}
}

var errGaps = errors.New("record: gaps must be a Float64Array")

func (i *instance) floats(v sobek.Value) []float64 {
	if absent(v) {
		return nil
	}
	if floats, is := v.Export().([]float64); is { // a Float64Array hands over its memory
		return floats
	}
	var floats []float64
	if err := i.vu.Runtime().ExportTo(v, &floats); err != nil {
		i.throw(errGaps)
	}
	return floats
}
