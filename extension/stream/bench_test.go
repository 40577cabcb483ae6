package stream

import "testing"

// counting is the least a sink can do.
type counting struct {
	paths *Paths
	hits  []Hit
	n     int
}

func (c *counting) Frame(data []byte, _ Stamp) {
	c.hits, _ = c.paths.Match(data, c.hits[:0])
	c.n++
}
func (c *counting) Comment([]byte, Stamp) {}

// BenchmarkFrames cuts and searches whole recordings; a frame each read, as servers flush them.
func BenchmarkFrames(b *testing.B) {
	for _, r := range recordings(b) {
		b.Run(r.name, func(b *testing.B) {
			var f Framer
			sink := &counting{paths: openAIPaths(b)}
			b.SetBytes(int64(len(r.body)))
			b.ReportAllocs()
			for b.Loop() {
				f.Reset(r.sse, 1<<20, sink)
				_ = f.Feed(r.body, 1)
				_ = f.End(true)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(sink.n), "ns/frame")
		})
	}
}

func BenchmarkMatch(b *testing.B) {
	doc := []byte(`{"choices":[{"finish_reason":null,"index":0,"delta":{"content":" section"}}],"created":1795303333,"id":"chatcmpl-O70RCPTHIy1qzNLppjTVvLZeaOsducDI","model":"tiny","system_fingerprint":"b0-unknown","object":"chat.completion.chunk"}`)
	p := openAIPaths(b)
	var hits []Hit
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		hits, _ = p.Match(doc, hits[:0])
	}
}
