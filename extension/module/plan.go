package module

import (
	"github.com/grafana/sobek"
	"github.com/llmload/llmload/extension/plan"
)

// plan opens a plan; all VUs of the process read the same open file.
func (i *instance) plan(call sobek.FunctionCall) sobek.Value {
	file, err := i.root.planAt(call.Argument(0).String())
	must(i, file, err)
	rt := i.vu.Runtime()
	number := func(n int64, err error) sobek.Value { return rt.ToValue(must(i, n, err)) }
	o := rt.NewObject()
	_ = o.Set("header", file.Header)
	_ = o.Set("rows", file.Rows)
	_ = o.Set("row", func(call sobek.FunctionCall) sobek.Value {
		row, err := file.Row(call.Argument(0).ToInteger())
		return i.planRow(must(i, row, err))
	})
	_ = o.Set("find", func(call sobek.FunctionCall) sobek.Value {
		return number(file.Find(call.Argument(0).ToFloat()))
	})
	_ = o.Set("peak", func(call sobek.FunctionCall) sobek.Value {
		return number(file.Peak(call.Argument(0).ToInteger(), call.Argument(1).ToInteger(), call.Argument(2).ToFloat()))
	})
	return o
}

func (r *Root) planAt(path string) (*plan.File, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if file := r.plans[path]; file != nil {
		return file, nil
	}
	file, err := plan.Open(path)
	if err != nil {
		return nil, err
	}
	if r.plans == nil {
		r.plans = map[string]*plan.File{}
	}
	r.plans[path] = file
	return file, nil
}

func (i *instance) planRow(row plan.Row) sobek.Value {
	o := i.vu.Runtime().NewObject()
	_ = o.Set("at", row.At)
	count := func(name string, n int64) {
		if n >= 0 {
			_ = o.Set(name, n)
		}
	}
	count("input", row.Input)
	count("output", row.Output)
	count("model", row.Model)
	if row.HasText {
		_ = o.Set("text", row.Text)
	}
	return o
}
