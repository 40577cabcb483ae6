package exchange

import (
	"bytes"
	"io"
	"sync"

	"github.com/llmload/llmload/extension/stream"
)

// reading is the body of one exchange while it comes in. Each exchange has its own: a connection may call the watcher it
// knew a moment too late, from the transport's goroutine, and then finds it over.
type reading struct {
	*Client
	dog  *watchdog
	tr   *trace
	done *Finished

	mu     sync.Mutex
	over   bool
	taken  int // bytes of the buffer that are dealt with
	failed error
}

// read takes the body to its end.
func (r *reading) read(body io.Reader) error {
	conn := r.tr.conn
	if r.result.Protocol == "HTTP/2.0" { // its connection is read by a goroutine of its own, and frames do not wait for each other
		conn = nil
	}
	if conn != nil {
		conn.watcher.Store(r)
		defer conn.watcher.Store(nil)
	}
	defer r.end()
	for {
		n, err := body.Read(r.buffer[:])
		var at stream.Stamp
		if conn != nil {
			at = stream.Stamp(conn.arrived.Load())
		} else {
			at = r.Clock()
		}
		if failed := r.returned(n, at, err); failed != nil {
			return failed
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// waiting is called when more must arrive before Read can return. What it has put into the buffer so far is all that
// comes before the first zero byte: the buffer is wiped after each Read, and no JSON holds such a byte. If one is there
// nonetheless, what follows it is taken when Read returns.
func (r *reading) waiting(at stream.Stamp) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return
	}
	if n := bytes.IndexByte(r.buffer[r.taken:], 0); n > 0 {
		r.take(r.buffer[r.taken:r.taken+n], at)
		r.taken += n
	}
}

// returned deals with the rest of the n bytes that Read brought.
func (r *reading) returned(n int, at stream.Stamp, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > r.taken {
		r.take(r.buffer[r.taken:n], at)
	}
	r.taken = 0
	clear(r.buffer[:n])
	if err != nil && r.failed == nil && r.result.Framing != Body {
		before := r.result.Frames
		r.failed = r.framer.End(err == io.EOF)
		r.progress(before)
	}
	return r.failed
}

func (r *reading) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
}

// take deals with bytes of the body that had all arrived at this stamp.
func (r *reading) take(data []byte, at stream.Stamp) {
	if r.failed != nil {
		return
	}
	r.dog.read(at)
	r.result.Bytes += int64(len(data))
	if r.result.Framing == Body {
		if len(r.body)+len(data) > r.Options.MaxFrame {
			r.fail(stream.ErrTooLarge)
			return
		}
		r.body = append(r.body, data...)
		r.result.Body = r.body
		return
	}
	before := r.result.Frames
	if err := r.framer.Feed(data, at); err != nil {
		r.fail(err)
	}
	r.progress(before)
	if r.result.Terminal && r.done.Trail == nil {
		r.dog.terminal(at)
		r.done.Trail, r.result.End = r.tr.k6.Done(), at // stands if the end of the body does not come in time
	}
}

// fail ends a Read that may still be waiting.
func (r *reading) fail(err error) {
	r.failed = err
	r.dog.stop()
}

func (r *reading) progress(before int) {
	if more := r.result.Frames - before; more > 0 {
		if before == 0 {
			r.dog.gotFirst.Store(true)
		}
		r.Live.Frames.Add(int64(more))
	}
}
