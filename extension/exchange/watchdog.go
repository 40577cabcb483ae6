package exchange

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/llmload/llmload/extension/stream"
)

// linger is how long the end of a body may take once the terminal payload has come, so that its connection can be reused.
const linger = time.Second

// watchdog ends an exchange that overruns a limit. Reading goroutine and timer share nothing but atomics: a read costs one
// store, and the timer, when it wakes, looks how far the deadline has moved and sleeps on.
type watchdog struct {
	total, first, idle, cancelAfter time.Duration
	clock                           stream.Clock
	stop                            func()

	started                 stream.Stamp
	sent, lastRead, closing atomic.Int64
	gotFirst                atomic.Bool

	mu    sync.Mutex
	timer *time.Timer
	cause Ended
	over  bool
}

const never = stream.Stamp(math.MaxInt64)

// deadline is the next moment at which a limit ends the exchange, and which. After the terminal payload only linger counts.
func (w *watchdog) deadline() (at stream.Stamp, cause Ended) {
	if closing := w.closing.Load(); closing != 0 {
		return stream.Stamp(closing) + stream.Stamp(linger), EOF
	}
	at = never
	limit := func(from stream.Stamp, after time.Duration, why Ended) {
		if from != 0 && after > 0 && from+stream.Stamp(after) < at {
			at, cause = from+stream.Stamp(after), why
		}
	}
	limit(w.started, w.total, TimeoutTotal)
	if !w.gotFirst.Load() {
		limit(stream.Stamp(w.sent.Load()), w.first, TimeoutFirst)
	}
	limit(stream.Stamp(w.lastRead.Load()), w.idle, TimeoutIdle)
	limit(stream.Stamp(w.sent.Load()), w.cancelAfter, Cancelled)
	return at, cause
}

// look arms the timer for the next deadline, or ends the exchange when it has passed. It is called by the timer, and
// whenever a new kind of deadline begins.
func (w *watchdog) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	at, cause := w.deadline()
	if at == never {
		return
	}
	left := time.Duration(at - w.clock())
	switch {
	case left <= 0:
		w.over, w.cause = true, cause
		w.stop()
	case w.timer == nil:
		w.timer = time.AfterFunc(left, w.look)
	default:
		w.timer.Reset(left)
	}
}

// end takes the watchdog off and says which limit it enforced, if any.
func (w *watchdog) end() Ended {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.timer != nil {
		w.timer.Stop()
	}
	return w.cause
}

func (w *watchdog) gotConn(at stream.Stamp) {
	w.sent.Store(int64(at))
	w.look()
}

// read notes that data came.
func (w *watchdog) read(at stream.Stamp) {
	if w.lastRead.Swap(int64(at)) == 0 {
		w.look()
	}
}

// terminal notes that nothing but the end of the body is due.
func (w *watchdog) terminal(at stream.Stamp) {
	w.closing.Store(int64(at))
	w.look()
}
