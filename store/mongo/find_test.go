package mongo

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/palmonas/palmonas-crm/order"
)

func TestGrams(t *testing.T) {
	t.Parallel()
	got := wordsAndGrams([]string{"kurta", "maharashtra", "शर्मा", "ab", "9876543210", "a1b2c3", "560001x"})
	want := []string{"560", "560001x", "987", "9876543210", "a1b", "a1b2c", "a1b2c3", "ab", "kur", "kurta", "mah", "mahar", "maharashtra", "शर्", "शर्मा"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := wordsAndGrams(nil); got == nil || len(got) != 0 {
		t.Errorf("no words make %#v, want an empty list", got)
	}
}

func TestWordPlan(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]struct {
		equal  string
		ranged bool
	}{
		"":           {"", true},
		"ku":         {"", true},
		"kur":        {"kur", false},
		"kurt":       {"kur", true},
		"kurta":      {"kurta", false},
		"kurtas":     {"kurta", true},
		"98":         {"", true},
		"987":        {"987", false},
		"98765":      {"987", true},
		"560001":     {"560", true},
		"9876543":    {"", true},
		"9876543210": {"", true},
		"1234567a":   {"123", true},
		"शर्":        {"शर्", false},
	} {
		equal, ranged := wordPlan(prefix)
		if equal != want.equal || ranged != want.ranged {
			t.Errorf("%q: equal %q ranged %v, want %+v", prefix, equal, ranged, want)
		}
	}
}

// What wordPlan looks up among the indexed words is what begins with the
// prefix, for any words.
func TestWordPlanFindsBeginnings(t *testing.T) {
	t.Parallel()
	letters := rapid.SampledFrom([]rune("ab19षé"))
	word := rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOfN(letters, 1, 9).Draw(t, "letters")) })
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(word).Draw(t, "words")
		prefix := word.Draw(t, "prefix")
		indexed := wordsAndGrams(words)
		equal, ranged := wordPlan(prefix)
		got := equal == "" || slices.Contains(indexed, equal)
		if ranged {
			got = got && slices.ContainsFunc(indexed, func(w string) bool { return prefix <= w && w < prefix+afterAll })
		}
		want := slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, prefix) })
		if got != want {
			t.Fatalf("%q in %q: %v, want %v", prefix, words, got, want)
		}
	})
}

// Every text field is either a field of its own or among the keys.
func TestKeysOfOrder(t *testing.T) {
	t.Parallel()
	var o order.Order
	o.Platform, o.Ref, o.Status = order.Amazon, order.Ref{Channel: "amazon-in", PlatformOrderID: "405-1"}, order.Shipped
	o.Facts.Payment, o.Facts.OrderNumber, o.Facts.Items = order.COD, "405-1", []order.Item{{SKU: "PLM 01"}}
	o.Desk.Tags, o.Desk.Assignee, o.Desk.Archived = []string{"VIP", "tag:vip"}, "u1", true
	o.Facts.Customer.Address.City = "Navi  Mumbai"
	want := []string{"payment:cod", "tag:tag:vip", "tag:vip", "assignee:u1", "flag:archived", "sku:plm 01", "city:navi mumbai", "order:405-1"}
	d := toFindDoc(o)
	if diff := cmp.Diff(want, d.Keys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d.Platform != "amazon" || d.Channel != "amazon-in" || d.Status != "shipped" || d.Archived != true || d.TotalKnown || d.ShipBy != nil {
		t.Errorf("got %+v", d)
	}
}
