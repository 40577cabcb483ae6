package records

import (
	"math"
	"slices"
)

var nan = math.NaN()

// absentText stands for no text; no value from JavaScript equals it.
const absentText = "\xff"

// chunkSize is how many gaps share one allocation: an arena that grows never copies.
const chunkSize = 1 << 16

// arena holds gaps in microseconds, one after the other.
type arena struct {
	chunks [][]uint32
	n      int64
}

// add appends gaps given in ms and returns the place of the first.
func (a *arena) add(gaps []float64) int64 {
	from := a.n
	for _, gap := range gaps {
		if a.n%chunkSize == 0 {
			a.chunks = append(a.chunks, make([]uint32, chunkSize))
		}
		a.chunks[a.n/chunkSize][a.n%chunkSize] = micros(gap)
		a.n++
	}
	return from
}

func micros(ms float64) uint32 {
	return uint32(min(max(math.Round(ms*1000), 0), math.MaxUint32))
}

// each calls use with the gaps of [from, from+n), piece by piece.
func (a *arena) each(from int64, n int32, use func([]uint32)) {
	for left := int64(n); left > 0; {
		at := from % chunkSize
		piece := min(left, chunkSize-at)
		use(a.chunks[from/chunkSize][at : at+piece])
		from += piece
		left -= piece
	}
}

// summarize takes count, sum and p99 of one row's gaps.
func summarize(gaps []float64) gapRow {
	row := gapRow{count: int32(len(gaps)), p99: nan}
	for _, gap := range gaps {
		row.sum += gap
	}
	if len(gaps) > 0 {
		row.p99 = upperQuantile(gaps, 0.99)
	}
	return row
}

// upperQuantile is a quantile near the upper end, where only the few largest values need to be kept in order.
func upperQuantile(values []float64, q float64) float64 {
	n := len(values)
	keep := n - int(q*float64(n-1)) // the two ranks it lies between, and all above
	top := make([]float64, 0, 64)
	if keep >= cap(top) {
		sorted := slices.Clone(values)
		slices.Sort(sorted)
		return between(q, n, func(rank int) float64 { return sorted[rank-1] })
	}
	for _, v := range values {
		if len(top) == keep && v <= top[0] {
			continue
		}
		at, _ := slices.BinarySearch(top, v)
		top = slices.Insert(top, at, v)
		if len(top) > keep {
			top = slices.Delete(top, 0, 1)
		}
	}
	return between(q, n, func(rank int) float64 { return top[rank-1-(n-keep)] })
}
