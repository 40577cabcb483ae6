package records

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	for value, want := range map[float64]string{
		0: "0", 1: "1", -1: "-1", 1.5: "1.5", 1.25: "1.25", 1.125: "1.125", 0.001: "0.001", 0.0004: "0", 0.0005: "0.001", -0.25: "-0.25",
		0.01: "0.01", 10.1: "10.1", 1795303333123.456: "1795303333123.456", 1e15: "1000000000000000", 1e21: "1000000000000000000000",
		123.4567: "123.457", math.NaN(): "null", math.Inf(1): "null", -0.0001: "0", 99.9999: "100",
	} {
		if got := string(AppendNumber(nil, value)); got != want {
			t.Errorf("%v is written as %s, want %s", value, got, want)
		}
	}
}

func TestLine(t *testing.T) {
	s := open(t)
	cells := []Cell{number(1795303333123.4564), number(12.3456), none, none, number(1), text(`a"b`), text("é\n<\xff"), text("{}")}
	got := string(s.AppendLine(nil, cells, []float64{1, 0.0301, 25}))
	want := `{"t":1795303333123.456,"ttft":12.346,"e2e":null,"gaps":[1,0.03,25],"cold":true,"model":"a\"b","id":"é\n<\ufffd","tags":"{}"}` + "\n"
	if got != want {
		t.Errorf("%s want %s", got, want)
	}
	if !json.Valid([]byte(got)) {
		t.Error("no JSON")
	}
	plain := &Store{Options: Options{Columns: []Column{{Name: "a", Type: Boolean}, {Name: "b", Type: Text}}}}
	if got := string(plain.AppendLine(nil, []Cell{number(0), text("x")}, nil)); got != `{"a":false,"b":"x","gaps":[]}`+"\n" {
		t.Error(got)
	}
	if got := string((&Store{}).AppendLine(nil, nil, []float64{1})); got != `{"gaps":[1]}`+"\n" {
		t.Error(got)
	}
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.SplitAfter(string(raw), "\n")
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "run.jsonl")
	s := open(t, func(o *Options) { o.Path, o.Header = path, `{"kind":"run"}` })
	if _, err := os.Stat(filepath.Dir(path)); err == nil {
		t.Fatal("created before the test runs")
	}
	counts := func() Counts { return Counts{InFlight: 1, Started: 2, Frames: 3, Cut: 4} }
	for range 3 {
		if err := s.Start(counts, func() float64 { return 5.5 }); err != nil {
			t.Fatal(err)
		}
	}
	cells := row(1, 2)
	s.Add(cells, nil, nil)
	s.Write(s.AppendLine(nil, cells, nil))
	for deadline := time.Now().Add(10 * time.Second); len(lines(t, path)) < 4 && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	live := lines(t, path)[2]
	if err := s.End(counts(), map[string]float64{"b": 2, "a": 1}); err != nil {
		t.Fatal(err)
	}
	s.Write([]byte("too late\n"))
	if err := s.End(counts(), nil); err != nil {
		t.Fatal(err)
	}
	got := lines(t, path)
	for i, want := range []string{
		`{"kind":"run"}`,
		`{"t":null,"ttft":1,"e2e":2,"gaps":[],"cold":null,"model":null,"id":null,"tags":null}`,
		strings.TrimSuffix(live, "\n"),
		`{"kind":"end","requests":1,"cut":4,"dropped":{"a":1,"b":2}}`,
		``,
	} {
		if i >= len(got) || strings.TrimSuffix(got[i], "\n") != want {
			t.Fatalf("line %d: %q, want %s", i, got, want)
		}
	}
	if !strings.HasPrefix(live, `{"kind":"live","t":5.5,"in_flight":1,"started":2,"frames":3,"cpu":`) {
		t.Error(live)
	}
}

func TestNote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.jsonl")
	s := open(t, func(o *Options) { o.Path, o.Header = path, `{}` })
	_ = s.Start(func() Counts { return Counts{} }, func() float64 { return 0 })
	note := `{"kind":"setup","a":["é", 1]}`
	if err := s.Note(note); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{``, `x`, `1`, `[]`, `null`, `{}`, `{"kind":""}`, `{"kind":1}`, "{\"kind\":\n\"a\"}", note + "\n", note + note} {
		if err := s.Note(bad); err == nil || !strings.HasPrefix(err.Error(), `a note is one line of JSON, an object with a "kind", not "`) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	_ = s.End(Counts{}, nil)
	if got := lines(t, path); len(got) != 4 || got[1] != note+"\n" {
		t.Errorf("%q", got)
	}
	if err := open(t).Note(note); err != nil { // no file: nothing
		t.Error(err)
	}
}

func TestEndWithoutAnyone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.jsonl")
	s := open(t, func(o *Options) { o.Path, o.Header = path, `{}` })
	if err := s.End(Counts{}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a test that never ran left a file")
	}
	s = open(t, func(o *Options) { o.Path, o.Header = path, `{}` })
	_ = s.Start(func() Counts { return Counts{} }, func() float64 { return 0 })
	_ = s.End(Counts{}, nil)
	if got := lines(t, path); got[1] != `{"kind":"end","requests":0,"cut":0,"dropped":null}`+"\n" {
		t.Errorf("%q", got)
	}
}

func TestAFileThatCannotBe(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	_ = os.WriteFile(file, nil, 0o600)
	for path, why := range map[string]string{
		folder:                           "it is a folder",
		filepath.Join(file, "run.jsonl"): "is no folder",
		filepath.Join(file, "a", "b"):    "is no folder",
	} {
		_, err := Open(Options{Path: path})
		if err == nil || !strings.HasPrefix(err.Error(), "the records file "+path+" cannot be written: ") || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if s, err := Open(Options{Path: filepath.Join(folder, "new", "run.jsonl")}); err != nil {
		t.Error(err)
	} else {
		_ = os.WriteFile(filepath.Join(folder, "new"), nil, 0o600) // in the meantime
		for range 2 {
			if err := s.Start(nil, nil); err == nil {
				t.Error("started")
			}
		}
	}
}

func BenchmarkAddAndWrite(b *testing.B) {
	s := open(b)
	cells := []Cell{number(1795303333123.4564), number(12.3456), number(99), none, number(1), text(`model`), text("chatcmpl-1"), none}
	gaps := make([]float64, 100)
	for i := range gaps {
		gaps[i] = 20 + float64(i%7)/7
	}
	var line []byte
	var drawn []float64
	b.ReportAllocs()
	for b.Loop() {
		drawn = s.Add(cells, gaps, drawn)
		line = s.AppendLine(line[:0], cells, gaps)
	}
}
