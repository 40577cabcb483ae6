package records

import (
	"fmt"
	"math"
)

// Snapshot is the store as it was at one moment. What is kept only ever grows, so that it is shared without a copy.
type Snapshot struct {
	N       int
	Live    []Live
	types   []Column
	columns []column
	gaps    series[uint32]
	rows    series[gapRow]
}

// Snapshot takes one.
func (s *Store) Snapshot() *Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	shot := &Snapshot{N: s.n, Live: s.monitor.seen(), types: s.Columns, gaps: s.gaps, rows: s.rows}
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
	return c.numbers.slice(0, c.numbers.n), nil
}

// Category is a dictionary-coded column, −1 where absent.
func (s *Snapshot) Category(name string) (values []string, codes []int32, err error) {
	c, err := s.find(name, Category)
	if err != nil {
		return nil, nil, err
	}
	return c.values, c.codes.slice(0, c.codes.n), nil
}

// Text is one value of a text or category column.
func (s *Snapshot) Text(name string, row int) (text string, present bool, err error) {
	c, err := s.find(name, Text, Category)
	if err != nil || row < 0 || row >= s.N {
		return "", false, err
	}
	if c.codeOf != nil {
		if code := c.codes.at(int64(row)); code >= 0 {
			return c.values[code], true, nil
		}
		return "", false, nil
	}
	from := int64(0)
	if row > 0 {
		from = c.ends.at(int64(row) - 1)
	}
	text = string(c.bytes.slice(from, c.ends.at(int64(row))-from))
	return text, text != absentText, nil
}

// Gaps is one figure a row: the count, sum or p99 of all its gaps.
func (s *Snapshot) Gaps(figure func(count, sum, p99 float64) float64) []float64 {
	out := make([]float64, 0, s.N)
	s.rows.each(0, s.rows.n, func(piece []gapRow) {
		for _, r := range piece {
			out = append(out, figure(float64(r.count), r.sum, r.p99))
		}
	})
	return out
}

// FramesBetween counts the content-like frames of a row that arrived in [from, to) ms after t(send): exactly where all of
// its gaps are kept, else as if they were evenly spaced between ttft and e2e.
func (s *Snapshot) FramesBetween(row int, from, to float64) (int, error) {
	ttfts, err := s.find("ttft", Number)
	if err != nil {
		return 0, err
	}
	e2es, err := s.find("e2e", Number)
	if err != nil {
		return 0, err
	}
	if row < 0 || row >= s.N {
		return 0, nil
	}
	ttft, e2e := ttfts.numbers.at(int64(row)), e2es.numbers.at(int64(row))
	if math.IsNaN(ttft) {
		return 0, nil
	}
	r, at, n := s.rows.at(int64(row)), ttft, 0
	see := func() {
		if at >= from && at < to {
			n++
		}
	}
	see()
	if r.kept == r.count {
		s.gaps.each(r.from, int64(r.kept), func(piece []uint32) {
			for _, gap := range piece {
				at += float64(gap) / 1000
				see()
			}
		})
		return n, nil
	}
	step := (e2e - ttft) / float64(r.count)
	if math.IsNaN(step) {
		step = r.sum / float64(r.count)
	}
	for i := range r.count {
		at = ttft + step*float64(i+1)
		see()
	}
	return n, nil
}
