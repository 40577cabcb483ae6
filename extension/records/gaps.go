package records

import (
	"math"
	"slices"
)

var nan = math.NaN()

// micros is how gaps are kept: whole microseconds, up to 71 minutes.
func micros(ms float64) uint32 {
	return uint32(min(max(math.Round(ms*1000), 0), math.MaxUint32))
}

// summarize takes count, sum and p99 of one row's gaps, each as its line holds it.
func summarize(gaps []float64) gapRow {
	row := gapRow{count: int32(len(gaps)), p99: nan}
	for _, gap := range gaps {
		row.sum += float64(micros(gap))
	}
	row.sum /= 1000
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
		return between(q, n, func(rank int) float64 { return thousandths(sorted[rank-1]) })
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
	return between(q, n, func(rank int) float64 { return thousandths(top[rank-1-(n-keep)]) })
}
