package sqlite

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/palmonas/palmonas-crm/store"
)

// position is a place in a list: the sort's value and the place in the table
// of the order at which a page ended.
type position struct {
	value int64
	seq   int64
}

// Cursor texts are the version, the sort, the position and a checksum, so that
// a cursor that was mangled or belongs to another sort is told from ours. They
// hold nothing that a list does not show.
const (
	cursorVersion = 1
	cursorSize    = 2 + 8 + 8 + 4
)

func sortCode(o ordering) byte {
	code := map[string]byte{"seq": 1, "total": 2, "updated": 3, "ship_by": 4}[o.column] << 1
	if o.descending {
		code |= 1
	}
	return code
}

func (p position) cursor(o ordering) string {
	b := make([]byte, 0, cursorSize)
	b = append(b, cursorVersion, sortCode(o))
	b = binary.BigEndian.AppendUint64(b, uint64(p.value))
	b = binary.BigEndian.AppendUint64(b, uint64(p.seq))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.RawURLEncoding.EncodeToString(b)
}

// parseCursor reads what cursor wrote for the same sort; anything else is
// store.ErrQuery.
func parseCursor(text string, o ordering) (position, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != cursorSize || b[0] != cursorVersion ||
		crc32.ChecksumIEEE(b[:cursorSize-4]) != binary.BigEndian.Uint32(b[cursorSize-4:]) {
		return position{}, fmt.Errorf("%w: the cursor is not one of this store", store.ErrQuery)
	}
	if b[1] != sortCode(o) {
		return position{}, fmt.Errorf("%w: the cursor belongs to another sort", store.ErrQuery)
	}
	return position{value: int64(binary.BigEndian.Uint64(b[2:])), seq: int64(binary.BigEndian.Uint64(b[10:]))}, nil
}
