package records

import (
	"encoding/json"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"
)

// watched is a monitor in a time of its own: a second passes between two rows, in which the process burns `burn` seconds.
type watched struct {
	*monitor
	time, used float64
	n          int64
}

func watch() *watched {
	w := &watched{monitor: &monitor{}, time: 1000}
	w.start(
		func() float64 { return w.time },
		func() float64 { return w.used },
		func() Counts { w.n++; return Counts{InFlight: 1, Started: 10 * w.n, Frames: 100 * w.n} },
	)
	return w
}

func TestMonitorRows(t *testing.T) {
	w := watch()
	w.time, w.used = w.time+1000, w.used+0.5
	first := w.row()
	w.time, w.used = w.time+2000, w.used+3 // a row that came late
	w.row()
	rows := w.seen()
	w.row()
	cores := runtime.GOMAXPROCS(0)
	for i, want := range []Live{
		{T: 2000, Counts: Counts{1, 10, 100, 0}, CPU: 0.5, Cores: cores},
		{T: 4000, Counts: Counts{1, 20, 200, 0}, CPU: 1.5, Cores: cores},
	} {
		if rows[i] != want {
			t.Errorf("row %d: %+v, want %+v", i, rows[i], want)
		}
	}
	if len(rows) != 2 || first != rows[0] {
		t.Error(len(rows), first)
	}
}

func TestLagIsTheWorstSinceTheRowBefore(t *testing.T) {
	w := watch()
	listen := func(waits ...float64) { // how long the timer of 10 ms took
		w.listen(func() bool {
			if len(waits) == 0 {
				w.time += 99 // over: nobody was waiting
				return false
			}
			w.time, waits = w.time+waits[0], waits[1:]
			return true
		})
	}
	listen(10, 17.5, 12)
	if got := w.row().Lag; got != 7.5 {
		t.Error(got)
	}
	listen(9.5)
	if got := w.row().Lag; got != 0 { // early is not late, and what was told is not told again
		t.Error(got)
	}
}

func TestLiveLine(t *testing.T) {
	line := string(Live{T: 5.5, Counts: Counts{1, 2, 3, 4}, CPU: 1.23456, Lag: 0.5, Cores: 2}.line())
	if want := `{"kind":"live","t":5.5,"in_flight":1,"started":2,"frames":3,"cpu":1.235,"lag":0.5,"cores":2}` + "\n"; line != want {
		t.Error(line)
	}
	unknown := string(Live{CPU: math.NaN()}.line())
	if !strings.Contains(unknown, `"cpu":null`) || !json.Valid([]byte(unknown)) {
		t.Error(unknown)
	}
}

func TestCPUSeconds(t *testing.T) {
	before := cpuSeconds()
	if math.IsNaN(before) {
		t.Skip("this system does not say")
	}
	for x, end := 1.0, time.Now().Add(10*time.Second); cpuSeconds() < before+0.02; x = math.Sqrt(x + 1) {
		if time.Now().After(end) {
			t.Fatal("no CPU time was used")
		}
	}
}

// Without a file the rows are kept all the same.
func TestTheMonitorNeedsNoFile(t *testing.T) {
	s := open(t)
	began := time.Now()
	now := func() float64 { return float64(time.Since(began)) / 1e6 }
	for range 2 {
		if err := s.Start(func() Counts { return Counts{Frames: 7} }, now); err != nil {
			t.Fatal(err)
		}
	}
	var rows []Live
	for end := time.Now().Add(30 * time.Second); len(rows) == 0 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		rows = s.Snapshot().Live
	}
	if err := s.End(Counts{}, nil); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 || rows[0].Frames != 7 || rows[0].T <= 0 || rows[0].Lag < 0 || rows[0].Cores < 1 {
		t.Errorf("%+v", rows)
	}
	if rows[0].CPU <= 0 { // NaN where the system does not say
		t.Error(rows[0].CPU)
	}
}
