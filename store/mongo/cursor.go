package mongo

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// sorting is one sort of the lists: by the value of a field, then by seq, both
// in one direction. An index holds each (archived, field, seq).
type sorting struct {
	name  order.Sort
	field string // empty: by seq alone
	step  int    // 1 ascending, -1 descending
}

// sortingOf is store.ErrQuery for a sort that does not exist; none is newest
// first.
func sortingOf(s order.Sort) (sorting, error) {
	switch s {
	case order.NewestFirst, "":
		return sorting{order.NewestFirst, "", -1}, nil
	case order.OldestFirst:
		return sorting{s, "", 1}, nil
	case order.LargestFirst:
		return sorting{s, "find.total", -1}, nil
	case order.SmallestFirst:
		return sorting{s, "find.total", 1}, nil
	case order.RecentlyChanged:
		return sorting{s, "find.updated", -1}, nil
	case order.LeastRecent:
		return sorting{s, "find.updated", 1}, nil
	case order.ShipSoonestFirst:
		return sorting{s, "find.shipBy", 1}, nil
	}
	return sorting{}, fmt.Errorf("mongo: %w: no sort %q", store.ErrQuery, s)
}

// keys is the sort for the server, backwards when a page is read from its end.
func (s sorting) keys(backwards bool) bson.D {
	step := s.step
	if backwards {
		step = -step
	}
	if s.field == "" {
		return bson.D{{Key: "seq", Value: step}}
	}
	return bson.D{{Key: s.field, Value: step}, {Key: "seq", Value: step}}
}

// present leaves out the orders that the sort has no place for.
func (s sorting) present() bson.D {
	if s.name != order.ShipSoonestFirst {
		return bson.D{}
	}
	return bson.D{{Key: s.field, Value: bson.D{{Key: "$gte", Value: int64(order.Lowest)}}}}
}

// position is the place of an order in a sorting.
type position struct{ value, seq int64 }

func (s sorting) position(d orderDoc) position {
	p := position{seq: d.Seq}
	switch s.field {
	case "find.total":
		p.value = d.Find.Total
	case "find.updated":
		p.value = d.Find.Updated
	case "find.shipBy":
		if d.Find.ShipBy != nil {
			p.value = *d.Find.ShipBy
		}
	}
	return p
}

// beyond selects what follows p in the sorting, or precedes it. Naming the
// field outside the $or as well bounds the walk over its index.
func (s sorting) beyond(p position, backwards bool) bson.D {
	than, orEqual := "$gt", "$gte"
	if s.step < 0 != backwards {
		than, orEqual = "$lt", "$lte"
	}
	bySeq := bson.D{{Key: "seq", Value: bson.D{{Key: than, Value: p.seq}}}}
	if s.field == "" {
		return bySeq
	}
	return bson.D{
		{Key: s.field, Value: bson.D{{Key: orEqual, Value: p.value}}},
		{Key: "$or", Value: []bson.D{{{Key: s.field, Value: bson.D{{Key: than, Value: p.value}}}}, bySeq}},
	}
}

// A cursor is the place of a page's edge and the sorting it belongs to, in 28
// letters. The checksum tells a damaged or foreign one from ours; it is no
// secret, since a cursor opens nothing that the query does not.
const (
	cursorSize = 1 + 8 + 8 + 4
	cursorSeed = "palmonas mongo cursor 1"
)

func (s sorting) cursor(p position) string {
	b := make([]byte, 0, cursorSize)
	b = append(b, byte(slices.Index(order.Sorts(), s.name)))
	b = binary.BigEndian.AppendUint64(b, uint64(p.value))
	b = binary.BigEndian.AppendUint64(b, uint64(p.seq))
	b = binary.BigEndian.AppendUint32(b, cursorSum(b))
	return base64.RawURLEncoding.EncodeToString(b)
}

// parse reads a cursor of this sorting; anything else is store.ErrQuery.
func (s sorting) parse(text string) (position, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	bad := err != nil || len(b) != cursorSize
	if bad || binary.BigEndian.Uint32(b[cursorSize-4:]) != cursorSum(b[:cursorSize-4]) {
		return position{}, fmt.Errorf("mongo: %w: not a cursor of this list", store.ErrQuery)
	}
	if int(b[0]) != slices.Index(order.Sorts(), s.name) {
		return position{}, fmt.Errorf("mongo: %w: the cursor belongs to another sort", store.ErrQuery)
	}
	return position{int64(binary.BigEndian.Uint64(b[1:])), int64(binary.BigEndian.Uint64(b[9:]))}, nil
}

func cursorSum(b []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(cursorSeed)), crc32.IEEETable, b)
}
