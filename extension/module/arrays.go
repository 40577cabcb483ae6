package module

import (
	"unsafe"

	"github.com/grafana/sobek"
)

// Typed arrays take their memory as bytes: one copy, no conversion of elements. k6 only runs on little-endian machines
// that lay numbers out as sobek does.

func (i *instance) float64Array(values []float64) *sobek.Object {
	return i.typedArray("Float64Array", bytesOf(values))
}

func (i *instance) int32Array(values []int32) *sobek.Object {
	return i.typedArray("Int32Array", bytesOf(values))
}

func bytesOf[T int32 | float64](values []T) []byte {
	if len(values) == 0 {
		return nil
	}
	size := len(values) * int(unsafe.Sizeof(values[0]))
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), size)...)
}

func (i *instance) typedArray(kind string, data []byte) *sobek.Object {
	rt := i.vu.Runtime()
	array, err := rt.New(rt.GlobalObject().Get(kind), rt.ToValue(rt.NewArrayBuffer(data)))
	return must(i, array, err)
}
