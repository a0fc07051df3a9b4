package order

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func deskOrder() (Order, time.Time) {
	return absorbAll([]Report{at(1, Confirmed, "")}), base.Add(10 * time.Hour)
}

// TestDeskEdits: each decision takes effect with one history entry and one
// version, and saying it again writes nothing.
func TestDeskEdits(t *testing.T) {
	t.Parallel()
	_, now := deskOrder()
	street := Address{Line1: " 4  Hill Road ", City: "Mumbai", State: "MH", Pincode: "400 050"}
	tests := []struct {
		name  string
		do    func(*Order) error
		holds func(Order) bool
		field string
	}{
		{"tags are replaced", func(o *Order) error { return o.SetTags([]string{" VIP  gift", "vip gift", "late"}, "u1", now) },
			func(o Order) bool { return slices.Equal(o.Desk.Tags, []string{"VIP gift", "late"}) }, "tags"},
		{"a tag is added", func(o *Order) error { return o.AddTag("vip", "u1", now) }, func(o Order) bool { return o.HasTag(" VIP ") }, "tags"},
		{"is assigned", func(o *Order) error { o.Assign("u2", "u1", now); return nil }, func(o Order) bool { return o.Desk.Assignee == "u2" }, "assignee"},
		{"is held", func(o *Order) error { return o.PutOnHold("stock", now.Add(time.Hour), "u1", now) },
			func(o Order) bool { return o.OnHold(now) && !o.OnHold(now.Add(time.Hour)) }, "hold"},
		{"is archived", func(o *Order) error { return o.Archive("a test order", "u1", now) }, func(o Order) bool { return o.Desk.Archived }, "archive"},
		{"the address is corrected", func(o *Order) error { return o.CorrectAddress(street, "u1", now) }, func(o Order) bool {
			return o.ShipTo().Address == Address{Line1: "4 Hill Road", City: "Mumbai", State: "Maharashtra", Pincode: "400050", Country: "IN"}
		}, "address"},
		{"the contact is corrected", func(o *Order) error { return o.CorrectContact(Contact{Name: "A B", Phone: "98200 12345"}, "u1", now) },
			func(o Order) bool { return o.ShipTo().Phone == "+919820012345" }, "contact"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, _ := deskOrder()
			before := o
			if err := tt.do(&o); err != nil || !tt.holds(o) {
				t.Fatalf("%v, desk %+v", err, o.Desk)
			}
			e := o.History[len(o.History)-1]
			if o.Version != before.Version+1 || len(o.History) != len(before.History)+1 || !o.UpdatedAt.Equal(now) {
				t.Errorf("version %d after %d, history %d after %d", o.Version, before.Version, len(o.History), len(before.History))
			}
			if e.Kind != EventEdit || e.By != "u1" || e.Source != FromUser || !slices.Equal(e.Fields, []string{tt.field}) {
				t.Errorf("history says %+v", e)
			}
			again := o
			if err := tt.do(&again); err != nil || !cmp.Equal(o, again) {
				t.Errorf("saying it again changed the order: %v %s", err, cmp.Diff(o, again))
			}
		})
	}
}

func TestDeskUndone(t *testing.T) {
	t.Parallel()
	o, now := deskOrder()
	platform := o.ShipTo()
	steps := []func() error{
		func() error { return o.SetTags([]string{"a", "b"}, "u1", now) },
		func() error { return o.PutOnHold("stock", time.Time{}, "u1", now) },
		func() error { return o.Archive("", "u1", now) },
		func() error {
			return o.CorrectAddress(Address{Line1: "x", City: "Pune", Pincode: "411001"}, "u1", now)
		},
		func() error { return o.CorrectContact(Contact{Email: "A@Example.com"}, "u1", now) },
	}
	for _, do := range steps {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	o.RemoveTag("A", "u1", now)
	o.RemoveTag("B", "u1", now)
	o.Release("", now)
	o.Restore("u1", now)
	o.RevertAddress("u1", now)
	o.RevertContact("u1", now)
	if !cmp.Equal(o.Desk, Desk{Tags: []string{}}) || o.ShipTo() != platform {
		t.Errorf("left %+v", o.Desk)
	}
	version := o.Version
	o.RemoveTag("a", "u1", now)
	o.Release("u1", now)
	o.Restore("u1", now)
	o.RevertAddress("u1", now)
	o.RevertContact("u1", now)
	if o.Version != version {
		t.Error("undoing what is undone wrote something")
	}
	if i := slices.IndexFunc(o.History, func(e Event) bool { return e.Source == FromRule }); i < 0 || o.History[i].By != "" {
		t.Error("the release by a rule is not in the history")
	}
}

func TestDeskRefuses(t *testing.T) {
	t.Parallel()
	_, now := deskOrder()
	many := make([]string, MaxTags+1)
	for i := range many {
		many[i] = strings.Repeat("x", i+1)
	}
	tests := []struct {
		name  string
		do    func(*Order) error
		field string
	}{
		{"an empty tag", func(o *Order) error { return o.AddTag("  ", "u1", now) }, "tag"},
		{"a tag with a comma", func(o *Order) error { return o.SetTags([]string{"a,b"}, "u1", now) }, "tag"},
		{"a long tag", func(o *Order) error { return o.AddTag(strings.Repeat("é", MaxTagSize+1), "u1", now) }, "tag"},
		{"a tag that is not text", func(o *Order) error { return o.AddTag("a\x00b", "u1", now) }, "tag"},
		{"too many tags", func(o *Order) error { return o.SetTags(many, "u1", now) }, "tag"},
		{"a hold without a reason", func(o *Order) error { return o.PutOnHold(" ", time.Time{}, "u1", now) }, "reason"},
		{"a hold that is over", func(o *Order) error { return o.PutOnHold("x", now, "u1", now) }, "until"},
		{"a long reason", func(o *Order) error { return o.Archive(strings.Repeat("x", MaxReason+1), "u1", now) }, "reason"},
		{"no street", func(o *Order) error { return o.CorrectAddress(Address{City: "Pune", Pincode: "411001"}, "u1", now) }, "line1"},
		{"no pincode", func(o *Order) error {
			return o.CorrectAddress(Address{Line1: "x", City: "Pune", Pincode: "4110"}, "u1", now)
		}, "pincode"},
		{"a country by name", func(o *Order) error {
			return o.CorrectAddress(Address{Line1: "x", City: "Pune", Pincode: "411001", Country: "India"}, "u1", now)
		}, "country"},
		{"a long street", func(o *Order) error {
			return o.CorrectAddress(Address{Line1: strings.Repeat("x", maxField+1), City: "Pune", Pincode: "411001"}, "u1", now)
		}, "line1"},
		{"no contact at all", func(o *Order) error { return o.CorrectContact(Contact{}, "u1", now) }, "name"},
		{"half a phone number", func(o *Order) error { return o.CorrectContact(Contact{Phone: "98200"}, "u1", now) }, "phone"},
		{"half an e-mail address", func(o *Order) error { return o.CorrectContact(Contact{Email: "a@"}, "u1", now) }, "email"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, _ := deskOrder()
			before := o
			err := tt.do(&o)
			var faults FieldErrors
			if !errors.As(err, &faults) || faults.For(tt.field) == "" {
				t.Errorf("got %v, want a fault at %s", err, tt.field)
			}
			if !cmp.Equal(before, o) {
				t.Errorf("a refused edit changed the order: %s", cmp.Diff(before, o))
			}
		})
	}
}

func TestTakeBack(t *testing.T) {
	t.Parallel()
	now := base.Add(10 * time.Hour)
	wished := func(push bool, to ...Status) Order {
		o := absorbAll([]Report{at(1, Pending, "")})
		for i, s := range to {
			if err := o.SetStatus(s, "u1", "", push, now.Add(time.Duration(i)*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		return o
	}
	t.Run("to the platform's status", func(t *testing.T) {
		t.Parallel()
		o := wished(true, Confirmed)
		if err := o.TakeBack(o.Wish.Key, nil, "u1", now); err != nil || o.Status != Pending || o.Wish != nil {
			t.Errorf("%v, %s, wish %+v", err, o.Status, o.Wish)
		}
	})
	t.Run("to the decision before", func(t *testing.T) {
		t.Parallel()
		o := wished(false, Confirmed)
		before := o.Wish
		if err := o.SetStatus(Processing, "u1", "", false, now); err != nil {
			t.Fatal(err)
		}
		if err := o.TakeBack(o.Wish.Key, before, "u1", now); err != nil || o.Status != Confirmed || o.Wish.Status != Confirmed {
			t.Errorf("%v, %s, wish %+v", err, o.Status, o.Wish)
		}
	})
	t.Run("to a decision that was met meanwhile", func(t *testing.T) {
		t.Parallel()
		o := wished(true, Confirmed)
		before := o.Wish
		if err := o.SetStatus(Processing, "u1", "", true, now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		o, _ = Absorb(&o, at(13, Confirmed, ""), now)
		if err := o.TakeBack(o.Wish.Key, before, "u1", now); err != nil || o.Status != Confirmed || o.Wish != nil {
			t.Errorf("%v, %s, wish %+v", err, o.Status, o.Wish)
		}
	})
	refused := map[string]func(*Order){
		"when the platform is being told": func(o *Order) { o.MarkTried(now) },
		"when it was told":                func(o *Order) { o.MarkPushed(o.Wish.Key, now, now) },
		"when it said no":                 func(o *Order) { o.MarkRefused(o.Wish.Key, "no", now) },
		"when somebody decided anew":      func(o *Order) { _ = o.SetStatus(Cancelled, "u2", "", true, now) },
		"when it is done":                 func(o *Order) { *o, _ = Absorb(o, at(13, Confirmed, ""), now) },
	}
	for name, do := range refused {
		t.Run("not "+name, func(t *testing.T) {
			t.Parallel()
			o := wished(true, Confirmed)
			key := o.Wish.Key
			do(&o)
			before := o
			if err := o.TakeBack(key, nil, "u1", now); !errors.Is(err, ErrTold) || !cmp.Equal(before, o) {
				t.Errorf("%v %s", err, cmp.Diff(before, o))
			}
		})
	}
}
