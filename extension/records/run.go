package records

import (
	"encoding/json"
	"strconv"
)

// Counts are what the live and end lines say of all exchanges of the process.
type Counts struct{ InFlight, Started, Frames, Cut int64 }

// Start creates the file, where one is wanted. Every VU may call it, always.
func (s *Store) Start(counts func() Counts, now func() float64) error {
	if s.file == nil {
		return nil
	}
	return s.file.start(func() []byte { return liveLine(counts(), now()) })
}

func liveLine(c Counts, now float64) []byte {
	line := AppendNumber([]byte(`{"kind":"live","t":`), now)
	line = strconv.AppendInt(append(line, `,"in_flight":`...), c.InFlight, 10)
	line = strconv.AppendInt(append(line, `,"started":`...), c.Started, 10)
	line = strconv.AppendInt(append(line, `,"frames":`...), c.Frames, 10)
	return append(line, '}', '\n')
}

// Write appends lines to the file.
func (s *Store) Write(line []byte) {
	if s.file != nil {
		s.file.write(line)
	}
}

// End writes the last line, once. Dropped is nil when nobody said.
func (s *Store) End(counts Counts, dropped map[string]float64) error {
	if s.file == nil {
		return nil
	}
	s.mu.Lock()
	n := s.n
	s.mu.Unlock()
	line := strconv.AppendInt([]byte(`{"kind":"end","requests":`), int64(n), 10)
	line = strconv.AppendInt(append(line, `,"cut":`...), counts.Cut, 10)
	said, err := json.Marshal(dropped) // nil becomes null, keys are sorted
	if err != nil {
		return err
	}
	line = append(append(line, `,"dropped":`...), said...)
	return s.file.end(append(line, '}', '\n'))
}
