package records

// chunkLength is how many values share one allocation.
const chunkLength = 1 << 12

// series is a list that grows without copying what it holds: one that doubles keeps all VUs waiting meanwhile, some 50 ms at
// half a million records. Values once added never change, so that a copy of the struct is a snapshot.
type series[T any] struct {
	chunks [][]T
	n      int64
}

func (s *series[T]) add(value T) {
	if s.n%chunkLength == 0 {
		s.chunks = append(s.chunks, make([]T, chunkLength))
	}
	s.chunks[s.n/chunkLength][s.n%chunkLength] = value
	s.n++
}

func (s *series[T]) at(i int64) T { return s.chunks[i/chunkLength][i%chunkLength] }

// each calls use with the values of [from, from+n), piece by piece.
func (s *series[T]) each(from, n int64, use func([]T)) {
	for n > 0 {
		at := from % chunkLength
		piece := min(n, chunkLength-at)
		use(s.chunks[from/chunkLength][at : at+piece])
		from += piece
		n -= piece
	}
}

// slice is a copy of the values of [from, from+n).
func (s *series[T]) slice(from, n int64) []T {
	out := make([]T, 0, n)
	s.each(from, n, func(piece []T) { out = append(out, piece...) })
	return out
}
