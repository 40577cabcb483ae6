package module

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// planFile has two rows, 0 and 250.5 ms; the second lacks everything that a row may lack.
func planFile(t *testing.T) string {
	t.Helper()
	head := fmt.Sprintf(`{"llmload":1,"kind":"plan","rows":2,"header":%d}`, 128+2*32+3)
	data := []byte(head + strings.Repeat(" ", 128-len(head)))
	row := func(at float64, numbers ...uint32) {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(at))
		data = binary.LittleEndian.AppendUint64(data, 0)
		for _, n := range numbers {
			data = binary.LittleEndian.AppendUint32(data, n)
		}
	}
	row(0, 3, 12, 34, 1)
	row(250.5, math.MaxUint32, math.MaxUint32, math.MaxUint32, math.MaxUint32)
	path := filepath.Join(t.TempDir(), "trace.plan")
	if err := os.WriteFile(path, append(data, "hé{}"...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPlanInInitAndInIterations(t *testing.T) {
	root := New()
	init := fmt.Sprintf("const p = x.plan(%q)", planFile(t))
	one, two := newVU(t, root, init), newVU(t, root, init)
	for _, vu := range []*testVU{one, two, one.start()} {
		vu.want(`[p.header, p.rows, p.row(0), p.row(1)]`,
			`["{}",2,{"at":0,"input":12,"output":34,"model":1,"text":"hé"},{"at":250.5}]`)
		vu.want(`[p.find(0), p.find(1), p.find(251), p.find(Infinity)]`, `[0,1,2,2]`)
		vu.want(`[p.peak(0, 2, 250.5), p.peak(0, 2, 251), p.peak(0, Infinity, 251), p.peak(1, 1, 1)]`, `[1,2,2,0]`)
	}
	if len(root.plans) != 1 {
		t.Error("each VU opened the file")
	}
	one.throws(`p.row(2)`, "there is no row 2 of 2")
	one.throws(`p.row(-1)`, "there is no row -1 of 2")
}

func TestNoPlan(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace.csv")
	if err := os.WriteFile(path, []byte("a,b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	vu := newVU(t, New(), "")
	vu.throws(fmt.Sprintf("x.plan(%q)", path), "is no plan")
	vu.throws(`x.plan('/nowhere/at/all')`, "cannot be read (no such file or directory)")
}
