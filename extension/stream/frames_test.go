package stream

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestRecordingsSplitAtEveryByte(t *testing.T) {
	for _, r := range recordings(t) {
		t.Run(r.name, func(t *testing.T) {
			whole := cut(t, r.sse, r.body)
			if len(whole.frames) == 0 {
				t.Fatal("no frames")
			}
			for at := range r.body {
				split := cut(t, r.sse, r.body[:at], r.body[at:])
				if !reflect.DeepEqual(split.frames, whole.frames) || !reflect.DeepEqual(split.comments, whole.comments) {
					t.Fatalf("split at %d: %q, want %q", at, split.frames, whole.frames)
				}
			}
			single := cut(t, r.sse, bytewise(r.body)...)
			if !reflect.DeepEqual(single.frames, whole.frames) {
				t.Fatal("byte by byte differs")
			}
		})
	}
}

// A frame's stamp is the piece that brought the last byte of its last data line.
func TestStampsByteByByte(t *testing.T) {
	for _, r := range recordings(t) {
		out := cut(t, r.sse, bytewise(r.body)...)
		from := 0
		for i, frame := range out.frames {
			end := from + bytes.Index(r.body[from:], []byte(frame)) + len(frame)
			if int(out.stamps[i]) != end {
				t.Fatalf("%s: frame %d %q is stamped %d, its last byte is number %d", r.name, i, frame, out.stamps[i], end)
			}
			from = end
		}
	}
}

func TestSSE(t *testing.T) {
	for name, c := range map[string]struct {
		body     string
		frames   []string
		comments int
	}{
		"lf":                           {"data: a\n\ndata: b\n\n", []string{"a", "b"}, 0},
		"crlf":                         {"data: a\r\n\r\ndata: b\r\n\r\n", []string{"a", "b"}, 0},
		"cr":                           {"data: a\r\rdata: b\r\r", []string{"a", "b"}, 0},
		"mixed":                        {"data: a\r\n\ndata: b\n\r\n", []string{"a", "b"}, 0},
		"no space":                     {"data:a\n\n", []string{"a"}, 0},
		"lines are joined":             {"data: {\"a\":\ndata: 1}\n\ndata: b\n\n", []string{"{\"a\":\n1}", "b"}, 0},
		"an empty first line":          {"data\ndata: a\ndata:\ndata: b\n\n", []string{"a\n\nb"}, 0},
		"no final blank line":          {"data: a\n\ndata: b\n", []string{"a", "b"}, 0},
		"no final line end":            {"data: a\n\ndata: b", []string{"a", "b"}, 0},
		"comments":                     {": hi\n\n:\n\ndata: a\n: in between\ndata: b\n\n", []string{"a\nb"}, 3},
		"event and id":                 {"event: x\nid: 3\nretry: 1\ndata: a\n\n", []string{"a"}, 0},
		"other fields":                 {"database: x\ndat: y\nfoo\n\ndata: a\n\n", []string{"a"}, 0},
		"byte order mark":              {"\xef\xbb\xbfdata: a\n\n", []string{"a"}, 0},
		"empty payloads are no frames": {"data:\n\ndata: \n\nevent: ping\n\ndata: a\n\n", []string{"a"}, 0},
		"no blank line in between":     {"\n\n\ndata: a\n\n\n\n", []string{"a"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			body := []byte(c.body)
			for at := range body {
				out := cut(t, true, body[:at], body[at:])
				if !reflect.DeepEqual(out.frames, c.frames) || len(out.comments) != c.comments {
					t.Fatalf("split at %d: %q and %d comments", at, out.frames, len(out.comments))
				}
			}
		})
	}
}

func TestNDJSON(t *testing.T) {
	body := []byte("\xef\xbb\xbf{\"a\":1}\n\r\n {\"b\":2} \r\n\n{\"c\":3}")
	want := []string{`{"a":1}`, `{"b":2}`, `{"c":3}`}
	for at := range body {
		if out := cut(t, false, body[:at], body[at:]); !reflect.DeepEqual(out.frames, want) {
			t.Fatalf("split at %d: %q", at, out.frames)
		}
	}
}

func TestAnUnfinishedLineIsDroppedAfterACut(t *testing.T) {
	var f Framer
	out := &seen{}
	f.Reset(true, 100, out)
	_ = f.Feed([]byte("data: a\n\ndata: b\ndata: {\"cu"), 1)
	_ = f.End(false)
	if want := []string{"a", "b"}; !reflect.DeepEqual(out.frames, want) {
		t.Fatalf("%q", out.frames)
	}
}

func TestMaxFrame(t *testing.T) {
	const most = 50
	feed := func(sse bool, body string, step int) error {
		var f Framer
		f.Reset(sse, most, &seen{})
		for len(body) > 0 {
			n := min(step, len(body))
			if err := f.Feed([]byte(body[:n]), 1); err != nil {
				return err
			}
			body = body[n:]
		}
		return f.End(true)
	}
	for _, step := range []int{1, 7, 1000} {
		fits, over := strings.Repeat("x", most), strings.Repeat("x", most+1)
		for _, c := range []struct {
			sse  bool
			body string
			want error
		}{
			{true, "data: " + fits + "\n\n", nil},
			{true, "data: " + over + "\n\n", ErrTooLarge},
			{true, "data: " + fits + "\ndata: x\n\n", ErrTooLarge},
			{true, strings.Repeat("data: "+fits+"\n\n", 3), nil},
			{true, ": " + over + over, ErrTooLarge},
			{false, fits + "\n" + fits, nil},
			{false, over + "\n", ErrTooLarge},
		} {
			err := feed(c.sse, c.body, step)
			if !errors.Is(err, c.want) && !(step == 1000 && c.body[0] == ':') {
				t.Errorf("%s in steps of %d: %v", fmt.Sprintf("%.12s…", c.body), step, err)
			}
		}
	}
}
