package mongo

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/bson"
	"pgregory.net/rapid"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

func TestCursorRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, err := sortingOf(rapid.SampledFrom(order.Sorts()).Draw(t, "sort"))
		if err != nil {
			t.Fatal(err)
		}
		want := position{rapid.Int64().Draw(t, "value"), rapid.Int64().Draw(t, "seq")}
		got, err := s.parse(s.cursor(want))
		if err != nil || got != want {
			t.Fatalf("got %v, %v, want %v", got, err, want)
		}
	})
}

func TestForeignCursors(t *testing.T) {
	t.Parallel()
	newest, _ := sortingOf(order.NewestFirst)
	largest, _ := sortingOf(order.LargestFirst)
	good := newest.cursor(position{seq: 12345})
	flipped := []byte(good)
	flipped[5] ^= 1
	for name, text := range map[string]string{
		"text": "page2", "another sort's": largest.cursor(position{1, 2}), "cut short": good[:20], "longer": good + "AA",
		"damaged": string(flipped), "other alphabet": "////////////////////////////", "blank": " ",
	} {
		if _, err := newest.parse(text); !errors.Is(err, store.ErrQuery) {
			t.Errorf("%s: %v, want ErrQuery", name, err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	newest, _ := sortingOf(order.NewestFirst)
	f.Add(newest.cursor(position{seq: 1}))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := newest.parse(text)
		if err == nil && newest.cursor(p) != text {
			t.Errorf("%q was accepted and is not ours", text)
		}
	})
}

func TestSelection(t *testing.T) {
	t.Parallel()
	largest, _ := sortingOf(order.LargestFirst)
	cursor := largest.cursor(position{500, 7})
	for name, tt := range map[string]struct {
		query        order.Query
		filter, sort string
		skip, limit  int
		backwards    bool
	}{
		"plain":      {order.Query{}, `{"find.archived":false}`, `{"seq":-1}`, 0, order.DefaultLimit, false},
		"third page": {order.Query{Sort: order.OldestFirst, Limit: 20, Page: 3}, `{"find.archived":false}`, `{"seq":1}`, 40, 20, false},
		"after": {order.Query{Sort: order.LargestFirst, After: cursor, Limit: 20, Page: 3},
			`{"find.archived":false,"find.total":{"$lte":500},"$or":[{"find.total":{"$lt":500}},{"seq":{"$lt":7}}]}`,
			`{"find.total":-1,"seq":-1}`, 0, 20, false},
		"before": {order.Query{Sort: order.LargestFirst, Before: cursor, Limit: 20},
			`{"find.archived":false,"find.total":{"$gte":500},"$or":[{"find.total":{"$gt":500}},{"seq":{"$gt":7}}]}`,
			`{"find.total":1,"seq":1}`, 0, 20, true},
		"ship by": {order.Query{Sort: order.ShipSoonestFirst}, `{"find.archived":false,"find.shipBy":{"$gte":-9223372036854775808}}`,
			`{"find.shipBy":1,"seq":1}`, 0, order.DefaultLimit, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := selectionOf(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			got := []any{extJSON(t, s.filter), extJSON(t, s.keys(s.backwards)), s.skip, s.limit, s.backwards}
			if diff := cmp.Diff([]any{tt.filter, tt.sort, tt.skip, tt.limit, tt.backwards}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBadSelections(t *testing.T) {
	t.Parallel()
	newest, _ := sortingOf(order.NewestFirst)
	c := newest.cursor(position{seq: 1})
	for name, q := range map[string]order.Query{
		"unknown sort": {Sort: "-customer"},
		"two cursors":  {After: c, Before: c},
		"bad cursor":   {Before: "x"},
		"too deep":     {Limit: 100, Page: 102},
		"other sort":   {Sort: order.OldestFirst, After: c},
	} {
		if _, err := selectionOf(q); !errors.Is(err, store.ErrQuery) {
			t.Errorf("%s: %v, want ErrQuery", name, err)
		}
	}
}

func TestPageEdges(t *testing.T) {
	t.Parallel()
	docs := func(seqs ...int64) (list []orderDoc) {
		for _, s := range seqs {
			list = append(list, orderDoc{ID: s, Seq: s})
		}
		return list
	}
	newest, _ := sortingOf(order.NewestFirst)
	c := func(seq int64) string { return newest.cursor(position{seq: seq}) }
	for name, tt := range map[string]struct {
		query      order.Query
		found      []orderDoc
		want       []order.ID
		next, prev string
	}{
		"empty":          {order.Query{}, nil, nil, "", ""},
		"only page":      {order.Query{}, docs(9, 8), []order.ID{9, 8}, "", ""},
		"first of two":   {order.Query{}, docs(9, 8, 7), []order.ID{9, 8}, c(8), ""},
		"middle":         {order.Query{After: c(10)}, docs(9, 8, 7), []order.ID{9, 8}, c(8), c(9)},
		"last":           {order.Query{After: c(10)}, docs(9), []order.ID{9}, "", c(9)},
		"second by page": {order.Query{Page: 2}, docs(9), []order.ID{9}, "", c(9)},
		"back to middle": {order.Query{Before: c(7)}, docs(8, 9, 10), []order.ID{9, 8}, c(8), c(9)},
		"back to first":  {order.Query{Before: c(7)}, docs(8, 9), []order.ID{9, 8}, c(8), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.query.Limit = 2
			s, err := selectionOf(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			page := s.page(tt.found, tt.query)
			var ids []order.ID
			for _, r := range page.Rows {
				ids = append(ids, r.ID)
			}
			if diff := cmp.Diff([]any{tt.want, tt.next, tt.prev}, []any{ids, page.Next, page.Prev}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryListSortHasAnIndexThatEndsInSeq(t *testing.T) {
	t.Parallel()
	for _, name := range order.Sorts() {
		s, err := sortingOf(name)
		if err != nil {
			t.Fatal(err)
		}
		want := bson.D{{Key: "find.archived", Value: int32(1)}}
		for _, k := range s.keys(false) {
			want = append(want, bson.E{Key: k.Key, Value: int32(1)})
		}
		if !hasIndex(t, "orders", want) {
			t.Errorf("sort %s: no index %v", name, want)
		}
	}
}
