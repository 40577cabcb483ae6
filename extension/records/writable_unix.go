//go:build unix

package records

import "golang.org/x/sys/unix"

// writable asks the system whether this process may write to a file or into a folder.
func writable(path string) error { return unix.Access(path, unix.W_OK) }
