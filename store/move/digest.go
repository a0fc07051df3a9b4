package move

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"reflect"
	"slices"
	"strings"
	"time"
)

// digest is a count and a checksum of things in whatever order: engines break
// ties of a sort differently.
type digest struct {
	count int
	sum   [4]uint64
}

func (d *digest) add(v any) {
	h := sha256.New()
	write(h, reflect.ValueOf(v))
	sum := h.Sum(nil)
	d.count++
	for i := range d.sum {
		d.sum[i] += binary.BigEndian.Uint64(sum[8*i:])
	}
}

// write feeds a value to the hash, so that values that mean the same give the
// same: no list and an empty one, a time in any zone.
func write(h hash.Hash, v reflect.Value) {
	if t, ok := v.Interface().(time.Time); ok {
		if !t.IsZero() {
			fmt.Fprintf(h, "t%d;", t.UnixMilli())
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			fmt.Fprint(h, "*")
			write(h, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fmt.Fprintf(h, "%s:", v.Type().Field(i).Name)
			write(h, v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			fmt.Fprintf(h, "%x;", v.Interface())
			return
		}
		for i := range v.Len() {
			fmt.Fprintf(h, "%d:", i)
			write(h, v.Index(i))
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		for _, k := range keys {
			fmt.Fprintf(h, "%q:", fmt.Sprint(k))
			write(h, v.MapIndex(k))
		}
	default:
		fmt.Fprintf(h, "%#v;", v.Interface())
	}
}
