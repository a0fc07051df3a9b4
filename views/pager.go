package views

import "github.com/palmonas/palmonas-crm/order"

// numbered reports whether pages can be offered by number.
func (v OrdersView) numbered() bool {
	return v.Filter.After == "" && v.Filter.Before == "" && v.Count >= 0
}

func (v OrdersView) page() int { return max(v.Filter.Page, 1) }

// pages is the number of pages that can be named.
func (v OrdersView) pages() int { return max(1, (v.Count+v.limit()-1)/v.limit()) }

// span says which orders the page shows.
func (v OrdersView) span() string {
	if !v.numbered() {
		return Count(len(v.Rows), "order", "orders") + " on this page"
	}
	from := (v.page()-1)*v.limit() + 1
	s := Number(from) + "–" + Number(from+len(v.Rows)-1) + " of " + Number(v.Count)
	if v.CountIsLower {
		s += "+"
	}
	return s
}

// prev and next lead to the neighbouring pages: by number where the page has
// one and the count reaches that far, else by cursor. ok is false at an end.
func (v OrdersView) prev() (f order.Filter, ok bool) {
	f = first(v.Filter)
	switch {
	case v.numbered() && v.page() > 1:
		if f.Page = v.page() - 1; f.Page == 1 {
			f.Page = 0
		}
		return f, true
	case !v.numbered() && v.Prev != "":
		f.Before = v.Prev
		return f, true
	}
	return f, false
}

func (v OrdersView) next() (f order.Filter, ok bool) {
	f = first(v.Filter)
	switch {
	case v.numbered() && v.page() < v.pages():
		f.Page = v.page() + 1
		return f, true
	case v.Next != "":
		f.After = v.Next
		return f, true
	}
	return f, false
}

// pageLinks are the pages to offer: both ends and the neighbourhood; 0 stands
// for a gap.
func (v OrdersView) pageLinks() []int {
	if !v.numbered() || v.pages() < 2 {
		return nil
	}
	var links []int
	last := 0
	for n := 1; n <= v.pages(); n++ {
		if n != 1 && n != v.pages() && (n < v.page()-1 || n > v.page()+1) {
			continue
		}
		if n > last+1 {
			links = append(links, 0)
		}
		links, last = append(links, n), n
	}
	return links
}

func (v OrdersView) at(page int) order.Filter {
	f := first(v.Filter)
	if page > 1 {
		f.Page = page
	}
	return f
}
