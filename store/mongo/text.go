package mongo

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/bsoncodec"
	"go.mongodb.org/mongo-driver/bson/bsonrw"
)

// registry encodes texts as BSON defines them, in UTF-8: what is not becomes
// U+FFFD, as in order.TextValues. MongoDB would keep the bytes, but its own
// tools and other drivers fail on them.
var registry = sync.OnceValue(func() *bsoncodec.Registry {
	r := bson.NewRegistry()
	r.RegisterKindEncoder(reflect.String, bsoncodec.ValueEncoderFunc(
		func(_ bsoncodec.EncodeContext, w bsonrw.ValueWriter, v reflect.Value) error {
			return w.WriteString(strings.ToValidUTF8(v.String(), "\uFFFD"))
		}))
	return r
})

// marshal encodes a document as the client would, for those that are measured
// or read back before they are sent.
func marshal(doc any) (bson.Raw, error) {
	var b bytes.Buffer
	w, err := bsonrw.NewBSONValueWriter(&b)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	e, err := bson.NewEncoder(w)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	if err := e.SetRegistry(registry()); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	if err := e.Encode(doc); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return b.Bytes(), nil
}
