package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func pagings() []testCase {
	return []testCase{
		{"forward and back in each sort", pageBothWays},
		{"with conditions", pageFiltered},
		{"pages by number", pageNumbers},
		{"a page number beyond the end", pageBeyond},
		{"a page number too deep to skip to", pageTooDeep},
		{"equal values", pageTies},
		{"while orders arrive, in each sort", pageArriving},
		{"while orders change", pageChanging},
		{"cursors that are not ours", pageForeign},
		{"a cursor of another sort", pageOtherSort},
		{"after and before together", pageBoth},
	}
}

// walk follows Next from the first page and returns the ids, page by page.
// between runs after each page.
func walk(t testing.TB, s store.Store, q order.Query, between func()) (pages []order.Page) {
	t.Helper()
	for len(pages) < 1000 {
		p := list(t, s, q)
		pages = append(pages, p)
		if p.Next == "" {
			return pages
		}
		if between != nil {
			between()
		}
		q.After, q.Before, q.Page = p.Next, "", 0
	}
	t.Fatal("the list never ends")
	return nil
}

// walkBack follows Prev from a page to the first.
func walkBack(t testing.TB, s store.Store, q order.Query, last order.Page) (pages []order.Page) {
	t.Helper()
	pages = []order.Page{last}
	for p := last; p.Prev != ""; {
		if len(pages) > 1000 {
			t.Fatal("the list never begins")
		}
		q.Before, q.After, q.Page = p.Prev, "", 0
		p = list(t, s, q)
		pages = append(pages, p)
	}
	slices.Reverse(pages)
	return pages
}

func allIDs(pages []order.Page) []order.ID {
	var all []order.ID
	for _, p := range pages {
		all = append(all, ids(p.Rows)...)
	}
	return all
}

func pageBothWays(t *testing.T, s store.Store) {
	all := fill(t, s, 67)
	for _, by := range order.Sorts() {
		q := order.Query{Sort: by, Limit: 10}
		want := expected(all, nil, by)
		pages := walk(t, s, q, nil)
		same(t, "forward by "+string(by), want, allIDs(pages))
		if pages[0].Prev != "" {
			t.Errorf("%s: the first page has one before it", by)
		}
		same(t, "back by "+string(by), want, allIDs(walkBack(t, s, q, pages[len(pages)-1])))
	}
}

func pageFiltered(t *testing.T, s store.Store) {
	all := fill(t, s, 90)
	for name, where := range conditions() {
		for _, by := range []order.Sort{order.NewestFirst, order.OldestFirst, order.LargestFirst, order.ShipSoonestFirst} {
			q := order.Query{Where: where, Sort: by, Limit: 7}
			want := expected(all, where, by)
			pages := walk(t, s, q, nil)
			same(t, name+" forward by "+string(by), want, allIDs(pages))
			same(t, name+" back by "+string(by), want, allIDs(walkBack(t, s, q, pages[len(pages)-1])))
		}
	}
}

func pageNumbers(t *testing.T, s store.Store) {
	all := fill(t, s, 45)
	for _, by := range order.Sorts() {
		want := expected(all, nil, by)
		var got []order.ID
		for page := 1; page <= len(want)/10+1; page++ {
			p := list(t, s, order.Query{Sort: by, Limit: 10, Page: page})
			got = append(got, ids(p.Rows)...)
			if hasPrev := p.Prev != ""; len(p.Rows) > 0 && hasPrev != (page > 1) {
				t.Errorf("%s page %d: prev %q", by, page, p.Prev)
			}
		}
		same(t, string(by), want, got)
	}
}

func pageBeyond(t *testing.T, s store.Store) {
	fill(t, s, 5)
	if p := list(t, s, order.Query{Limit: 20, Page: 9}); len(p.Rows) != 0 || p.Next != "" {
		t.Errorf("%d rows, next %q", len(p.Rows), p.Next)
	}
}

func pageTooDeep(t *testing.T, s store.Store) {
	list(t, s, order.Query{Limit: 100, Page: 101})
	for _, page := range []int{102, 1 << 40} {
		if _, err := s.Orders().List(t.Context(), order.Query{Limit: 100, Page: page}); !errors.Is(err, store.ErrQuery) {
			t.Errorf("page %d: %v, want ErrQuery", page, err)
		}
	}
}

func pageTies(t *testing.T, s store.Store) {
	var reports []order.Report
	for i := range 40 {
		reports = append(reports, ordertest.Report(shop, fmt.Sprint(i), noon()))
	}
	absorb(t, s, noon(), reports...)
	for _, by := range order.Sorts() {
		got := allIDs(walk(t, s, order.Query{Sort: by, Limit: 7}, nil))
		slices.Sort(got)
		if n := len(slices.Compact(got)); n != 40 {
			t.Errorf("%s: %d different orders, want 40", by, n)
		}
	}
}

func pageArriving(t *testing.T, s store.Store) {
	all := fill(t, s, 60)
	next := 1000
	arrive := func() {
		early := ordertest.Synthetic(9, next, 20, noon())
		late := ordertest.Synthetic(9, next+1, 1, noon().Add(24*time.Hour))
		next += 2
		absorb(t, s, noon(), early, late)
	}
	for _, by := range order.Sorts() {
		want := expected(all, nil, by)
		q := order.Query{Sort: by, Limit: 8}
		pages := walk(t, s, q, arrive)
		same(t, "forward by "+string(by), want, only(want, allIDs(pages)))
		back := walkBack(t, s, q, pages[len(pages)-1])
		same(t, "back by "+string(by), want, only(want, allIDs(back)))
	}
}

// only keeps those ids that are wanted, in the order found.
func only(want, got []order.ID) []order.ID {
	return slices.DeleteFunc(slices.Clone(got), func(id order.ID) bool { return !slices.Contains(want, id) })
}

func pageChanging(t *testing.T, s store.Store) {
	all := fill(t, s, 60)
	i := 0
	change := func() {
		edit(t, s, all[i].ID, func(o *order.Order) { o.Desk.Tags = []string{fmt.Sprint("t", i)} })
		i++
	}
	same(t, "newest first", expected(all, nil, ""), allIDs(walk(t, s, order.Query{Limit: 8}, change)))
	var untouched []order.Order
	untouched = append(untouched, all[30:]...) // those that change below move in this sort
	got := allIDs(walk(t, s, order.Query{Sort: order.LeastRecent, Limit: 8}, change))
	want := expected(untouched, nil, order.LeastRecent)
	same(t, "least recently changed first", want, only(want, got))
}

func pageForeign(t *testing.T, s store.Store) {
	fill(t, s, 30)
	ours := list(t, s, order.Query{Limit: 10}).Next
	if ours == "" {
		t.Fatal("no cursor")
	}
	for _, cursor := range []string{"x", "AAAA", "%", ours + "A", ours[1:], ours[:len(ours)-2], "\x00", "../../etc/passwd", `{"$gt":""}`} {
		for _, q := range []order.Query{{Limit: 10, After: cursor}, {Limit: 10, Before: cursor}} {
			if _, err := s.Orders().List(t.Context(), q); !errors.Is(err, store.ErrQuery) {
				t.Errorf("cursor %q: %v, want ErrQuery", cursor, err)
			}
		}
	}
}

func pageOtherSort(t *testing.T, s store.Store) {
	fill(t, s, 30)
	ours := list(t, s, order.Query{Limit: 10}).Next
	q := order.Query{Limit: 10, Sort: order.LargestFirst, After: ours}
	if _, err := s.Orders().List(t.Context(), q); !errors.Is(err, store.ErrQuery) {
		t.Errorf("%v, want ErrQuery", err)
	}
}

func pageBoth(t *testing.T, s store.Store) {
	fill(t, s, 30)
	c := list(t, s, order.Query{Limit: 10}).Next
	if _, err := s.Orders().List(t.Context(), order.Query{Limit: 10, After: c, Before: c}); !errors.Is(err, store.ErrQuery) {
		t.Errorf("%v, want ErrQuery", err)
	}
}
