//go:build !unix

package records

// writable knows nothing here: the error comes when the file is created.
func writable(string) error { return nil }
