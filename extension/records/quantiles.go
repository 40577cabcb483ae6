package records

import "fmt"

// GapQuantiles are nearest-rank quantiles over the kept gaps of these rows, in ms; NaN without any. Microseconds fit in 32
// bits, so two rounds of counting, upper half then lower half, find them exactly without copying or sorting a thing.
func (s *Snapshot) GapQuantiles(rows []int32, quantiles []float64) ([]float64, error) {
	upper := make([]int, 1<<16)
	n := 0
	for _, row := range rows {
		if row < 0 || int(row) >= s.N {
			return nil, fmt.Errorf("there is no row %d", row)
		}
		s.eachGap(row, func(gap uint32) { upper[gap>>16]++ })
		n += int(s.rows[row].kept)
	}
	out := make([]float64, len(quantiles))
	lower := map[int][]int{} // by upper half
	for i, q := range quantiles {
		out[i] = nan
		if !(q >= 0 && q <= 1) {
			return nil, fmt.Errorf("a quantile lies in [0, 1], not %v", q)
		}
		if n == 0 {
			continue
		}
		high, left := locate(upper, rank(q, n))
		if lower[high] == nil {
			lower[high] = s.countLower(rows, uint32(high))
		}
		low, _ := locate(lower[high], left)
		out[i] = float64(high<<16|low) / 1000
	}
	return out, nil
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
	r := s.rows[row]
	s.gaps.each(r.from, r.kept, func(piece []uint32) {
		for _, gap := range piece {
			use(gap)
		}
	})
}
