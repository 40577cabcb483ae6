package stream

import "bytes"

var dataField = []byte("data")

// sseLine takes one complete line of an event stream (HTML standard, 9.2.6); fields other than data are ignored.
func (f *Framer) sseLine(line []byte, at Stamp) error {
	switch {
	case len(line) == 0:
		f.flush()
		return nil
	case line[0] == ':':
		f.sink.Comment(line, at)
		return nil
	case !bytes.HasPrefix(line, dataField):
		return nil
	}
	value := line[len(dataField):]
	if len(value) > 0 {
		if value[0] != ':' { // another field, such as "database:"
			return nil
		}
		value = value[1:]
		if len(value) > 0 && value[0] == ' ' {
			value = value[1:]
		}
	}
	if len(f.data)+len(value) > f.max {
		return ErrTooLarge
	}
	f.dataAt = at
	switch {
	case !f.hasData && len(f.line) == 0:
		f.data = value // the common case, one line in one piece: no copy
	case !f.hasData:
		f.owned = append(f.owned[:0], value...) // f.line is reused by the next line
		f.data = f.owned
	default:
		if len(f.owned) == 0 {
			f.owned = append(f.owned, f.data...)
		}
		f.owned = append(append(f.owned, '\n'), value...)
		f.data = f.owned
	}
	f.hasData = true
	return nil
}

// jsonLine takes one complete line of NDJSON.
func (f *Framer) jsonLine(line []byte, at Stamp) error {
	if line = bytes.TrimSpace(line); len(line) == 0 {
		return nil
	}
	if len(line) > f.max {
		return ErrTooLarge
	}
	f.sink.Frame(line, at)
	return nil
}

// flush hands over the event in hand. An event without a payload is a sign of life, no frame.
func (f *Framer) flush() {
	if payload := bytes.TrimSpace(f.data); f.hasData && len(payload) > 0 {
		f.sink.Frame(payload, f.dataAt)
	}
	f.hasData, f.data, f.owned = false, nil, f.owned[:0]
}
