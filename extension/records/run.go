package records

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Start begins to watch the client, and creates the file where one is wanted. Every VU may call it, always: only the first
// call acts, and the others get its error.
func (s *Store) Start(counts func() Counts, now func() float64) error {
	s.started.Do(func() {
		if s.file != nil {
			s.failed = s.file.start()
		}
		if s.failed == nil {
			s.monitor.start(now, cpuSeconds, counts)
			go s.monitor.listen(s.tick)
			go s.everySecond()
		}
	})
	return s.failed
}

// tick waits for one; false when the test is over.
func (s *Store) tick() bool {
	select {
	case <-s.over:
		return false
	case <-time.After(tick):
		return true
	}
}

func (s *Store) everySecond() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-s.over:
			return
		case <-ticker.C:
			line := s.monitor.row().line()
			if s.file != nil {
				s.file.write(line)
				s.file.flush()
			}
		}
	}
}

// Writes tells whether there is a file.
func (s *Store) Writes() bool { return s.file != nil }

// Write appends lines to the file.
func (s *Store) Write(line []byte) {
	if s.file != nil {
		s.file.write(line)
	}
}

// Note keeps a line of JSON, and writes it as it is. Readers take an object without a kind for a request, so it must have one.
func (s *Store) Note(line string) error {
	var note struct{ Kind string }
	if json.Unmarshal([]byte(line), &note) != nil || note.Kind == "" || strings.ContainsAny(line, "\r\n") {
		return fmt.Errorf(`a note is one line of JSON, an object with a "kind", not %.100q`, line)
	}
	s.mu.Lock()
	s.notes = append(s.notes, line)
	s.mu.Unlock()
	s.Write([]byte(line + "\n"))
	return nil
}

// Notes are those so far, oldest first.
func (s *Store) Notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notes)
}

// End stops watching and writes the last line, once. Dropped is nil when nobody said.
func (s *Store) End(counts Counts, dropped map[string]float64) error {
	s.ended.Do(func() { close(s.over) })
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
