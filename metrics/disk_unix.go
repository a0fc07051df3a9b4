//go:build unix

package metrics

import "golang.org/x/sys/unix"

// FreeBytes is what an ordinary user may still write to the disk of a folder.
func FreeBytes(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil //nolint:gosec // block sizes are positive
}
