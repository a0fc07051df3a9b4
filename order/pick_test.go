package order

import (
	"testing"

	"pgregory.net/rapid"
)

func TestPickList(t *testing.T) {
	t.Parallel()
	mk := func(id ID, items ...Item) Order { return Order{ID: id, Status: Confirmed, Facts: Facts{Items: items}} }
	held, gone := mk(3, Item{SKU: "B", Quantity: 9}), mk(4, Item{SKU: "B", Quantity: 9})
	held.Desk.Hold, gone.Status = &Hold{}, Cancelled
	list, skipped := PickList([]Order{
		mk(1, Item{SKU: "b-2", Title: "Ring", Quantity: 2}, Item{SKU: "A-1", Quantity: 1}, Item{SKU: "A-1", Title: "Chain", Quantity: 1}),
		mk(2, Item{SKU: "B-2", Quantity: 1}, Item{SKU: "A-1", Quantity: 5, Status: Cancelled}, Item{Title: "Gift box", Quantity: 1}), held, gone,
	})
	if len(list) != 3 || len(skipped) != 2 {
		t.Fatalf("%+v, %d skipped", list, len(skipped))
	}
	if p := list[1]; p.SKU != "A-1" || p.Title != "Chain" || p.Quantity != 2 || len(p.For) != 1 || p.For[0].Quantity != 2 {
		t.Errorf("%+v", p)
	}
	if p := list[2]; p.SKU != "b-2" || p.Quantity != 3 || len(p.For) != 2 {
		t.Errorf("%+v", p)
	}
}

// Nothing gets lost on the way to the shelf.
func TestPickListKeepsEveryPiece(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var orders []Order
		want := 0
		for i := range rapid.IntRange(0, 5).Draw(t, "orders") {
			o := Order{ID: ID(i + 1), Status: Confirmed}
			for range rapid.IntRange(0, 4).Draw(t, "items") {
				it := Item{SKU: rapid.SampledFrom([]string{"a", "A", "b", ""}).Draw(t, "sku"), Title: "t", Quantity: rapid.IntRange(0, 5).Draw(t, "n")}
				o.Facts.Items = append(o.Facts.Items, it)
				want += it.Quantity
			}
			orders = append(orders, o)
		}
		list, _ := PickList(orders)
		got, split := 0, 0
		for _, p := range list {
			got += p.Quantity
			for _, f := range p.For {
				split += f.Quantity
			}
		}
		if got != want || split != want {
			t.Fatalf("%d pieces, %d by order, want %d", got, split, want)
		}
	})
}
