package records

import "fmt"

// GapQuantiles are quantiles over the kept gaps of these rows, in ms, linear between ranks; NaN without any. Microseconds
// fit in 32 bits, so two rounds of counting, upper half then lower half, find a rank exactly without copying or sorting.
func (s *Snapshot) GapQuantiles(rows []int32, quantiles []float64) ([]float64, error) {
	upper := make([]int, 1<<16)
	n := 0
	for _, row := range rows {
		if row < 0 || int(row) >= s.N {
			return nil, fmt.Errorf("there is no row %d", row)
		}
		s.eachGap(row, func(gap uint32) { upper[gap>>16]++ })
		n += int(s.rows.at(int64(row)).kept)
	}
	lower := map[int][]int{} // by upper half
	smallest := func(rank int) float64 {
		high, left := locate(upper, rank)
		if lower[high] == nil {
			lower[high] = s.countLower(rows, uint32(high))
		}
		low, _ := locate(lower[high], left)
		return float64(high<<16|low) / 1000
	}
	out := make([]float64, len(quantiles))
	for i, q := range quantiles {
		if !(q >= 0 && q <= 1) {
			return nil, fmt.Errorf("a quantile lies in [0, 1], not %v", q)
		}
		out[i] = between(q, n, smallest)
	}
	return out, nil
}

// between is the q-quantile of n values, linear between ranks, as k6's thresholds have it: the value at q·(n−1).
// smallest gives the rank-th smallest value, from 1.
func between(q float64, n int, smallest func(rank int) float64) float64 {
	if n == 0 {
		return nan
	}
	at := q * float64(n-1)
	low := int(at)
	a := smallest(low + 1)
	if part := at - float64(low); part > 0 {
		return a + (smallest(low+2)-a)*part
	}
	return a
}

// locate finds the bucket that holds the rank-th item, and its rank therein.
func locate(counts []int, rank int) (bucket, left int) {
	for bucket, count := range counts {
		if rank <= count {
			return bucket, rank
		}
		rank -= count
	}
	return len(counts) - 1, rank
}

func (s *Snapshot) countLower(rows []int32, high uint32) []int {
	counts := make([]int, 1<<16)
	for _, row := range rows {
		s.eachGap(row, func(gap uint32) {
			if gap>>16 == high {
				counts[gap&0xffff]++
			}
		})
	}
	return counts
}

func (s *Snapshot) eachGap(row int32, use func(uint32)) {
	r := s.rows.at(int64(row))
	s.gaps.each(r.from, int64(r.kept), func(piece []uint32) {
		for _, gap := range piece {
			use(gap)
		}
	})
}
