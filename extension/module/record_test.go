package module

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const openJS = `x.open({ columns: { t: 'number', model: 'category', cold: 'boolean', ttft: 'number', e2e: 'number', gaps: 'gaps', id: 'text' },
	header: '{"llmload":1,"kind":"run"}', path: %q });`

func TestRecordsOfAllVUs(t *testing.T) {
	path, root := filepath.Join(t.TempDir(), "new", "run.jsonl"), New()
	init := fmt.Sprintf(openJS, path)
	one, two := newVU(t, root, init), newVU(t, root, init)
	if _, err := os.Stat(path); err == nil {
		t.Fatal("the init context left a file")
	}
	one.start().run(`x.record({ t: 1.5, model: 'a', cold: true, ttft: 10, e2e: 40, id: 'x', other: 1 },
		{ llm_ttft: 10 }, { step: '1', n: 2 }, new Float64Array([10, 20]), 'llm_itl')`)
	two.start().run(`x.record({ t: null, ttft: undefined, e2e: NaN, model: 'b', cold: false }, { llm_ttft: NaN }, {})`)
	two.run(`x.record({ model: 'a' }, {}, {}, new Float64Array(0), 'llm_itl')`)

	got := ""
	for _, s := range one.emitted() {
		got += fmt.Sprint(s.Metric.Name, "=", s.Value, " ", s.Tags.Map(), ";")
	}
	tags := "map[group: n:2 scenario:s step:1];"
	if want := "llm_ttft=10 " + tags + "llm_itl=10 " + tags + "llm_itl=20 " + tags; got != want {
		t.Errorf("%s want %s", got, want)
	}
	if n := len(two.emitted()); n != 0 {
		t.Errorf("%d samples for nothing measured", n)
	}

	two.run(`const c = x.columns(), all = new Int32Array([0, 1, 2])`)
	two.want(`[c.n, Array.from(c.number('ttft')), Array.from(c.number('cold'))]`, `[3,[10,null,null],[1,0,null]]`)
	two.want(`c.number('ttft') instanceof Float64Array && c.category('model').codes instanceof Int32Array`, `true`)
	two.want(`[c.category('model').values, Array.from(c.category('model').codes)]`, `[["a","b"],[0,1,0]]`)
	two.want(`[c.text('id', 0), c.text('id', 1) === undefined, c.text('id', 99) === undefined]`, `["x",true,true]`)
	two.want(`[Array.from(c.gapCount), Array.from(c.gapSum), Array.from(c.gapP99)]`, `[[2,0,0],[30,0,0],[19.9,null,null]]`)
	two.want(`[c.gapQuantiles(all, [0, 0.5, 0.99]), c.gapQuantiles(all.subarray(1), [0.5])]`, `[[10,15,19.9],[null]]`)
	two.want(`[c.framesBetween(0, 0, 20), c.framesBetween(0, 0, 41), c.framesBetween(1, 0, 99)]`, `[1,3,0]`)
	two.run(`x.record({ model: 'c' }, {}, {})`)
	two.want(`[c.n, x.columns().n, c.category('model').values.length]`, `[3,4,2]`)

	two.run(`x.finish({ step_2: 3, step_1: 0 }); x.record({}, {}, {})`)
	raw, _ := os.ReadFile(path)
	got = string(raw)
	want := strings.Join([]string{
		`{"llmload":1,"kind":"run"}`,
		`{"t":1.5,"model":"a","cold":true,"ttft":10,"e2e":40,"gaps":[10,20],"id":"x"}`,
		`{"t":null,"model":"b","cold":false,"ttft":null,"e2e":null,"gaps":[],"id":null}`,
		`{"t":null,"model":"a","cold":null,"ttft":null,"e2e":null,"gaps":[],"id":null}`,
		`{"t":null,"model":"c","cold":null,"ttft":null,"e2e":null,"gaps":[],"id":null}`,
		`{"kind":"end","requests":4,"cut":0,"dropped":{"step_1":0,"step_2":3}}`, ``,
	}, "\n")
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestRecordMisuseThrows(t *testing.T) {
	vu := newVU(t, New(), `x.open({ columns: { n: 'number', b: 'boolean' }, header: '' })`)
	vu.throws(`x.record({}, {}, {})`, "init context")
	vu.start()
	for script, message := range map[string]string{
		`x.record()`:                                           "record needs an object",
		`x.record({ n: '1' }, {}, {})`:                         `record: n must be a number, not "1"`,
		`x.record({ n: {} }, {}, {})`:                          "n must be a number",
		`x.record({ b: 1 }, {}, {})`:                           "b must be a boolean",
		`x.record({}, { llm_nope: 1 }, {})`:                    `there is no metric "llm_nope"`,
		`x.record({}, { llm_ttft: 'x' }, {})`:                  "llm_ttft must be a number",
		`x.record({}, {}, { a: [] })`:                          "invalid value for metric tag",
		`x.record({}, {}, {}, null, 'llm_nope')`:               `there is no metric "llm_nope"`,
		`x.record({}, {}, {}, 'abc')`:                          "Float64Array",
		`x.columns().number('x')`:                              "there is no column x",
		`x.columns().category('n')`:                            "column n is of type number",
		`x.columns().gapQuantiles([0], [0.5])`:                 "Int32Array",
		`x.columns().gapQuantiles(new Int32Array([5]), [0.5])`: "there is no row 5",
		`x.columns().framesBetween(0, 0, 1)`:                   "there is no column ttft",
		`x.finish({ a: 'x' })`:                                 "a must be a number",
	} {
		vu.throws(script, message)
	}
	vu.want(`x.columns().n`, `0`) // a record is kept whole or not at all
	if samples := vu.emitted(); len(samples) != 0 {
		t.Error(samples)
	}
}

func TestAFileThatFailsLaterThrowsAtTheFirstUse(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new")
	vu := newVU(t, New(), newClientJS+fmt.Sprintf(openJS, filepath.Join(folder, "run.jsonl"))).start()
	_ = os.WriteFile(folder, nil, 0o600)
	for range 2 {
		vu.throws(`x.record({}, {}, {})`, "cannot be written")
		vu.throws(`client.send({ url: 'http://127.0.0.1:1/', headers: {} })`, "cannot be written")
	}
}

// What send returns can be recorded as it is.
func TestSendAndRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.jsonl")
	root := New()
	vu := newVU(t, root, newClientJS+fmt.Sprintf(openJS, path)).start()
	vu.run(fmt.Sprintf(`for (let i = 0; i < 3; i++) {
		const e = client.send({ url: %q, headers: {}, body: '{}' });
		x.record({ t: e.startedAt, model: e.values.model, cold: e.cold, ttft: e.ttft, e2e: e.e2e }, { llm_ttft: e.ttft }, {}, e.gaps, 'llm_itl');
	}
	x.finish({})`, streaming(t)))
	if n := len(vu.emitted()); n != 3*(9+1+15) {
		t.Errorf("%d samples", n)
	}
	vu.want(`Array.from(x.columns().gapCount)`, `[15,15,15]`)
	raw, _ := os.ReadFile(path)
	for i, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		var record struct{ Gaps []float64 }
		if err := json.Unmarshal([]byte(line), &record); err != nil || (i >= 1 && i <= 3) != (len(record.Gaps) == 15) {
			t.Errorf("line %d: %v %s", i, err, line)
		}
	}
	if c := root.live.Started.Load(); c != 3 {
		t.Error(c)
	}
}

// Values are read where they are; what lies in no object is absent.
func TestRecordFrom(t *testing.T) {
	vu := newVU(t, New(), `x.open({ columns: { t: 'number', in: 'number', model: 'category' }, header: '{}', from: { t: 'startedAt', in: 'usage.input' } })`)
	vu.start().run(`x.record({ startedAt: 5, t: 6, usage: { input: 7 }, model: 'a' }, {}, {}); x.record({ usage: 8 }, {}, {}); x.record({}, {}, {})`)
	vu.run(`const c = x.columns()`)
	vu.want(`[Array.from(c.number('t')), Array.from(c.number('in'))]`, `[[5,null,null],[7,null,null]]`)
	vu.throws(`x.record({ usage: { input: '7' } }, {}, {})`, "in must be a number")
}

func TestNote(t *testing.T) {
	path, root := filepath.Join(t.TempDir(), "run.jsonl"), New()
	vu := newVU(t, root, fmt.Sprintf(openJS, path))
	vu.throws(`x.note('{"kind":"a"}')`, "init context")
	vu.start().run(`x.note(JSON.stringify({ kind: 'setup', é: [1] })); x.finish({})`)
	vu.throws(`x.note('{')`, `note: a note is one line of JSON, an object with a "kind", not "{"`)
	vu.throws(`x.note({ kind: 'a' })`, `not "[object Object]"`)
	raw, _ := os.ReadFile(path)
	if got := strings.Split(string(raw), "\n")[1]; got != `{"kind":"setup","é":[1]}` {
		t.Error(got)
	}
	newVU(t, New(), "").start().throws(`x.note('{"kind":"a"}')`, "open()")
	newVU(t, New(), `x.open({ columns: {}, header: '{}' })`).start().run(`x.note('{"kind":"a"}')`)
}

// Notes are there for whoever asks, in any VU, with a file and without one.
func TestNotes(t *testing.T) {
	for _, init := range []string{`x.open({ columns: {}, header: '{}' })`, fmt.Sprintf(openJS, filepath.Join(t.TempDir(), "run.jsonl"))} {
		root := New()
		vu := newVU(t, root, init)
		vu.throws(`x.notes()`, "init context")
		vu.start().want(`x.notes()`, `[]`)
		vu.run(`x.note('{"kind":"a","b":"é"}')`)
		other := newVU(t, root, init).start()
		other.run(`x.note('{"kind":"b"}')`)
		vu.throws(`x.note('no')`, "one line of JSON")
		vu.run(`x.finish({})`)
		want := `["{\"kind\":\"a\",\"b\":\"é\"}","{\"kind\":\"b\"}"]`
		vu.want(`x.notes()`, want)
		other.want(`(x.notes().push('mine'), x.notes())`, want)
	}
	newVU(t, New(), "").start().throws(`x.notes()`, "open()")
}

func TestLive(t *testing.T) {
	root := New()
	vu := newVU(t, root, `x.open({ columns: {}, header: '{}' })`).start()
	vu.want(`(l => [l.t.length, l.cores])(x.columns().live())`, `[0,0]`)
	root.live.Frames.Store(7)
	for end := time.Now().Add(30 * time.Second); len(root.store.Snapshot().Live) == 0 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	vu.run(`const c = x.columns(), l = c.live(); x.finish({})`)
	vu.want(`Object.keys(l)`, `["t","inFlight","started","frames","cpu","lag","cores"]`)
	vu.want(`['t', 'inFlight', 'started', 'frames', 'cpu', 'lag'].every((name) => l[name] instanceof Float64Array && l[name].length === l.t.length)`, `true`)
	vu.want(`Math.abs(l.t[0] - x.now()) < 60000 && l.lag[0] >= 0 && l.cores >= 1`, `true`)
	vu.want(`[l.inFlight[0], l.started[0], l.frames[0]]`, `[0,0,7]`)
}

// now and place cost a call, so they must be right rather than rich.
func TestPlaceOutsideAScenario(t *testing.T) {
	newVU(t, New(), "").start().throws(`x.place()`, "scenario")
}
