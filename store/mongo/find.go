package mongo

import (
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// findDoc is what an order is found, sorted and counted by. It is derived from
// the order at each write and never read back. Values are those of
// order.TextValues and order.NumberValue, so that a query means what
// order.Match means.
type findDoc struct {
	// Archived is what leads every index: false for what lists show unless
	// asked for more, else true or one of the texts of purchase orders.
	Archived any    `bson:"archived"`
	Platform string `bson:"platform"`
	Channel  string `bson:"channel"`
	Status   string `bson:"status"`
	// Keys holds every other text value as field:value; one index serves them
	// all. Orders that are ever asked for by such a value have few of them.
	Keys  []string `bson:"keys"`
	Words []string `bson:"words"`
	Units int64    `bson:"units"`
	// Total is 0 for an order whose total nobody told; it is sorted as such,
	// and TotalKnown keeps it out of comparisons.
	Total      int64  `bson:"total"`
	TotalKnown bool   `bson:"totalKnown"`
	Updated    int64  `bson:"updated"`
	ShipBy     *int64 `bson:"shipBy,omitempty"`
	// WishTry is order.WishTry, absent from nearly all orders.
	WishTry *int64 `bson:"wishTry,omitempty"`
}

func toFindDoc(o order.Order) findDoc {
	d := findDoc{
		Archived: hidden(o), Platform: only(o, order.FieldPlatform), Channel: only(o, order.FieldChannel), Status: only(o, order.FieldStatus),
		Keys: keysOf(o), Words: wordsAndGrams(order.SearchWords(o)),
	}
	d.Units, _ = order.NumberValue(o, order.FieldUnits)
	d.Total, d.TotalKnown = order.NumberValue(o, order.FieldTotal)
	d.Updated, _ = order.NumberValue(o, order.FieldUpdated)
	if v, ok := order.NumberValue(o, order.FieldShipBy); ok {
		d.ShipBy = &v
	}
	if v, ok := o.WishTry(); ok {
		d.WishTry = &v
	}
	return d
}

// Values of find.archived for purchase orders; see order.Purchase.
const (
	purchase         = "purchase"
	purchaseArchived = "purchase, archived"
)

func hidden(o order.Order) any {
	switch {
	case o.Kind != order.Purchase:
		return o.Desk.Archived
	case o.Desk.Archived:
		return purchaseArchived
	}
	return purchase
}

func only(o order.Order, f order.Field) string {
	return strings.Join(order.TextValues(o, f), "")
}

// keyFields are the text fields kept in Keys, not in a field of their own.
func keyFields() []order.Field {
	return []order.Field{order.FieldPayment, order.FieldTag, order.FieldAssignee, order.FieldFlag, order.FieldSKU, order.FieldState,
		order.FieldCity, order.FieldPincode, order.FieldAWB, order.FieldCustomer, order.FieldOrder, order.FieldKind}
}

func keysOf(o order.Order) []string {
	keys := []string{}
	for _, f := range keyFields() {
		for _, v := range order.TextValues(o, f) {
			keys = append(keys, key(f, v))
		}
	}
	return keys
}

func key(f order.Field, value string) string { return string(f) + ":" + value }

// Words are found by their beginnings, newest order first. A range over an
// index of words is not in the order of time: a short or common beginning
// would have the server collect and sort a part of the whole collection. So
// the first 3 and the first 5 letters of each word are indexed beside it (a
// beginning of a word is no different from a word: whatever begins with it is
// found just the same). A query of 3 or 5 letters is then one equality, in
// order and as long as the page. A longer one adds the range: the server, which
// tries both plans, walks the range when it is short and filters the equality
// when it is long. The price is about 80 index entries an order instead of 45;
// all beginnings would be over 200.
//
// Beginnings in digits get only the first 3: every further digit divides what
// is left by ten, and phones with their tails would have many.
const (
	shortGram = 3
	longGram  = 5
	// plainDigits is the length from which a number is taken for an id or a
	// phone, for which the range is always short.
	plainDigits = 7
)

// wordsAndGrams adds the indexed beginnings to the words; the result is sorted
// and distinct.
func wordsAndGrams(words []string) []string {
	all := slices.Clone(words)
	for _, w := range words {
		for _, n := range []int{shortGram, longGram} {
			if g, ok := gram(w, n); ok {
				all = append(all, g)
			}
		}
	}
	slices.Sort(all)
	return append([]string{}, slices.Compact(all)...)
}

// gram is the indexed beginning of n letters of a word, if it has one.
func gram(word string, n int) (string, bool) {
	for i := range word {
		if n == 0 {
			return word[:i], isGram(word[:i])
		}
		n--
	}
	return word, n == 0 && isGram(word)
}

// isGram tells whether a beginning of shortGram or longGram letters is indexed.
func isGram(g string) bool {
	return len([]rune(g)) == shortGram || strings.Trim(g, "0123456789") != ""
}

// wordPlan says how a beginning is looked up: by equality with a gram, by a
// range of words, or both.
func wordPlan(prefix string) (equal string, ranged bool) {
	letters := len([]rune(prefix))
	digits := strings.Trim(prefix, "0123456789") == ""
	switch {
	case letters < shortGram, digits && letters >= plainDigits:
		return "", true
	}
	if g, ok := gram(prefix, longGram); ok {
		return g, letters > longGram
	}
	g, _ := gram(prefix, shortGram)
	return g, letters > shortGram
}

// afterAll is greater than whatever follows a beginning: words hold no
// noncharacters.
const afterAll = "\U0010FFFF"
