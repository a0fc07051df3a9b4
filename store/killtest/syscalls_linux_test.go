package killtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFailingSystemCalls lets the kernel refuse, delay or never return from the
// calls that make things durable, each time at another one. What was acknowledged
// before is there afterwards, and the file is sound. Calls count by thread.
func TestFailingSystemCalls(t *testing.T) {
	t.Parallel()
	if err := exec.CommandContext(t.Context(), "strace", "-qq", "-o", os.DevNull, "true").Run(); err != nil {
		t.Skip("needs strace and the right to trace:", err)
	}
	points := []int{1, 2, 3, 5, 8, 13, 21, 34}
	if testing.Short() {
		points = []int{2, 13}
	}
	for name, c := range map[string]struct {
		inject string
		ends   bool // the writer gives up by itself
	}{
		"fsync fails":       {"fsync,fdatasync:error=EIO:when=%d", true},
		"fsync fails on":    {"fsync,fdatasync:error=EIO:when=%d+", true},
		"write fails":       {"pwrite64:error=EIO:when=%d", true},
		"disk full":         {"pwrite64,ftruncate,fallocate:error=ENOSPC:when=%d+", true},
		"killed in a write": {"pwrite64:signal=KILL:when=%d", true},
		"killed in fsync":   {"fsync,fdatasync:signal=KILL:when=%d", true},
		"fsync slow":        {"fsync,fdatasync:delay_enter=200000:when=%d+", false},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			place := filepath.Join(t.TempDir(), "failing.db")
			k := &checker{t: t, place: place, result: result{Engine: "sqlite", Acknowledged: map[string]int{}}}
			all, _ := follow(t, place, 0, 0, 100*time.Millisecond) // so that there is a database
			k.reopened(all, false)
			ended := 0
			for i, n := range points {
				calls, _, _ := strings.Cut(c.inject, ":")
				all, err := follow(t, place, i+1, 0, 1500*time.Millisecond,
					"strace", "-f", "-qq", "-o", os.DevNull, "-e", "trace="+calls, "-e", "inject="+fmt.Sprintf(c.inject, n))
				if !errors.Is(err, errKilled) {
					ended++
				}
				k.Kills++
				k.reopened(all, true)
				if t.Failed() {
					return
				}
			}
			if c.ends && ended < len(points)/2 || !c.ends && ended > 0 {
				t.Errorf("the writer ended by itself %d times of %d", ended, len(points))
			}
			t.Logf("%d faults, the writer ended by itself after %d, acknowledged %v", len(points), ended, k.Acknowledged)
		})
	}
}

// TestFullDisk writes to a disk of 3 MiB until it is full, and again after room
// was made: what was acknowledged is there both times.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if err := syscall.Mount("palmonas-kill", disk, "tmpfs", 0, "size=3m"); err != nil {
		t.Skip("needs the right to mount a small disk:", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	place := filepath.Join(disk, "full.db")
	k := &checker{t: t, place: place, result: result{Engine: "sqlite", Acknowledged: map[string]int{}}}
	all, err := follow(t, place, 0, 0, time.Minute)
	if errors.Is(err, errKilled) {
		t.Fatalf("the disk was not filled: %v", err)
	}
	if err := syscall.Mount("palmonas-kill", disk, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	k.reopened(all, true)
	all, _ = follow(t, place, 1, 0, 300*time.Millisecond)
	k.reopened(all, true)
	if k.Acknowledged[saidOrder] < 20 {
		t.Errorf("acknowledged %v: the test tests nothing", k.Acknowledged)
	}
	t.Logf("%v, acknowledged %v", err, k.Acknowledged)
}
