//go:build !unix

package records

// cpuSeconds knows nothing here.
func cpuSeconds() float64 { return nan }
