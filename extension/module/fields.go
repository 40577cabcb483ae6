package module

import (
	"fmt"
	"math"

	"github.com/grafana/sobek"
)

// fields reads the properties of an argument and throws errors that name them.
type fields struct {
	i      *instance
	caller string
	v      sobek.Value
}

func (f fields) fail(name, wanted string) {
	f.i.throw(fmt.Errorf("%s: %s must be %s, not %s", f.caller, name, wanted, show(f.value(name))))
}

func show(v sobek.Value) string {
	if v == nil {
		return "undefined"
	}
	if text, isText := v.Export().(string); isText {
		return fmt.Sprintf("%q", text)
	}
	return v.String()
}

func (f fields) object() *sobek.Object {
	if object, is := f.v.(*sobek.Object); is {
		return object
	}
	f.i.throw(fmt.Errorf("%s needs an object, not %s", f.caller, show(f.v)))
	return nil
}

func (f fields) value(name string) sobek.Value { return f.object().Get(name) }

func (f fields) keys() []string {
	if absent(f.v) {
		return nil
	}
	return f.object().Keys()
}

func (f fields) text(name, otherwise string) string {
	v := f.value(name)
	if absent(v) {
		return otherwise
	}
	text, is := v.Export().(string)
	if !is {
		f.fail(name, "a string")
	}
	return text
}

func (f fields) flag(name string) bool {
	v := f.value(name)
	return v != nil && v.ToBoolean()
}

func (f fields) number(name string) float64 {
	if number, is := asNumber(f.value(name)); is && !math.IsNaN(number) {
		return number
	}
	f.fail(name, "a number")
	return 0
}

func (f fields) texts(name string) []string {
	v := f.value(name)
	if absent(v) {
		return nil
	}
	var texts []string
	if err := f.i.vu.Runtime().ExportTo(v, &texts); err != nil {
		f.fail(name, "an array of strings")
	}
	return texts
}

// record reads an object of strings; numbers and booleans count as their text.
func (f fields) record(name string, use func(key, value string)) {
	v := f.value(name)
	if absent(v) {
		return
	}
	inner := fields{f.i, f.caller + ": " + name, v}
	for _, key := range inner.keys() {
		if value := inner.value(key); !absent(value) {
			use(key, value.String())
		}
	}
}

func asNumber(v sobek.Value) (float64, bool) {
	if v == nil {
		return 0, false
	}
	switch v.Export().(type) {
	case int64, float64:
		return v.ToFloat(), true
	}
	return 0, false
}
