// Package records keeps one record per request, column by column, for all VUs of the process, and writes them as JSON
// Lines. It knows neither k6 nor what the columns mean, but for ttft and e2e in FramesBetween.
package records

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
)

// Type is what a column holds.
type Type string

// The types. A Gaps column holds nothing: it says where the gaps stand in the written line.
const (
	Number   Type = "number"
	Boolean  Type = "boolean"
	Category Type = "category"
	Text     Type = "text"
	Gaps     Type = "gaps"
)

// Types are all of them, for messages.
var Types = []Type{Number, Boolean, Category, Text, Gaps}

// Column is a named type.
type Column struct {
	Name string
	Type Type
	From []string // where its value is found: a property, or one of a property's
}

// Options are what a store is opened with.
type Options struct {
	Columns   []Column
	Header    string
	Path      string // no file when empty
	GapSample float64
}

// Cell is one value of a record. Which field counts is said by the type of its column.
type Cell struct {
	Absent bool
	Num    float64 // a boolean is 0 or 1
	Str    string
}

// Store is the memory of a run. It is safe for concurrent use.
type Store struct {
	Options
	file *file

	started sync.Once
	failed  error // why the start did
	ended   sync.Once
	over    chan struct{} // closed at the end
	monitor monitor

	mu      sync.Mutex
	n       int
	notes   []string
	columns []column
	gaps    series[uint32] // microseconds
	rows    series[gapRow]
}

// column holds numbers, codes or texts, by its type.
type column struct {
	numbers series[float64]
	codes   series[int32]
	values  []string
	codeOf  map[string]int32
	bytes   series[byte]  // all texts, one after the other: a string each would be one more thing for the garbage collector to visit
	ends    series[int64] // of each row's text
}

// absentText stands for no text; no value from JavaScript equals it.
const absentText = "\xff"

// gapRow is what is known of a row's gaps: count, sum and p99 of all, and where the kept ones lie.
type gapRow struct {
	count    int32
	kept     int32
	from     int64
	sum, p99 float64
}

// Open makes a store; its file is not created yet.
func Open(o Options) (*Store, error) {
	if o.GapSample == 0 {
		o.GapSample = 1
	}
	if !(o.GapSample > 0 && o.GapSample <= 1) {
		return nil, fmt.Errorf("gapSample must be above 0 and at most 1, not %v", o.GapSample)
	}
	for _, c := range o.Columns {
		if !slices.Contains(Types, c.Type) {
			return nil, fmt.Errorf("column %s: %q is none of the types %v", c.Name, c.Type, Types)
		}
	}
	s := &Store{Options: o, columns: make([]column, len(o.Columns)), over: make(chan struct{})}
	for i, c := range o.Columns {
		if c.Type == Category {
			s.columns[i].codeOf = map[string]int32{}
		}
	}
	if o.Path != "" {
		s.file = &file{path: o.Path, header: o.Header}
		if err := s.file.check(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Add keeps one record. Of its gaps (ms) it returns those that the sample drew, in the buffer drawn.
func (s *Store) Add(cells []Cell, gaps []float64, drawn []float64) []float64 {
	row := summarize(gaps)
	drawn = drawn[:0]
	if s.GapSample < 1 {
		for _, gap := range gaps {
			if rand.Float64() < s.GapSample {
				drawn = append(drawn, gap)
			}
		}
	} else {
		drawn = append(drawn, gaps...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.columns {
		s.columns[i].add(s.Columns[i].Type, cells[i])
	}
	row.from, row.kept = s.gaps.n, int32(len(drawn))
	for _, gap := range drawn {
		s.gaps.add(micros(gap))
	}
	s.rows.add(row)
	s.n++
	return drawn
}

func (c *column) add(t Type, cell Cell) {
	switch t {
	case Number, Boolean:
		if cell.Absent {
			cell.Num = nan
		}
		c.numbers.add(thousandths(cell.Num))
	case Category:
		c.codes.add(c.code(cell))
	case Text:
		text := cell.Str
		if cell.Absent {
			text = absentText
		}
		for i := range len(text) {
			c.bytes.add(text[i])
		}
		c.ends.add(c.bytes.n)
	}
}

func (c *column) code(cell Cell) int32 {
	if cell.Absent {
		return -1
	}
	code, known := c.codeOf[cell.Str]
	if !known {
		code = int32(len(c.values))
		c.codeOf[cell.Str] = code
		c.values = append(c.values, cell.Str)
	}
	return code
}
