package ingest_test

import (
	"fmt"
	"os"
	"syscall"
	"testing"
)

// TestDiskFull runs out of disk in the middle of a pull and gets room again:
// what was stored is there, and the rest follows. The disk is a real one, so
// that it takes the right to mount it.
func TestDiskFull(t *testing.T) { // not parallel: it sets the folder of temporary files
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			disk, err := os.MkdirTemp("", "palmonas-disk")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Remove(disk) })
			if err := syscall.Mount("palmonas-test", disk, "tmpfs", 0, "size=2m"); err != nil {
				t.Skip("needs the right to mount a small disk:", err)
			}
			t.Cleanup(func() {
				if err := syscall.Unmount(disk, 0); err != nil {
					t.Error(err)
				}
			})
			t.Setenv("TMPDIR", disk)
			d := newDesk(t, seed, 600)
			failed := 0
			for range 3 {
				failed += d.round(t)
			}
			n, err := d.store.Orders().Count(t.Context(), nil, 100_000)
			if err != nil || failed == 0 || n == 0 {
				t.Fatalf("%d pulls failed, %d orders, %v: the disk was not filled on the way", failed, n, err)
			}
			if err := syscall.Mount("palmonas-test", disk, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
				t.Fatal(err)
			}
			d.settle(t)
			t.Logf("%d pulls failed on a full disk with %d orders", failed, n)
		})
	}
}
