package order

import (
	"cmp"
	"slices"
	"strings"
)

// Pick is one thing to fetch from the shelf for several orders.
type Pick struct {
	SKU, Title string
	Quantity   int
	For        []PickFor
}

// PickFor is an order that a Pick is for.
type PickFor struct {
	Order    Order
	Quantity int
}

// PickList gathers what orders need by SKU, the SKUs in their order. Lines that
// were cancelled, and orders that were cancelled or archived or are held, are
// left out and counted in skipped.
func PickList(orders []Order) (list []Pick, skipped []Order) {
	at := map[string]int{}
	for _, o := range orders {
		if o.Status == Cancelled || o.Desk.Archived || o.Desk.Hold != nil {
			skipped = append(skipped, o)
			continue
		}
		for _, it := range o.Facts.Items {
			if it.Status == Cancelled || it.Quantity <= 0 {
				continue
			}
			key := foldText(cmp.Or(it.SKU, it.ProductID, it.Title))
			i, known := at[key]
			if !known {
				i, at[key] = len(list), len(list)
				list = append(list, Pick{SKU: cmp.Or(it.SKU, it.ProductID), Title: it.Title})
			}
			list[i].Title = cmp.Or(list[i].Title, it.Title)
			list[i].Quantity += it.Quantity
			list[i].add(o, it.Quantity)
		}
	}
	slices.SortStableFunc(list, func(a, b Pick) int { return strings.Compare(foldText(a.SKU), foldText(b.SKU)) })
	return list, skipped
}

func (p *Pick) add(o Order, n int) {
	if last := len(p.For) - 1; last >= 0 && p.For[last].Order.ID == o.ID {
		p.For[last].Quantity += n
		return
	}
	p.For = append(p.For, PickFor{Order: o, Quantity: n})
}
