package stream

import (
	"bytes"
	"errors"
)

// Sink takes what a Framer cuts out. Data is only valid during the call.
type Sink interface {
	// Frame is one payload: the joined data lines of an event, or one line of NDJSON.
	Frame(data []byte, at Stamp)
	// Comment is one SSE line that begins with a colon.
	Comment(line []byte, at Stamp)
}

// ErrTooLarge says that a frame or an unfinished line outgrew the limit.
var ErrTooLarge = errors.New("a frame is larger than maxFrame")

// lineOverhead is what a line may hold beside its payload: "data: " and a CR.
const lineOverhead = 8

// keepCapacity bounds the buffer that a Framer holds on to between bodies.
const keepCapacity = 1 << 18

// Framer cuts a body, in whatever pieces it arrives, into frames. A frame bears the stamp of the piece that brought the
// last byte of its last data line, not of the line end or blank line that may come later. It is reused from body to body.
type Framer struct {
	sse  bool
	max  int
	sink Sink

	line    []byte // an unfinished line
	lineAt  Stamp  // the piece that brought its last byte so far
	data    []byte // the data lines of an unfinished event; may point into the piece in hand
	owned   []byte // the buffer behind data once it outlives its piece
	hasData bool
	dataAt  Stamp
	skipLF  bool // the last piece ended in CR: an LF that comes next belongs to it
	started bool // the place of a byte order mark is past
}

// Reset makes the Framer ready for a new body.
func (f *Framer) Reset(sse bool, maxFrame int, sink Sink) {
	line, owned := f.line, f.owned
	if cap(line) > keepCapacity {
		line = nil
	}
	if cap(owned) > keepCapacity {
		owned = nil
	}
	*f = Framer{sse: sse, max: maxFrame, sink: sink, line: line[:0], owned: owned[:0]}
}

// Feed takes the next piece of the body.
func (f *Framer) Feed(piece []byte, at Stamp) error {
	for len(piece) > 0 {
		if f.skipLF {
			f.skipLF = false
			if piece[0] == '\n' {
				piece = piece[1:]
				continue
			}
		}
		end, next := lineEnd(piece)
		if end < 0 { // no line end in this piece
			f.line = append(f.line, piece...)
			f.lineAt = at
			break
		}
		f.skipLF = next == len(piece) && piece[next-1] == '\r'
		if err := f.endLine(piece[:end], at); err != nil {
			return err
		}
		piece = piece[next:]
	}
	if f.hasData && len(f.data) > 0 && len(f.owned) == 0 { // the piece is about to be overwritten
		f.owned = append(f.owned, f.data...)
		f.data = f.owned
	}
	if len(f.line)+len(f.data) > f.max+lineOverhead {
		return ErrTooLarge
	}
	return nil
}

// End says that the body is over. Where it ended in order, an unfinished last line counts too; after a cut it is dropped.
func (f *Framer) End(inOrder bool) error {
	if inOrder && len(f.line) > 0 {
		if err := f.endLine(nil, f.lineAt); err != nil {
			return err
		}
	}
	f.flush()
	return nil
}

// lineEnd finds the first LF, CR or CRLF: where the line ends and where the next begins; −1 without one.
func lineEnd(piece []byte) (end, next int) {
	end = bytes.IndexByte(piece, '\n')
	head := piece
	if end >= 0 {
		head = piece[:end]
	}
	if cr := bytes.IndexByte(head, '\r'); cr >= 0 {
		if cr+1 < len(piece) && piece[cr+1] == '\n' {
			return cr, cr + 2
		}
		return cr, cr + 1
	}
	return end, end + 1
}

// endLine completes the line whose last part is rest.
func (f *Framer) endLine(rest []byte, at Stamp) error {
	line := rest
	if len(f.line) > 0 {
		f.line = append(f.line, rest...)
		line = f.line
		if len(rest) == 0 {
			at = f.lineAt
		}
	}
	if !f.started {
		f.started = true
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	var err error
	if f.sse {
		err = f.sseLine(line, at)
	} else {
		err = f.jsonLine(line, at)
	}
	f.line = f.line[:0]
	return err
}
