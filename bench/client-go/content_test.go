package main

import "testing"

func frame(choices string) []byte {
	return []byte(`{"id":"chatcmpl-7f3a1c9e5b2d48609c1e6a7b8d9f0e12","object":"chat.completion.chunk","created":1767225600,` +
		`"model":"bench","choices":[` + choices + `]}`)
}

func TestDecodersAgree(t *testing.T) {
	for choices, want := range map[string]int{
		``: 0,
		`{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}`:                           0,
		`{"index":0,"delta":{},"finish_reason":"stop"}`:                                                        0,
		`{"index":0,"delta":{"content":" the"},"logprobs":null}`:                                               4,
		`{"delta":{"x":["\"content\":\"no\"",{"content":1}],"content": "yes"}},{"delta":{"content":"second"}}`: 3,
		`{"message":{"content":"elsewhere"},"delta":{"role":"}]"}}`:                                            0,
	} {
		for name, decode := range map[string]func([]byte) (int, error){"std": decodeContent, "walk": walkContent} {
			if got, err := decode(frame(choices)); err != nil || got != want {
				t.Errorf("%s of %s: %d, %v, want %d", name, choices, got, err, want)
			}
		}
	}
	for _, bad := range []string{``, `{`, `{"choices"`, `{"choices":[{"delta":{"content":"x`, `{"choices":[,`, `{"a":}`} {
		for name, decode := range map[string]func([]byte) (int, error){"std": decodeContent, "walk": walkContent} {
			if _, err := decode([]byte(bad)); err == nil {
				t.Errorf("%s takes %q for JSON", name, bad)
			}
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	one := frame(`{"index":0,"delta":{"content":" the \"so\""},"logprobs":null,"finish_reason":null}`)
	for name, decode := range map[string]func([]byte) (int, error){"std": decodeContent, "walk": walkContent} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := decode(one); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
