//go:build unix

package records

import "golang.org/x/sys/unix"

// cpuSeconds is what this process has used of all cores so far, in user and in system code.
func cpuSeconds() float64 {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		return nan
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}
