package records

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// file is the JSON Lines file of a run. It comes into being with the first VU code, is flushed every second, and ends
// once: later lines are dropped.
type file struct {
	path, header string

	mu     sync.Mutex
	out    *os.File
	writer *bufio.Writer
	ended  bool
	failed error
	done   chan struct{}
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

// start creates the file, once, and from then on writes what tick returns every second.
func (f *file) start(tick func() []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.writer != nil || f.failed != nil || f.ended {
		return f.failed
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o755); err != nil {
		f.failed = f.wrap(err)
		return f.failed
	}
	out, err := os.Create(f.path)
	if err != nil {
		f.failed = f.wrap(err)
		return f.failed
	}
	f.out, f.writer, f.done = out, bufio.NewWriterSize(out, 1<<16), make(chan struct{})
	_, _ = f.writer.WriteString(f.header + "\n")
	_ = f.writer.Flush()
	go f.everySecond(tick)
	return nil
}

func (f *file) everySecond(tick func() []byte) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-f.done:
			return
		case <-ticker.C:
			f.write(tick())
			f.mu.Lock()
			if !f.ended {
				_ = f.writer.Flush()
			}
			f.mu.Unlock()
		}
	}
}

func (f *file) write(line []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.writer != nil && !f.ended {
		_, _ = f.writer.Write(line)
	}
}

// end writes the last line and closes the file. What went wrong on the way (a full disk) shows here.
func (f *file) end(line []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || f.writer == nil {
		f.ended = true
		return f.failed
	}
	f.ended = true
	close(f.done)
	_, _ = f.writer.Write(line)
	err := f.writer.Flush() // a bufio.Writer keeps its first error
	if closeErr := f.out.Close(); err == nil {
		err = closeErr
	}
	return f.wrap(err)
}
