package main

import (
	"context"
	"fmt"
	"math/rand/v2"
)

// scenario is one kind of request, made anew each time.
type scenario struct {
	name string
	path func(context.Context, *client) (string, error)
}

func fixed(path string) func(context.Context, *client) (string, error) {
	return func(context.Context, *client) (string, error) { return path, nil }
}

// one of several addresses, so that no cache of one answer helps.
func anyOf(paths ...string) func(context.Context, *client) (string, error) {
	return func(context.Context, *client) (string, error) { return paths[rand.IntN(len(paths))], nil } //nolint:gosec // spreads load
}

func scenarios() []scenario {
	phone := func(context.Context, *client) (string, error) {
		return fmt.Sprintf("/orders?q=%04d", rand.IntN(10_000)), nil //nolint:gosec // spreads load
	}
	return []scenario{
		{"list", fixed("/orders")},
		{"list-filter", anyOf("/orders?status=confirmed", "/orders?platform=amazon", "/orders?platform=swiggy&status=delivered", "/orders?q=payment%3Acod", "/orders?status=pending&status=confirmed")},
		{"list-search", anyOf("/orders?q=asha", "/orders?q=ring", "/orders?q=necklace", "/orders?q=pune", "/orders?q=ravi+sharma")},
		{"list-word-status", fixed("/orders?q=ring&status=cancelled")},
		{"list-word-total", fixed("/orders?q=ring&sort=-total")},
		{"list-phone", phone},
		{"list-page-200", fixed("/orders?page=200")},
		{"order", func(_ context.Context, c *client) (string, error) { return c.anOrder() }},
		{"view-counts", fixed("/views/counts")},
		{"dashboard", anyOf("/", "/?period=7d", "/?period=90d")},
		{"revenue", anyOf("/analytics/revenue", "/analytics/revenue?period=90d", "/analytics/revenue?period=fy")},
		{"platforms", anyOf("/analytics/platforms", "/analytics/platforms?period=90d")},
		{"trends", anyOf("/analytics/trends", "/analytics/trends?period=90d")},
		{"customers-figures", fixed("/analytics/customers")},
		{"products", anyOf("/analytics/products", "/analytics/products?period=90d")},
		{"customers", anyOf("/customers", "/customers?sort=orders", "/customers?page=3")},
		{"channels", fixed("/channels")},
	}
}
