package order

import (
	"errors"
	"strings"
	"time"
)

// ID identifies an order for good. Its upper 42 bits are the milliseconds of
// the order time known when the order was first seen, its lower 21 bits tell
// orders of one millisecond apart, so ids sort as orders do and new orders are
// appended to an index instead of scattered over it.
type ID int64

const tieBits = 21

// ErrBadID says that a text is not an order id.
var ErrBadID = errors.New("not an order id")

// NewID makes the id of an order placed at orderedAt; of tie only the low 21
// bits count. Times before 1970 count as 1970.
func NewID(orderedAt time.Time, tie uint32) ID { return ID(SortKey(orderedAt, ID(tie))) }

// SortKey is the position of an order in "newest first" lists: its order time,
// then the tie bits of its id. It differs from the id only when a platform
// corrected the order time later.
func SortKey(orderedAt time.Time, id ID) int64 {
	ms := max(orderedAt.UnixMilli(), 0)
	return ms<<tieBits | int64(id)&(1<<tieBits-1)
}

const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// String is the id in 13 characters of Crockford's base 32, sortable as text.
func (id ID) String() string {
	var b [13]byte
	for i, v := 12, uint64(id); i >= 0; i, v = i-1, v>>5 {
		b[i] = crockford[v&31]
	}
	return string(b[:])
}

// ParseID reads what String printed; upper case is accepted. Anything else is
// ErrBadID.
func ParseID(s string) (ID, error) {
	if len(s) != 13 {
		return 0, ErrBadID
	}
	var v uint64
	for i := range len(s) {
		d := strings.IndexByte(crockford, lowerASCII(s[i]))
		if d < 0 || v>>59 != 0 {
			return 0, ErrBadID
		}
		v = v<<5 | uint64(d)
	}
	if v == 0 || int64(v) < 0 {
		return 0, ErrBadID
	}
	return ID(v), nil
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// Ref is the name by which a platform knows an order; unique in the store.
type Ref struct {
	Channel         string
	PlatformOrderID string
}
