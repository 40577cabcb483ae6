// Package stream turns the bytes of an answer into timed frames and finds JSON paths in them. It is pure: bytes and
// stamps go in, frames and hits come out; it knows neither HTTP nor k6.
package stream

import "time"

// Stamp is a moment on the monotonic clock, in nanoseconds since the process began; always above 0.
type Stamp int64

// Clock tells the present moment. Tests bring their own.
type Clock func() Stamp

// One wall-clock reading for the whole process: later steps of the system clock (NTP) move no figure.
var (
	base      = time.Now()
	baseEpoch = float64(base.UnixNano()) / 1e6
)

// Now is the real clock.
func Now() Stamp { return Stamp(time.Since(base)) + 1 }

// Epoch is the stamp as wall-clock epoch milliseconds.
func (s Stamp) Epoch() float64 { return baseEpoch + float64(s)/1e6 }

// Ms is the distance from an earlier stamp in milliseconds.
func (s Stamp) Ms(from Stamp) float64 { return float64(s-from) / 1e6 }
