// Package module is k6/x/llmload: what JavaScript sees of the exchange, plan and records packages. See index.d.ts.
package module

import (
	"sync"
	"sync/atomic"

	"github.com/grafana/sobek"
	"github.com/llmload/llmload/extension/exchange"
	"github.com/llmload/llmload/extension/plan"
	"github.com/llmload/llmload/extension/records"
	"github.com/llmload/llmload/extension/stream"
	"go.k6.io/k6/js/common"
	"go.k6.io/k6/js/modules"
	"go.k6.io/k6/metrics"
)

// Version is set by main before k6 starts.
var Version = "dev"

func init() { modules.Register("k6/x/llmload", New()) }

// Root is what all VUs of the process share.
type Root struct {
	live exchange.Live
	cut  atomic.Int64 // requests that the end of their VU kept from being recorded

	mu    sync.Mutex
	store *records.Store
	plans map[string]*plan.File // by path
}

// New makes an empty one; tests have their own.
func New() *Root { return &Root{} }

type logger interface{ Error(args ...any) }

// instance is the module in one VU.
type instance struct {
	root     *Root
	vu       modules.VU
	registry *metrics.Registry
	logger   logger
	known    map[string]*metrics.Metric
	http     transport
	cut      bool // the last send was cut and counted as such

	// Buffers of record(), reused.
	cells []records.Cell
	drawn []float64
	line  []byte
}

// NewModuleInstance is called by k6 for each VU, in its init context.
func (r *Root) NewModuleInstance(vu modules.VU) modules.Instance {
	i := &instance{root: r, vu: vu, known: map[string]*metrics.Metric{}}
	if env := vu.InitEnv(); env != nil {
		i.registry, i.logger = env.Registry, env.Logger
	}
	return i
}

func (i *instance) Exports() modules.Exports {
	return modules.Exports{Named: map[string]any{
		"version": Version,
		"now":     i.now,
		"place":   i.place,
		"Client":  i.newClient,
		"open":    i.open,
		"record":  i.record,
		"columns": i.columns,
		"note":    i.note,
		"notes":   i.notes,
		"finish":  i.finish,
		"plan":    i.plan,
	}}
}

func (i *instance) now(sobek.FunctionCall) sobek.Value {
	return i.vu.Runtime().ToValue(stream.Now().Epoch())
}

func (i *instance) throw(err error) { common.Throw(i.vu.Runtime(), err) }

// must hands on a value, or throws.
func must[T any](i *instance, value T, err error) T {
	if err != nil {
		i.throw(err)
	}
	return value
}

// counts are the figures of the live lines; at the end, what is still under way was never recorded.
func (r *Root) counts() records.Counts {
	inFlight := r.live.InFlight.Load()
	return records.Counts{
		InFlight: inFlight,
		Started:  r.live.Started.Load(),
		Frames:   r.live.Frames.Load(),
		Cut:      r.cut.Load() + inFlight,
	}
}

func absent(v sobek.Value) bool { return v == nil || sobek.IsUndefined(v) || sobek.IsNull(v) }
