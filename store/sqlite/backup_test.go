package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func absorbSome(t *testing.T, s store.Store, from, n int) {
	t.Helper()
	reports := make([]order.Report, n)
	for i := range reports {
		reports[i] = ordertest.Synthetic(1, from+i, 30, ordertest.Noon())
	}
	if _, err := s.Orders().Absorb(t.Context(), reports, ordertest.Noon()); err != nil {
		t.Error(err)
	}
}

func everyOrder(t *testing.T, s store.Store) map[order.ID]order.Order {
	t.Helper()
	all := map[order.ID]order.Order{}
	err := s.Orders().Each(t.Context(), order.Query{Sort: order.NewestFirst}, func(o order.Order) error {
		all[o.ID] = o
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	absorbSome(t, s, 0, 200)
	if err := s.Sessions().Commit("a session", []byte("data"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "copy.db")
	made, err := Backup(t.Context(), s.path, file)
	if err != nil {
		t.Fatal(err)
	}
	if made.Orders != 200 || made.Version == 0 || len(made.SHA256) != 64 {
		t.Errorf("backup says %+v", made)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || info.Size() != made.Bytes {
		t.Errorf("the copy: %v, %v", info, err)
	}
	if found, _ := filepath.Glob(file + "?*"); found != nil {
		t.Errorf("left beside the copy: %v", found)
	}

	elsewhere := filepath.Join(t.TempDir(), "new", "test.db")
	restored, kept, err := Restore(t.Context(), file, elsewhere, false, time.Now())
	if err != nil || kept != "" {
		t.Fatal(restored, kept, err)
	}
	if diff := cmp.Diff(made, restored); diff != "" {
		t.Errorf("checksums and counts differ:\n%s", diff)
	}
	second := openPath(t, elsewhere)
	if diff := cmp.Diff(everyOrder(t, s), everyOrder(t, second)); diff != "" {
		t.Errorf("restored orders differ:\n%s", diff)
	}
	if _, found, err := second.Sessions().Find("a session"); found || err != nil {
		t.Errorf("the session came back: %v, %v", found, err)
	}
}

// TestBackupWhileWriting: whatever is in a copy is there as a whole, nothing
// that an earlier copy held is missing, and the writer never fails because of
// one.
func TestBackupWhileWriting(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	const batch = 50
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i += batch {
			select {
			case <-stop:
				return
			default:
				absorbSome(t, s, i, batch)
			}
		}
	})
	defer wg.Wait()
	defer close(stop)
	var last int64
	for i := 0; i < 5 || last == 0; i++ {
		file := filepath.Join(t.TempDir(), "copy.db")
		c, err := Backup(t.Context(), s.path, file)
		if err != nil {
			t.Fatal(err)
		}
		if c.Orders < last {
			t.Errorf("copy %d holds %d orders after %d", i, c.Orders, last)
		}
		if halves := halfOrders(t, file); halves > 0 {
			t.Errorf("copy %d holds a part only of %d orders", i, halves)
		}
		last = c.Orders
	}
}

// halfOrders counts what one transaction wrote in several tables and a file
// holds in some of them only.
func halfOrders(t *testing.T, file string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.QueryRowContext(t.Context(), `SELECT
		(SELECT count(*) FROM orders WHERE id NOT IN (SELECT id FROM docs)) +
		(SELECT count(*) FROM docs WHERE seq NOT IN (SELECT seq FROM orders)) +
		abs((SELECT count(*) FROM orders) - (SELECT count(*) FROM order_search_docsize))`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestBackupRefuses(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(file, []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Backup(t.Context(), s.path, file); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over an existing file: %v", err)
	}
	if _, err := Backup(t.Context(), filepath.Join(t.TempDir(), "none.db"), file+"2"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of a database that is not there: %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Backup(over, s.path, file+"3"); err == nil {
		t.Error("a cancelled backup succeeded")
	}
	if left, _ := filepath.Glob(file + "?*"); left != nil {
		t.Errorf("failed backups left %v", left)
	}
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	absorbSome(t, s, 0, 100)
	good := filepath.Join(t.TempDir(), "good.db")
	if _, err := Backup(t.Context(), s.path, good); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	broken := append([]byte(nil), whole...)
	for i := len(broken) / 2; i < len(broken)/2+8192; i++ {
		broken[i] ^= 0x5a
	}
	for name, file := range map[string]string{
		"cut":     write("cut.db", whole[:len(whole)/2]),
		"broken":  write("broken.db", broken),
		"text":    write("text.db", []byte("hello, this is not a database at all")),
		"empty":   write("empty.db", nil),
		"missing": filepath.Join(dir, "missing.db"),
	} {
		target := filepath.Join(t.TempDir(), "test.db")
		if _, _, err := Restore(t.Context(), file, target, false, time.Now()); err == nil {
			t.Errorf("%s: restored", name)
		}
		if _, err := os.Stat(target); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: left a database: %v", name, err)
		}
	}
	if _, _, err := Restore(t.Context(), good, s.path, true, time.Now()); !errors.Is(err, errInUse) {
		t.Errorf("over a database in use: %v", err)
	}
}

func TestRestoreReplacesAndKeeps(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	absorbSome(t, s, 0, 20)
	file := filepath.Join(t.TempDir(), "copy.db")
	if _, err := Backup(t.Context(), s.path, file); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "test.db")
	old, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	absorbSome(t, old, 100, 5)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Restore(t.Context(), file, path, false, time.Now()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("without replace: %v", err)
	}
	_, kept, err := Restore(t.Context(), file, path, true, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(everyOrder(t, openPath(t, path))); n != 20 {
		t.Errorf("%d orders restored", n)
	}
	if n := len(everyOrder(t, openPath(t, kept))); n != 5 {
		t.Errorf("%d orders kept", n)
	}
}
