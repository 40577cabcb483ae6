package records

import (
	"runtime"
	"strconv"
	"sync"
	"time"
)

// tick is the period of the timer whose lateness is watched.
const tick = 10 * time.Millisecond

// Counts are what the live and end lines say of all exchanges of the process.
type Counts struct{ InFlight, Started, Frames, Cut int64 }

// Live is what the monitor saw of the client itself in one second.
type Live struct {
	T float64 // epoch ms
	Counts
	CPU   float64 // cores that this process kept busy since the row before; NaN where the system does not say
	Lag   float64 // the most that the timer came late since the row before, ms
	Cores int     // that Go code may use at once
}

// monitor takes a row a second while the test runs: a client that is short of time measures itself.
type monitor struct {
	now    func() float64 // epoch ms
	cpu    func() float64 // seconds
	counts func() Counts

	mu         sync.Mutex
	rows       []Live
	late       float64 // since the row before, ms
	at, burned float64 // now and cpu of the row before
}

// start takes the first bearings.
func (m *monitor) start(now, cpu func() float64, counts func() Counts) {
	m.now, m.cpu, m.counts = now, cpu, counts
	m.at, m.burned = now(), cpu()
}

// listen waits for a tick over and over, until wait says no, and notes how late it came. It needs a goroutine of its own:
// whatever else it did would count as late.
func (m *monitor) listen(wait func() bool) {
	for {
		due := m.now() + float64(tick)/1e6
		if !wait() {
			return
		}
		late := m.now() - due
		m.mu.Lock()
		m.late = max(m.late, late)
		m.mu.Unlock()
	}
}

// row takes one.
func (m *monitor) row() Live {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, burned := m.now(), m.cpu()
	row := Live{
		T: thousandths(at), Counts: m.counts(), Lag: thousandths(m.late), Cores: runtime.GOMAXPROCS(0),
		CPU: thousandths((burned - m.burned) / ((at - m.at) / 1000)),
	}
	m.rows = append(m.rows, row)
	m.late, m.at, m.burned = 0, at, burned
	return row
}

// seen are the rows so far.
func (m *monitor) seen() []Live {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows
}

func (l Live) line() []byte {
	line := AppendNumber([]byte(`{"kind":"live","t":`), l.T)
	line = strconv.AppendInt(append(line, `,"in_flight":`...), l.InFlight, 10)
	line = strconv.AppendInt(append(line, `,"started":`...), l.Started, 10)
	line = strconv.AppendInt(append(line, `,"frames":`...), l.Frames, 10)
	line = AppendNumber(append(line, `,"cpu":`...), l.CPU)
	line = AppendNumber(append(line, `,"lag":`...), l.Lag)
	line = strconv.AppendInt(append(line, `,"cores":`...), int64(l.Cores), 10)
	return append(line, '}', '\n')
}
