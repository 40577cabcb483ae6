package plan

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const header = `{"models":["a"]}`

// file is what `llmload plan` writes of these rows.
func file(rows ...Row) []byte {
	var texts []byte
	head := start + len(rows)*width
	for _, row := range rows {
		head += len(row.Text)
	}
	out := fmt.Appendf(nil, `{"llmload":1,"kind":"plan","rows":%d,"header":%d}`, len(rows), head)
	out = append(out, strings.Repeat(" ", start-len(out))...)
	for _, row := range rows {
		length := uint32(absent)
		if row.HasText {
			length = uint32(len(row.Text))
		}
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(row.At))
		out = binary.LittleEndian.AppendUint64(out, uint64(len(texts)))
		for _, n := range []uint32{length, uint32(row.Input), uint32(row.Output), uint32(row.Model)} {
			out = binary.LittleEndian.AppendUint32(out, n)
		}
		texts = append(texts, row.Text...)
	}
	return append(append(out, texts...), header...)
}

func write(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace.plan")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t testing.TB, rows ...Row) *File {
	t.Helper()
	f, err := Open(write(t, file(rows...)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// timed makes rows of these times and nothing else.
func timed(times ...float64) []Row {
	rows := make([]Row, len(times))
	for i, at := range times {
		rows[i] = Row{At: at, Input: -1, Output: -1, Model: -1}
	}
	return rows
}

func TestRows(t *testing.T) {
	rows := []Row{
		{At: 0, Input: 1, Output: 4294967294, Model: 0},
		{At: 0.25, Input: -1, Output: -1, Model: -1, Text: "how é?", HasText: true},
		{At: 1e12 + 0.125, Input: 0, Output: 7, Model: -1, Text: "", HasText: true},
	}
	f := open(t, rows...)
	if f.Rows != 3 || f.Header != header {
		t.Error(f.Rows, f.Header)
	}
	for i, want := range rows {
		if got, err := f.Row(int64(i)); err != nil || got != want {
			t.Errorf("row %d: %+v, want %+v (%v)", i, got, want, err)
		}
	}
	for _, outside := range []int64{-1, 3} {
		if _, err := f.Row(outside); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("no row %d of 3", outside)) {
			t.Error(err)
		}
	}
}

func TestFind(t *testing.T) {
	f := open(t, timed(0, 10, 10, 20)...)
	for at, want := range map[float64]int64{-5: 0, 0: 0, 0.5: 1, 10: 1, 10.5: 3, 20: 3, 21: 4, math.Inf(1): 4} {
		if got, err := f.Find(at); err != nil || got != want {
			t.Errorf("find(%v): %d, want %d (%v)", at, got, want, err)
		}
	}
	if got, err := open(t).Find(0); err != nil || got != 0 {
		t.Error(got, err)
	}
}

func TestPeakAgainstTheDefinition(t *testing.T) {
	source := rand.New(rand.NewPCG(3, 4))
	var times []float64
	for at := 0.0; len(times) < 3000; at += math.Floor(source.ExpFloat64() * 4) {
		times = append(times, at)
	}
	f := open(t, timed(times...)...)
	for _, c := range []struct {
		from, to int
		span     float64
	}{{0, 3000, 50}, {0, 3000, 0.5}, {100, 900, 1000}, {5, 6, 10}, {2000, 3000, 1e9}} {
		want := int64(0)
		for i := c.from; i < c.to; i++ {
			n := int64(0)
			for j := i; j < c.to && times[j] < times[i]+c.span; j++ {
				n++
			}
			want = max(want, n)
		}
		for range 2 { // the second time it is remembered
			if got, err := f.Peak(int64(c.from), int64(c.to), c.span); err != nil || got != want {
				t.Errorf("%+v: %d, want %d (%v)", c, got, want, err)
			}
		}
	}
	if got, err := f.Peak(10, 10, 50); err != nil || got != 0 {
		t.Error("no rows:", got, err)
	}
	if got, err := f.Peak(0, math.MaxInt64, 1e9); err != nil || got != 3000 {
		t.Error("more than there are:", got, err)
	}
}

func TestManyAtOnce(t *testing.T) {
	rows := make([]Row, 2000)
	for i := range rows {
		rows[i] = Row{At: float64(i), Input: int64(i), Output: -1, Model: -1, Text: fmt.Sprint("row ", i), HasText: true}
	}
	f := open(t, rows...)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := worker; i < len(rows); i += 3 {
				if got, err := f.Row(int64(i)); err != nil || got != rows[i] {
					t.Error(i, got, err)
				}
				if got, err := f.Find(float64(i)); err != nil || got != int64(i) {
					t.Error(i, got, err)
				}
			}
			if got, err := f.Peak(0, 2000, 100); err != nil || got != 100 {
				t.Error(got, err)
			}
		})
	}
	all.Wait()
}

func TestOtherFiles(t *testing.T) {
	whole := file(timed(1, 2, 3)...)
	foreign := append([]byte(`{"llmload":1,"kind":"run"}`), make([]byte, 500)...)
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"empty", "is no plan", nil},
		{"text", "is no plan", []byte("TIMESTAMP,ContextTokens,GeneratedTokens\n")},
		{"records", "is no plan", foreign},
		{"other version", "is of version 2 of the format", []byte(strings.Replace(string(whole), `:1,"kind"`, `:2,"kind"`, 1))},
		{"header missing", "is cut short", whole[:len(whole)-len(header)]},
		{"half a header", "is cut short", whole[:len(whole)-1]},
		{"rows missing", "is cut short", whole[:start+width]},
	} {
		if _, err := Open(write(t, c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "no.plan")); err == nil || err.Error() != "cannot be read (no such file or directory)" {
		t.Error(err)
	}
	if _, err := Open(t.TempDir()); err == nil || err.Error() != "is a folder" {
		t.Error(err)
	}
}

func BenchmarkRow(b *testing.B) {
	f := open(b, timed(make([]float64, 100_000)...)...)
	for i := 0; b.Loop(); i++ {
		if _, err := f.Row(int64(i * 7919 % 100_000)); err != nil {
			b.Fatal(err)
		}
	}
}
