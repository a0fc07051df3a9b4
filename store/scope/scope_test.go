package scope

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// What becomes of a method without a scope in its context. A method that is
// not here fails the tests: somebody has to decide.
type fate string

const (
	open   fate = "open"   // holds nothing of orders, or has to work before there is a scope
	scoped fate = "scoped" // refused without a scope, answers within one
	entire fate = "whole"  // refused to limited scopes too
	byKind fate = "kind"   // by the kind of record
)

func fates() map[string]fate {
	return map[string]fate{
		"Store.Orders": open, "Store.Users": open, "Store.Channels": open, "Store.Jobs": open, "Store.Sessions": open, "Store.Inbox": open,
		"Store.Leases": open, "Store.Ledger": open, "Store.Records": open, "Store.Audit": open, "Store.Figures": open,
		"Store.Changes": scoped, "Store.LastChange": open, "Store.Maintain": entire, "Store.Ping": open, "Store.Close": open,

		"Orders.Get": scoped, "Orders.Many": scoped, "Orders.ByRef": scoped, "Orders.List": scoped, "Orders.Count": scoped, "Orders.Each": scoped,
		"Orders.Absorb": scoped, "Orders.Update": scoped, "Orders.UpdateMany": scoped,
		"Orders.DueWishes": scoped, "Orders.OpenWishes": scoped, "Orders.CountOrdered": scoped,

		"Users.Get": open, "Users.ByEmail": open, "Users.List": open, "Users.Create": open, "Users.Update": open,

		"Channels.Get": scoped, "Channels.List": scoped, "Channels.Create": entire, "Channels.Update": scoped,
		"Channels.Progress": scoped, "Channels.SaveProgress": scoped, "Channels.SaveRun": scoped, "Channels.Runs": scoped,
		"Channels.Quarantine": scoped, "Channels.Quarantined": scoped, "Channels.QuarantinedOne": scoped,
		"Channels.QuarantineCount": scoped, "Channels.Release": scoped,

		"Jobs.Get": scoped, "Jobs.Save": scoped, "Jobs.List": scoped,
		"Inbox.Put": entire, "Inbox.Take": entire, "Inbox.Finish": entire, "Inbox.Fail": entire, "Inbox.Backlog": scoped,
		"Ledger.Save": scoped, "Ledger.List": scoped,
		"Audit.Append": open, "Audit.List": scoped, "Audit.Each": entire,
		"Records.Get": byKind, "Records.ByKey": byKind, "Records.List": byKind, "Records.Count": byKind, "Records.Create": byKind,
		"Records.Delete": byKind, "Records.DeleteWhere": byKind, "Records.Update": byKind,
		"Figures.Days": scoped, "Figures.Sales": scoped, "Figures.Customers": scoped, "Figures.Customer": scoped,
		"Figures.Loyalty": entire, "Figures.Recount": entire, "Figures.Verify": entire, "Figures.Rebuild": entire,

		"Sessions.Find": open, "Sessions.Commit": open, "Sessions.Delete": open,
		"Leases.Acquire": open, "Leases.Release": open,
	}
}

func openStore(t *testing.T) store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "test.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestEveryMethodIsDecidedAbout calls each method of each interface of a store
// without a scope, with a limited one and with a whole one.
func TestEveryMethodIsDecidedAbout(t *testing.T) {
	t.Parallel()
	g, table := Guard(openStore(t)), fates()
	parts := map[string]reflect.Value{"Store": reflect.ValueOf(&g).Elem()}
	for i := range parts["Store"].NumMethod() {
		m := parts["Store"].Type().Method(i)
		if m.Type.NumIn() == 0 && m.Type.NumOut() == 1 && m.Type.Out(0).Kind() == reflect.Interface && m.Name != "Close" {
			parts[m.Name] = parts["Store"].Method(i).Call(nil)[0]
		}
	}
	if len(parts) != 12 {
		t.Fatalf("%d interfaces, want 12", len(parts))
	}
	limited := With(t.Context(), Of(account.User{ID: "u", Channels: []string{"website"}}))
	for part, v := range parts {
		for i := range v.NumMethod() {
			name := part + "." + v.Type().Method(i).Name
			want, known := table[name]
			delete(table, name)
			switch {
			case !known:
				t.Errorf("nobody decided about %s", name)
			case want == scoped, want == entire:
				if err := call(t.Context(), v.Method(i)); !errors.Is(err, ErrUndecided) {
					t.Errorf("%s without a scope: %v", name, err)
				}
				if err := call(limited, v.Method(i)); want == entire && !errors.Is(err, ErrBeyond) {
					t.Errorf("%s in a limited scope: %v", name, err)
				}
				if err := call(With(t.Context(), Everything()), v.Method(i)); errors.Is(err, ErrBeyond) || errors.Is(err, ErrUndecided) {
					t.Errorf("%s with everything: %v", name, err)
				}
			case want == byKind:
				if err := call(t.Context(), v.Method(i)); !errors.Is(err, ErrUndecided) {
					t.Errorf("%s of an unknown kind without a scope: %v", name, err)
				}
				if err := call(limited, v.Method(i)); !errors.Is(err, ErrBeyond) {
					t.Errorf("%s of an unknown kind in a limited scope: %v", name, err)
				}
			}
		}
	}
	for name := range table {
		t.Errorf("%s does not exist", name)
	}
}

// call calls a method with zero values, and functions that do nothing.
func call(ctx context.Context, m reflect.Value) error {
	in := make([]reflect.Value, m.Type().NumIn())
	for i := range in {
		switch p := m.Type().In(i); {
		case i == 0:
			in[i] = reflect.ValueOf(ctx)
		case p.Kind() == reflect.Func:
			in[i] = reflect.MakeFunc(p, func([]reflect.Value) []reflect.Value {
				out := make([]reflect.Value, p.NumOut())
				for j := range out {
					out[j] = reflect.Zero(p.Out(j))
				}
				return out
			})
		default:
			in[i] = reflect.Zero(p)
		}
	}
	results := m.Call(in)
	err, _ := results[len(results)-1].Interface().(error)
	return err
}

// TestNothingIsEmbedded: an embedded interface would pass on what is added to
// it.
func TestNothingIsEmbedded(t *testing.T) {
	t.Parallel()
	for _, v := range []any{guard{}, orders{}, users{}, channels{}, jobs{}, inbox{}, ledger{}, records{}, audit{}, figures{}} {
		for f := range fieldsOf(reflect.TypeOf(v)) {
			if f.Anonymous {
				t.Errorf("%T embeds %s", v, f.Type)
			}
		}
	}
}

func fieldsOf(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

func TestOnlyOwnUserIsChanged(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	for _, id := range []account.ID{"me", "you"} {
		if err := s.Users().Create(t.Context(), account.User{ID: id, Email: string(id) + "@example.com"}); err != nil {
			t.Fatal(err)
		}
	}
	ctx := With(t.Context(), Of(account.User{ID: "me", Channels: []string{"website"}}))
	dark := func(u *account.User) error { u.Theme = "dark"; return nil }
	if _, err := Guard(s).Users().Update(ctx, "me", dark); err != nil {
		t.Error(err)
	}
	if _, err := Guard(s).Users().Update(ctx, "you", dark); !errors.Is(err, ErrBeyond) {
		t.Errorf("somebody else: %v", err)
	}
	if err := Guard(s).Users().Create(ctx, account.User{ID: "new", Email: "new@example.com"}); !errors.Is(err, ErrBeyond) {
		t.Errorf("somebody new: %v", err)
	}
}

func TestOwnJobsSinceTheScope(t *testing.T) {
	t.Parallel()
	s, at := openStore(t), time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for id, j := range map[string]store.Job{"before": {By: "me", Started: at.Add(-time.Hour)}, "since": {By: "me", Started: at}, "other": {By: "you", Started: at}} {
		j.ID, j.State = id, store.JobDone
		if err := s.Jobs().Save(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	ctx, own := With(t.Context(), Of(account.User{ID: "me", Channels: []string{"website"}, ScopedAt: at})), Guard(s).Jobs()
	list, err := own.List(ctx, 10)
	var got []string
	for _, j := range list {
		got = append(got, j.ID)
	}
	if diff := cmp.Diff([]string{"since"}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for _, id := range []string{"before", "other", "nothing"} {
		if _, err := own.Get(ctx, id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestAuditOfOwnOrdersOnly(t *testing.T) {
	t.Parallel()
	s, at := openStore(t), time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	report := func(channel string) order.Report {
		return order.Report{Ref: order.Ref{Channel: channel, PlatformOrderID: "1"}, Platform: order.Organic, Status: order.Confirmed,
			Source: order.FromPlatform, At: at, Facts: order.Facts{OrderedAt: at, Total: order.INR(100),
				Items: []order.Item{{SKU: "A", Quantity: 1, Total: order.INR(100)}}}}
	}
	stored, err := s.Orders().Absorb(t.Context(), []order.Report{report("website"), report("elsewhere")}, at)
	if err != nil || stored[0].Err != nil || stored[1].Err != nil {
		t.Fatal(err, stored)
	}
	ctx, own := With(t.Context(), Of(account.User{ID: "me", Channels: []string{"website"}})), Guard(s).Audit()
	for object, want := range map[string]error{
		"order:" + stored[0].ID.String(): nil, "order:" + stored[1].ID.String(): store.ErrNotFound, "": ErrBeyond, "user:u": ErrBeyond, "order:": order.ErrBadID,
	} {
		if _, err := own.List(ctx, store.AuditQuery{Object: object}); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", object, err, want)
		}
	}
}

func TestScopesAreByValue(t *testing.T) {
	t.Parallel()
	list := []string{"b", "a", "b"}
	s := Of(account.User{Channels: list})
	list[0] = "z"
	s.Channels()[0] = "z"
	if got := s.Channels(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%v", got)
	}
	if s.Allows("z") || !s.Allows("a") || (Scope{}).Allows("a") || !Everything().Allows("z") {
		t.Error("allows")
	}
	for _, e := range []order.Expr{nil, order.And{}, order.Or{}} {
		before := order.PrintExpr(e, time.UTC)
		s.where(e)
		if order.PrintExpr(e, time.UTC) != before {
			t.Errorf("%v was changed", e)
		}
	}
}
