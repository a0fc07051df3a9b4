package order

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(1, 1<<42-1).Draw(t, "ms"))
		id := NewID(at, rapid.Uint32().Draw(t, "tie"))
		for _, s := range []string{id.String(), strings.ToUpper(id.String())} {
			if got, err := ParseID(s); err != nil || got != id {
				t.Fatalf("%q reads %d, %v, want %d", s, got, err, id)
			}
		}
		later := NewID(at.Add(time.Millisecond), 0)
		if at.UnixMilli() < 1<<42-1 && (later <= id || later.String() <= id.String()) {
			t.Fatalf("%s, a millisecond later, sorts before %s", later, id)
		}
		if SortKey(at, id) != int64(id) {
			t.Fatal("the sort key of an unmoved order is its id")
		}
	})
	for _, bad := range []string{"", "0", strings.Repeat("0", 13), strings.Repeat("z", 13), "0123456789abu", "0123456789ab\u212a", "8" + strings.Repeat("0", 12)} {
		if id, err := ParseID(bad); !errors.Is(err, ErrBadID) {
			t.Errorf("%q was read as %d", bad, id)
		}
	}
}
