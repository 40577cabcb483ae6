package records

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// file is the JSON Lines file of a run. It comes into being with the first VU code, and ends once: later lines are dropped.
type file struct {
	path, header string

	mu     sync.Mutex
	out    *os.File
	writer *bufio.Writer
	ended  bool
}

// check finds out, without creating anything, whether the file could be written.
func (f *file) check() error {
	if info, err := os.Stat(f.path); err == nil {
		if info.IsDir() {
			return f.wrap(fmt.Errorf("it is a folder"))
		}
		return f.wrap(writable(f.path))
	}
	for folder := filepath.Dir(f.path); ; folder = filepath.Dir(folder) { // the nearest that exists; the rest will be made
		info, err := os.Stat(folder)
		switch {
		case err == nil && !info.IsDir():
			return f.wrap(fmt.Errorf("%s is no folder", folder))
		case err == nil:
			return f.wrap(writable(folder))
		case folder == filepath.Dir(folder):
			return nil
		}
	}
}

func (f *file) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the records file %s cannot be written: %w", f.path, err)
}

// start creates the file, if it has not ended before.
func (f *file) start() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o755); err != nil {
		return f.wrap(err)
	}
	out, err := os.Create(f.path)
	if err != nil {
		return f.wrap(err)
	}
	f.out, f.writer = out, bufio.NewWriterSize(out, 1<<16)
	_, _ = f.writer.WriteString(f.header + "\n")
	_ = f.writer.Flush()
	return nil
}

func (f *file) write(line []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.writer != nil && !f.ended {
		_, _ = f.writer.Write(line)
	}
}

// flush hands what is written to the system, so that others can read it.
func (f *file) flush() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.writer != nil && !f.ended {
		_ = f.writer.Flush()
	}
}

// end writes the last line and closes the file. What went wrong on the way (a full disk) shows here.
func (f *file) end(line []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || f.writer == nil {
		f.ended = true
		return nil
	}
	f.ended = true
	_, _ = f.writer.Write(line)
	err := f.writer.Flush() // a bufio.Writer keeps its first error
	if closeErr := f.out.Close(); err == nil {
		err = closeErr
	}
	return f.wrap(err)
}
