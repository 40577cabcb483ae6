package records

import (
	"fmt"
	"math"
)

// Snapshot is the store as it was at one moment. Slices only ever grow, so that it shares them without a copy.
type Snapshot struct {
	N       int
	types   []Column
	columns []column
	gaps    arena
	rows    []gapRow
}

// Snapshot takes one.
func (s *Store) Snapshot() *Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	shot := &Snapshot{N: s.n, types: s.Columns, gaps: s.gaps, rows: s.rows}
	shot.columns = append(shot.columns, s.columns...)
	return shot
}

func (s *Snapshot) find(name string, wanted ...Type) (*column, error) {
	for i, c := range s.types {
		if c.Name != name {
			continue
		}
		for _, t := range wanted {
			if c.Type == t {
				return &s.columns[i], nil
			}
		}
		return nil, fmt.Errorf("column %s is of type %s", name, c.Type)
	}
	return nil, fmt.Errorf("there is no column %s", name)
}

// Numbers are the values of a number or boolean column, NaN where absent.
func (s *Snapshot) Numbers(name string) ([]float64, error) {
	c, err := s.find(name, Number, Boolean)
	if err != nil {
		return nil, err
	}
	return c.numbers, nil
}

// Category is a dictionary-coded column, −1 where absent.
func (s *Snapshot) Category(name string) (values []string, codes []int32, err error) {
	c, err := s.find(name, Category)
	if err != nil {
		return nil, nil, err
	}
	return c.values, c.codes, nil
}

// Text is one value of a text or category column.
func (s *Snapshot) Text(name string, row int) (text string, present bool, err error) {
	c, err := s.find(name, Text, Category)
	if err != nil || row < 0 || row >= s.N {
		return "", false, err
	}
	if c.codes != nil {
		if code := c.codes[row]; code >= 0 {
			return c.values[code], true, nil
		}
		return "", false, nil
	}
	return c.texts[row], c.texts[row] != absentText, nil
}

// Gaps is one figure a row: the count, sum or p99 of all its gaps.
func (s *Snapshot) Gaps(figure func(count, sum, p99 float64) float64) []float64 {
	out := make([]float64, s.N)
	for i, r := range s.rows {
		out[i] = figure(float64(r.count), r.sum, r.p99)
	}
	return out
}

// FramesBetween counts the content-like frames of a row that arrived in [from, to) ms after t(send): exactly where all of
// its gaps are kept, else as if they were evenly spaced between ttft and e2e.
func (s *Snapshot) FramesBetween(row int, from, to float64) (int, error) {
	ttft, err := s.Numbers("ttft")
	if err != nil {
		return 0, err
	}
	e2e, err := s.Numbers("e2e")
	if err != nil {
		return 0, err
	}
	if row < 0 || row >= s.N || math.IsNaN(ttft[row]) {
		return 0, nil
	}
	r, at, n := s.rows[row], ttft[row], 0
	see := func() {
		if at >= from && at < to {
			n++
		}
	}
	see()
	if r.kept == r.count {
		s.gaps.each(r.from, r.kept, func(piece []uint32) {
			for _, gap := range piece {
				at += float64(gap) / 1000
				see()
			}
		})
		return n, nil
	}
	step := (e2e[row] - ttft[row]) / float64(r.count)
	if math.IsNaN(step) {
		step = r.sum / float64(r.count)
	}
	for i := range r.count {
		at = ttft[row] + step*float64(i+1)
		see()
	}
	return n, nil
}
