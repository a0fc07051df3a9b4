package mongo

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/bson"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// filler gives every field of a value something of its own, so that a field
// that a document forgets, or two that it confuses, show up.
type filler struct{ n int64 }

func (f *filler) fill(t *testing.T, v reflect.Value) {
	t.Helper()
	f.n++
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.UnixMilli(1_800_000_000_000 + f.n).UTC()
		return
	case *[]byte:
		*x = fmt.Append(nil, "bytes", f.n)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(t, v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.fill(t, v.Index(0))
		f.fill(t, v.Index(1))
	case reflect.Array:
		for i := range v.Len() {
			f.fill(t, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{fmt.Sprint("a.$", f.n): "x", "b": fmt.Sprint(f.n)}))
	case reflect.String:
		v.SetString(fmt.Sprint("text ", f.n, " ₹ शर्मा"))
	case reflect.Int, reflect.Int64:
		v.SetInt(1<<53 + f.n) // more than a float holds
	case reflect.Bool:
		v.SetBool(true)
	default:
		t.Fatalf("a field of kind %s: teach this test and the documents about it", v.Kind())
	}
}

func filled[T any](t *testing.T) T {
	t.Helper()
	var v T
	new(filler).fill(t, reflect.ValueOf(&v).Elem())
	return v
}

// through writes a document as the server gets it and reads it back.
func through[D any](t *testing.T, doc D) D {
	t.Helper()
	raw, err := marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var back D
	if err := bson.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func same[T any](t *testing.T, name string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s changed on its way through the document (-want +got):\n%s", name, diff)
	}
}

func TestDocumentsLoseNothing(t *testing.T) {
	t.Parallel()
	o := filled[order.Order](t)
	same(t, "order", o, through(t, toOrderDoc(o, 7, 9)).order())
	same(t, "empty order", order.Order{}, through(t, toOrderDoc(order.Order{}, 0, 0)).order())
	u := filled[account.User](t)
	same(t, "user", u, through(t, toUserDoc(u)).user())
	c := filled[channel.Channel](t)
	same(t, "channel", c, through(t, toChannelDoc(c)).channel())
	r := filled[channel.Run](t)
	same(t, "run", r, through(t, toRunDoc(r)).run())
	p := filled[channel.Progress](t)
	same(t, "progress", p, through(t, toProgressDoc(p)).progress())
	q := filled[channel.Quarantined](t)
	same(t, "quarantined record", q, through(t, toQuarantinedDoc(q)).quarantined())
	j := filled[store.Job](t)
	same(t, "job", j, through(t, toJobDoc(j)).job())
}

// What is there but empty differs from what is not there.
func TestDocumentsKeepEmptyParts(t *testing.T) {
	t.Parallel()
	o := order.Order{
		Wish: &order.Wish{},
		Desk: order.Desk{Hold: &order.Hold{}, Address: &order.Address{}, Contact: &order.Contact{}},
	}
	o.Facts.Total = order.INR(0)
	same(t, "order", o, through(t, toOrderDoc(o, 0, 1)).order())
}

func TestOrderDoesNotShareLists(t *testing.T) {
	t.Parallel()
	d := toOrderDoc(filled[order.Order](t), 1, 1)
	first, second := d.order(), d.order()
	first.Desk.Tags[0], first.History[0].Fields[0] = "changed", "changed"
	first.Facts.Items[0].SKU, first.Facts.Flags[0], first.Desk.Hold.Reason = "changed", "changed", "changed"
	same(t, "the other copy", filled[order.Order](t), second)
}

func TestTextsAreStoredAsUTF8(t *testing.T) {
	t.Parallel()
	o := order.Order{Ref: order.Ref{Channel: "web", PlatformOrderID: "1"}}
	o.Facts.Customer.Name, o.Desk.Tags = "Caf\xe9", []string{"शर्मा \x00 ok"}
	got := through(t, toOrderDoc(o, 0, 1)).order()
	if got.Facts.Customer.Name != "Caf\uFFFD" || got.Desk.Tags[0] != o.Desk.Tags[0] {
		t.Errorf("got %q and %q", got.Facts.Customer.Name, got.Desk.Tags)
	}
}

func TestAnIDThatIsNotUTF8IsABadReport(t *testing.T) {
	t.Parallel()
	results := make([]store.Absorbed, 2)
	if batch := stage([]order.Report{reported("W\xff"), reported("W1")}, results); len(batch) != 1 || !errors.Is(results[0].Err, order.ErrBadReport) || results[1].Err != nil {
		t.Errorf("%d staged, %+v", len(batch), results)
	}
}
