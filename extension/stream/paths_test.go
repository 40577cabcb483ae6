package stream

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// find names what Match finds, as kind or index and raw JSON.
func find(p *Paths, doc string) ([]string, bool) {
	hits, valid := p.Match([]byte(doc), nil)
	var out []string
	for _, h := range hits {
		name := fmt.Sprint(h.Index)
		if h.Kind != Value {
			name = [...]string{"content", "reasoning", "tool"}[h.Kind]
		}
		out = append(out, name+"="+doc[h.Start:h.End])
	}
	return out, valid
}

func TestMatch(t *testing.T) {
	p := openAIPaths(t)
	for doc, want := range map[string][]string{
		`{"choices":[{"delta":{"content":"a"}}]}`:                                            {`content="a"`},
		" {\n\"choices\" : [ {\t\"delta\" : { \"content\" : \"a\" } } ] }\r\n":               {`content="a"`},
		`{"choices":[{"delta":{"content":""}}]}`:                                             nil,
		`{"choices":[{"delta":{"content":null}}]}`:                                           nil,
		`{"choices":[{"delta":{"content":[ ]}}]}`:                                            nil,
		`{"choices":[{"delta":{"content":{ }}}]}`:                                            nil,
		`{"choices":[{"delta":{"content":" "}}]}`:                                            {`content=" "`},
		`{"choices":[{"delta":{"content":[{}]}}]}`:                                           {`content=[{}]`},
		`{"choices":[{"delta":{"content":0}}]}`:                                              {`content=0`},
		`{"choices":[{"delta":{"content":false}}]}`:                                          {`content=false`},
		`{"choices":[{"delta":{"content":-1.5e+3}}]}`:                                        {`content=-1.5e+3`},
		`{"choices":[{"delta":{"content":"a\"}]\\"}}]}`:                                      {`content="a\"}]\\"`},
		`{"choices":[{"delta":{"c\u006fntent":"a"}}]}`:                                       {`content="a"`},
		`{"choices":[{"text":"a","finish_reason":"stop"}],"usage":{"a":[1,{"b":2}]}}`:        {`content="a"`, `2="stop"`, `3={"a":[1,{"b":2}]}`},
		`{"choices":[{"index":0},{"delta":{"content":"second"}}]}`:                           nil,
		`{"choices":[],"usage":{"x":1}}`:                                                     {`3={"x":1}`},
		`{"choices":{"0":{"delta":{"content":"object"}}}}`:                                   {`content="object"`},
		`{"usage":null,"model":"m","id":""}`:                                                 {`0="m"`, `1=""`},
		`{"choices":[{"delta":{"reasoning":"r","tool_calls":[{"id":"x"}],"content":null}}]}`: {`reasoning="r"`, `tool=[{"id":"x"}]`},
		`{"deep":{"model":"no","x":[[["model"]]]},"model":"yes"}`:                            {`0="yes"`},
		`{}`: nil, `[]`: nil, `"text"`: nil, `12`: nil, `null`: nil, `[{"model":"x"}]`: nil,
	} {
		got, valid := find(p, doc)
		if !valid || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v %q, want %q", doc, valid, got, want)
		}
	}
}

func TestMatchPathShapes(t *testing.T) {
	for _, c := range []struct{ path, doc, want string }{
		{"a", `{"a":1}`, `0=1`},
		{`a\.b.c`, `{"a.b":{"c":1}}`, `0=1`},
		{"0.a", `[{"a":1}]`, `0=1`},
		{"1", `[1,2,3]`, `0=2`},
		{"a.1.2", `{"a":[0,[1,2,3]]}`, `0=3`},
		{"12", `{"12":3}`, `0=3`},
		{"naïve", `{"naïve":3}`, `0=3`},
	} {
		var p Paths
		if err := p.Add(c.path, Value, 0); err != nil {
			t.Fatal(err)
		}
		if got, valid := find(&p, c.doc); !valid || len(got) != 1 || got[0] != c.want {
			t.Errorf("%s in %s: %v %q", c.path, c.doc, valid, got)
		}
	}
	for _, path := range []string{"", ".", "a.", ".a", "a..b"} {
		if (&Paths{}).Add(path, Value, 0) == nil {
			t.Errorf("%q was taken for a path", path)
		}
	}
}

// A path may end where another goes on.
func TestMatchNestedTargets(t *testing.T) {
	var p Paths
	for i, path := range []string{"usage", "usage.out", "usage"} {
		_ = p.Add(path, Value, i)
	}
	got, _ := find(&p, `{"usage":{"out":3}}`)
	if want := []string{`1=3`, `0={"out":3}`, `2={"out":3}`}; !reflect.DeepEqual(got, want) {
		t.Fatalf("%q", got)
	}
}

func TestEveryTruncationIsGarbage(t *testing.T) {
	p := openAIPaths(t)
	doc := `{"id":"x\n\u00e9","choices":[{"index":0,"delta":{"content":"a, {[\"b"},"finish_reason":null},[1.5e-3,true,false]],"usage":{"n":-0}}`
	for at := range doc {
		if _, valid := p.Match([]byte(doc[:at]), nil); valid {
			t.Errorf("%s was taken for JSON", doc[:at])
		}
	}
	if _, valid := p.Match([]byte(doc), nil); !valid {
		t.Error("the whole is JSON")
	}
}

func TestGarbage(t *testing.T) {
	p := openAIPaths(t)
	for _, doc := range []string{
		"", " ", "[DONE]", "hello", `{"a":}`, `{"a"}`, `{"a":1,}`, `[1,]`, `{"a":1}}`, `{"a":1} x`, `{a:1}`, `{"a":01}`, `{"a":1.}`,
		`{"a":-}`, `{"a":+1}`, `{"a":1e}`, `{"a":tru}`, `{"a":nul}`, `{"a":"` + "\n" + `"}`, `{"a":'b'}`, `[`, `{`, `{"a":[}`, `,`,
		strings.Repeat("[", 1<<20), strings.Repeat(`{"a":`, 1<<20),
	} {
		if _, valid := p.Match([]byte(doc), nil); valid {
			t.Errorf("%.40s was taken for JSON", doc)
		}
	}
}

func FuzzMatch(f *testing.F) {
	p := openAIPaths(f)
	for _, r := range recordings(f) {
		for _, frame := range cut(f, r.sse, r.body).frames {
			f.Add(frame)
		}
	}
	f.Fuzz(func(t *testing.T, doc string) {
		hits, valid := p.Match([]byte(doc), nil)
		if json.Valid([]byte(doc)) && !valid && !strings.Contains(doc, strings.Repeat("[", maxDepth/2)) {
			t.Errorf("%q is JSON", doc)
		}
		for _, h := range hits {
			if valid && json.Valid([]byte(doc)) && !json.Valid([]byte(doc[h.Start:h.End])) {
				t.Errorf("%q: hit %q", doc, doc[h.Start:h.End])
			}
		}
	})
}
