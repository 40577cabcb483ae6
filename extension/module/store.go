package module

import (
	"errors"
	"fmt"
	"strings"

	"github.com/grafana/sobek"
	"github.com/llmload/llmload/extension/records"
	"github.com/llmload/llmload/extension/stream"
	"go.k6.io/k6/js/common"
)

// The numbers of k6's global events (internal/event/type.go, which cannot be imported).
const (
	testStart = 2
	exit      = 6
)

var (
	errNotOpen  = errors.New("call open() in the init context first")
	errInitNote = common.NewInitContextError("note() and notes() in the init context are not supported")
)

func (i *instance) open(call sobek.FunctionCall) sobek.Value {
	root := i.root
	root.mu.Lock()
	defer root.mu.Unlock()
	if root.store == nil {
		store, err := records.Open(i.storeOptions(call.Argument(0)))
		root.store = must(i, store, err)
		root.followTest(root.store, i.vu.Events(), i.logger)
	}
	return sobek.Undefined()
}

func (i *instance) storeOptions(v sobek.Value) records.Options {
	f := fields{i, "open", v}
	o := records.Options{GapSample: 1, Header: f.text("header", "{}"), Path: f.text("path", "")}
	if sample := f.value("gapSample"); !absent(sample) {
		o.GapSample = f.number("gapSample")
	}
	columns := fields{i, "open: columns", f.value("columns")}
	from := map[string]string{}
	f.record("from", func(name, path string) { from[name] = path })
	for _, name := range columns.keys() {
		column := records.Column{Name: name, Type: records.Type(columns.text(name, "")), From: []string{name}}
		if path := from[name]; path != "" {
			column.From = strings.SplitN(path, ".", 2)
		}
		o.Columns = append(o.Columns, column)
	}
	return o
}

// followTest starts the store when the test starts and ends it when k6 exits, whatever the script does in between.
func (r *Root) followTest(store *records.Store, events common.Events, log logger) {
	if events.Global == nil {
		return
	}
	_, arriving := events.Global.Subscribe(testStart, exit)
	go func() {
		for event := range arriving {
			if event.Type == testStart {
				_ = r.start(store) // if this fails, the first send() or record() throws it
			} else if err := store.End(r.counts(), nil); err != nil {
				log.Error(err)
			}
			event.Done()
		}
	}()
}

func (r *Root) start(store *records.Store) error {
	return store.Start(r.counts, func() float64 { return stream.Now().Epoch() })
}

// opened is the store, started once the test runs; nil if the script keeps no records.
func (i *instance) opened() *records.Store {
	i.root.mu.Lock()
	store := i.root.store
	i.root.mu.Unlock()
	if store != nil && i.vu.State() != nil {
		if err := i.root.start(store); err != nil {
			i.throw(err)
		}
	}
	return store
}

// noting is the store that notes go to.
func (i *instance) noting() *records.Store {
	if i.vu.State() == nil {
		i.throw(errInitNote)
	}
	store := i.opened()
	if store == nil {
		i.throw(errNotOpen)
	}
	return store
}

func (i *instance) note(call sobek.FunctionCall) sobek.Value {
	if err := i.noting().Note(call.Argument(0).String()); err != nil {
		i.throw(fmt.Errorf("note: %w", err))
	}
	return sobek.Undefined()
}

func (i *instance) notes(sobek.FunctionCall) sobek.Value {
	rt := i.vu.Runtime()
	lines := i.noting().Notes()
	values := make([]any, len(lines))
	for n, line := range lines {
		values[n] = line
	}
	return rt.NewArray(values...)
}

func (i *instance) finish(call sobek.FunctionCall) sobek.Value {
	store := i.opened()
	if store == nil {
		i.throw(errNotOpen)
	}
	dropped := map[string]float64{}
	f := fields{i, "finish", call.Argument(0)}
	for _, name := range f.keys() {
		dropped[name] = f.number(name)
	}
	// A summary is worth more than the last line of a file on a full disk: say so, and go on.
	if err := store.End(i.root.counts(), dropped); err != nil {
		i.logger.Error(err)
	}
	return sobek.Undefined()
}
