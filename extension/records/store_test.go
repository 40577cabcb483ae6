package records

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"testing"
)

var columns = []Column{
	{Name: "t", Type: Number}, {Name: "ttft", Type: Number}, {Name: "e2e", Type: Number}, {Name: "gaps", Type: Gaps},
	{Name: "cold", Type: Boolean}, {Name: "model", Type: Category}, {Name: "id", Type: Text}, {Name: "tags", Type: Text},
}

func open(t testing.TB, change ...func(*Options)) *Store {
	t.Helper()
	o := Options{Columns: columns, GapSample: 1}
	for _, c := range change {
		c(&o)
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func number(n float64) Cell { return Cell{Num: n} }
func text(s string) Cell    { return Cell{Str: s} }

var none = Cell{Absent: true}

// row has these times; everything else is absent.
func row(ttft, e2e float64) []Cell {
	return []Cell{none, number(ttft), number(e2e), none, none, none, none, none}
}

func TestColumns(t *testing.T) {
	s := open(t)
	s.Add([]Cell{number(1), number(2), none, none, number(1), text("a"), text("x"), text("{}")}, nil, nil)
	s.Add([]Cell{none, none, none, none, none, none, none, none}, nil, nil)
	shot := s.Snapshot()
	s.Add([]Cell{number(3), none, none, none, number(0), text("b"), text("é"), none}, nil, nil)
	later := s.Snapshot()

	if shot.N != 2 || later.N != 3 {
		t.Fatal(shot.N, later.N)
	}
	if ts, err := later.Numbers("t"); err != nil || ts[0] != 1 || !math.IsNaN(ts[1]) || ts[2] != 3 {
		t.Error(ts, err)
	}
	if cold, err := later.Numbers("cold"); err != nil || cold[0] != 1 || !math.IsNaN(cold[1]) || cold[2] != 0 {
		t.Error(cold, err)
	}
	if ts, _ := shot.Numbers("t"); len(ts) != 2 {
		t.Error("a snapshot grew")
	}
	if values, codes, err := later.Category("model"); err != nil || !reflect.DeepEqual(values, []string{"a", "b"}) || !reflect.DeepEqual(codes, []int32{0, -1, 1}) {
		t.Error(values, codes, err)
	}
	for i, want := range []struct {
		text    string
		present bool
	}{{"x", true}, {"", false}, {"é", true}} {
		if got, present, err := later.Text("id", i); err != nil || present != want.present || (present && got != want.text) {
			t.Error(i, got, present, err)
		}
	}
	if got, present, _ := later.Text("model", 2); got != "b" || !present {
		t.Error(got, present)
	}
	for _, row := range []int{-1, 3} {
		if _, present, err := later.Text("id", row); present || err != nil {
			t.Error("row", row)
		}
	}
	if _, err := later.Numbers("nope"); err == nil || err.Error() != "there is no column nope" {
		t.Error(err)
	}
	if _, err := later.Numbers("model"); err == nil || err.Error() != "column model is of type category" {
		t.Error(err)
	}
}

// Rows of every column lie in chunks: nothing may get lost or mixed up where one ends.
func TestManyRows(t *testing.T) {
	s := open(t)
	n := 2*chunkLength + 3
	for i := range n {
		cell, id := number(float64(i)), strconv.Itoa(i)
		s.Add([]Cell{cell, none, none, none, cell, text(id[len(id)-1:]), text(id), text("")}, nil, nil)
	}
	shot := s.Snapshot()
	times, _ := shot.Numbers("t")
	values, codes, _ := shot.Category("model")
	if len(times) != n || len(codes) != n {
		t.Fatal(len(times), len(codes))
	}
	for i := range n {
		want := strconv.Itoa(i)
		id, _, _ := shot.Text("id", i)
		model, _, _ := shot.Text("model", i)
		empty, present, _ := shot.Text("tags", i)
		if times[i] != float64(i) || id != want || model != want[len(want)-1:] || values[codes[i]] != model || empty != "" || !present {
			t.Fatal(i, times[i], id, model, empty, present)
		}
	}
}

func TestGapsOfARow(t *testing.T) {
	s := open(t)
	gaps := make([]float64, 200)
	sum := 0.0
	for i := range gaps {
		gaps[i] = float64(200 - i)
		sum += gaps[i]
	}
	s.Add(row(10, 20), gaps, nil)
	s.Add(row(10, 10), nil, nil)
	shot := s.Snapshot()
	figures := [][]float64{
		shot.Gaps(func(count, _, _ float64) float64 { return count }),
		shot.Gaps(func(_, sum, _ float64) float64 { return sum }),
		shot.Gaps(func(_, _, p99 float64) float64 { return p99 }),
	}
	if figures[0][0] != 200 || figures[1][0] != sum || math.Abs(figures[2][0]-198.01) > 1e-9 {
		t.Error(figures)
	}
	if figures[0][1] != 0 || figures[1][1] != 0 || !math.IsNaN(figures[2][1]) {
		t.Error(figures)
	}
}

// Who reads the file again must find the same figures.
func TestFiguresAreOfWhatTheLineHolds(t *testing.T) {
	s := open(t)
	s.Add(row(10.00049, 20), []float64{1.00049, 2.00049}, nil)
	shot := s.Snapshot()
	ttft, _ := shot.Numbers("ttft")
	sum := shot.Gaps(func(_, sum, _ float64) float64 { return sum })
	p99 := shot.Gaps(func(_, _, p99 float64) float64 { return p99 })
	if ttft[0] != 10 || sum[0] != 3 || p99[0] != 1.99 {
		t.Error(ttft, sum, p99)
	}
}

// linear is the definition, done the slow way.
func linear(sorted []float64, q float64) float64 {
	low, part := math.Modf(q * float64(len(sorted)-1))
	a, b := sorted[int(low)], sorted[min(int(low)+1, len(sorted)-1)]
	return a + (b-a)*part
}

func TestQuantilesAgainstTheDefinition(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	quantiles := []float64{0, 0.001, 0.5, 0.9, 0.99, 0.999, 1}
	for n := 1; n < 40000; n = n*3 + 1 {
		s, all, rows := open(t), []float64{}, []int32{}
		for len(all) < n {
			gaps := make([]float64, min(n-len(all), 1+source.IntN(300)))
			for i := range gaps {
				gaps[i] = min(math.Round(math.Exp(source.NormFloat64()*3+3)*1000)/1000, 4e6) // from µs to an hour
			}
			if got, want := summarize(gaps).p99, linear(slices.Sorted(slices.Values(gaps)), 0.99); got != want {
				t.Fatalf("p99 of a row of %d: %v, want %v", len(gaps), got, want)
			}
			rows = append(rows, int32(s.n))
			s.Add(row(1, 2), gaps, nil)
			all = append(all, gaps...)
		}
		slices.Sort(all)
		got, err := s.Snapshot().GapQuantiles(rows, quantiles)
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range quantiles {
			if want := linear(all, q); math.Abs(got[i]-want) > 1e-6 {
				t.Errorf("n %d, q %v: %v, want %v", n, q, got[i], want)
			}
		}
	}
}

func TestQuantilesOfSomeRows(t *testing.T) {
	s := open(t)
	s.Add(row(1, 2), []float64{1, 2, 3}, nil)
	s.Add(row(1, 2), []float64{100}, nil)
	s.Add(row(1, 2), nil, nil)
	shot := s.Snapshot()
	if got, _ := shot.GapQuantiles([]int32{0}, []float64{0.5, 1}); !reflect.DeepEqual(got, []float64{2, 3}) {
		t.Error(got)
	}
	if got, _ := shot.GapQuantiles([]int32{2}, []float64{0.5}); !math.IsNaN(got[0]) {
		t.Error(got)
	}
	for _, bad := range []func() ([]float64, error){
		func() ([]float64, error) { return shot.GapQuantiles([]int32{3}, []float64{0.5}) },
		func() ([]float64, error) { return shot.GapQuantiles([]int32{-1}, []float64{0.5}) },
		func() ([]float64, error) { return shot.GapQuantiles([]int32{0}, []float64{99}) },
	} {
		if got, err := bad(); err == nil {
			t.Error(got)
		}
	}
}

func TestFramesBetween(t *testing.T) {
	exact := open(t)
	exact.Add(row(10, 50), []float64{10, 30}, nil) // 10, 20, 50
	exact.Add([]Cell{none, none, none, none, none, none, none, none}, nil, nil)
	exact.Add(row(10, 10), nil, nil)
	shot := exact.Snapshot()
	for _, c := range []struct {
		row      int
		from, to float64
		want     int
	}{{0, 0, 100, 3}, {0, 10, 20, 1}, {0, 10.001, 50, 1}, {0, 50, 51, 1}, {0, 51, 99, 0}, {1, 0, 99, 0}, {2, 0, 99, 1}, {2, 0, 10, 0}, {7, 0, 9, 0}} {
		if got, err := shot.FramesBetween(c.row, c.from, c.to); err != nil || got != c.want {
			t.Errorf("row %d [%v, %v): %d, want %d (%v)", c.row, c.from, c.to, got, c.want, err)
		}
	}
	sampled := open(t, func(o *Options) { o.GapSample = 1e-9 })
	sampled.Add(row(10, 50), []float64{1, 1, 1, 37}, nil) // as if 10, 20, 30, 40, 50
	if got, _ := sampled.Snapshot().FramesBetween(0, 20, 41); got != 3 {
		t.Error("interpolated", got)
	}
}

func TestGapSample(t *testing.T) {
	s := open(t, func(o *Options) { o.GapSample = 0.2 })
	gaps := make([]float64, 100_000)
	drawn := s.Add(row(1, 2), gaps, nil)
	if share := float64(len(drawn)) / float64(len(gaps)); share < 0.19 || share > 0.21 {
		t.Errorf("%v of the gaps were drawn", share)
	}
	if r := s.rows.at(0); int(r.count) != len(gaps) || int(r.kept) != len(drawn) || s.gaps.n != int64(len(drawn)) {
		t.Errorf("%+v", r)
	}
	for _, bad := range []float64{-1, 1.5, math.NaN()} {
		if _, err := Open(Options{GapSample: bad}); err == nil {
			t.Error(bad)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	s := open(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			var drawn []float64
			for i := range 500 {
				drawn = s.Add(row(float64(i), 2), []float64{1, 2, 3}, drawn)
				if i%100 == 0 {
					shot := s.Snapshot()
					rows := make([]int32, shot.N)
					for j := range rows {
						rows[j] = int32(j)
					}
					if got, err := shot.GapQuantiles(rows, []float64{1}); err != nil || got[0] != 3 {
						t.Error(got, err)
					}
				}
			}
		})
	}
	all.Wait()
	if s.n != 4000 || s.gaps.n != 12000 {
		t.Error(s.n, s.gaps.n)
	}
}
