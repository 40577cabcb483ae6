// Package plan reads a trace by index from the file that `llmload plan` writes (its layout: lib/workload/trace/plan-file.ts).
// Nothing of it is kept in memory but the header: a row is one read of the file, its text a second.
package plan

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sort"
	"sync"
)

const (
	version = 1
	start   = 128
	width   = 32
	absent  = math.MaxUint32
)

// Row is one request of the trace.
type Row struct {
	At                   float64 // ms from the first row
	Input, Output, Model int64   // -1 is absent; a model is an index into the header's
	Text                 string
	HasText              bool
}

// File is an open plan. It is safe for concurrent use, and stays open as long as the process lives.
type File struct {
	Rows   int64
	Header string // JSON
	path   string
	source io.ReaderAt

	mu    sync.Mutex
	peaks map[peak]int64
}

type peak struct {
	from, to int64
	span     float64
}

// Open reads what stands before and behind the rows, and checks that the file is whole.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		var bare *os.PathError
		if errors.As(err, &bare) {
			err = bare.Err
		}
		return nil, fmt.Errorf("cannot be read (%w)", err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("is a folder")
	}
	f := &File{path: path, source: file, peaks: map[peak]int64{}}
	if err == nil {
		err = f.open(info.Size())
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return f, nil
}

var (
	errForeign = errors.New("is no plan")
	errCut     = errors.New("is cut short")
)

func (f *File) open(size int64) error {
	head := make([]byte, start)
	if _, err := f.source.ReadAt(head, 0); err != nil && err != io.EOF {
		return err
	}
	var said struct {
		Version int    `json:"llmload"`
		Kind    string `json:"kind"`
		Rows    int64  `json:"rows"`
		Header  int64  `json:"header"`
	}
	if err := json.Unmarshal(head, &said); err != nil || said.Kind != "plan" {
		return errForeign
	}
	if said.Version != version {
		return fmt.Errorf("is of version %d of the format, this binary reads version %d", said.Version, version)
	}
	if said.Rows < 0 || said.Header < start+said.Rows*width || said.Header >= size {
		return errCut
	}
	header := make([]byte, size-said.Header)
	if _, err := f.source.ReadAt(header, said.Header); err != nil || !json.Valid(header) {
		return errCut
	}
	f.Rows, f.Header = said.Rows, string(header)
	return nil
}

// Row reads one row.
func (f *File) Row(index int64) (Row, error) {
	if index < 0 || index >= f.Rows {
		return Row{}, fmt.Errorf("%s: there is no row %d of %d", f.path, index, f.Rows)
	}
	b := make([]byte, width)
	if _, err := f.source.ReadAt(b, start+index*width); err != nil {
		return Row{}, f.wrap(err)
	}
	row := Row{At: at(b), Input: count(b[20:]), Output: count(b[24:]), Model: count(b[28:])}
	if length := count(b[16:]); length >= 0 {
		text := make([]byte, length)
		from := start + f.Rows*width + int64(binary.LittleEndian.Uint64(b[8:]))
		if _, err := f.source.ReadAt(text, from); err != nil {
			return Row{}, f.wrap(err)
		}
		row.Text, row.HasText = string(text), true
	}
	return row, nil
}

// Find is the index of the first row at this time (ms) or after it; f.Rows where there is none.
func (f *File) Find(time float64) (int64, error) {
	var failed error
	b := make([]byte, 8)
	index := sort.Search(int(f.Rows), func(i int) bool {
		if _, err := f.source.ReadAt(b, start+int64(i)*width); err != nil {
			failed = f.wrap(err)
		}
		return at(b) >= time
	})
	return int64(index), failed
}

// Peak is the most rows of [from, to) within any span ms. It reads them all, once a process.
func (f *File) Peak(from, to int64, span float64) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	from, to = max(from, 0), min(to, f.Rows)
	key := peak{from, to, span}
	if most, known := f.peaks[key]; known {
		return most, nil
	}
	first, last := f.times(from, to), f.times(from, to)
	oldest, most := math.Inf(-1), int64(0)
	for i, j := from, from-1; i < to; i++ { // j is the oldest row that is still within the span
		newest, err := last()
		for err == nil && newest-oldest >= span {
			oldest, err = first()
			j++
		}
		if err != nil {
			return 0, f.wrap(err)
		}
		most = max(most, i-j+1)
	}
	f.peaks[key] = most
	return most, nil
}

// times reads the times of [from, to), one a call.
func (f *File) times(from, to int64) func() (float64, error) {
	buffer := make([]byte, 2048*width)
	var unread []byte
	return func() (float64, error) {
		if len(unread) == 0 {
			unread = buffer[:width*min(2048, to-from)]
			if len(unread) == 0 {
				return 0, io.EOF
			}
			if _, err := f.source.ReadAt(unread, start+from*width); err != nil {
				return 0, err
			}
			from += int64(len(unread) / width)
		}
		time := at(unread)
		unread = unread[width:]
		return time, nil
	}
}

func (f *File) wrap(err error) error { return fmt.Errorf("%s cannot be read: %w", f.path, err) }

func at(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }

func count(b []byte) int64 {
	if n := binary.LittleEndian.Uint32(b); n != absent {
		return int64(n)
	}
	return -1
}
