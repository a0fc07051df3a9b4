package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Differences lists where the kept figures of a day are not the wanted ones.
func Differences(kept, want *DayFigures, names Names) []Difference {
	a, b := kept.lines(names), want.lines(names)
	for what := range b {
		if _, ok := a[what]; !ok {
			a[what] = "none"
		}
	}
	var list []Difference
	for _, what := range slices.Sorted(maps.Keys(a)) {
		w, ok := b[what]
		if !ok {
			w = "none"
		}
		if a[what] != w {
			list = append(list, Difference{Day: want.Day, What: what, Kept: a[what], Want: w})
		}
	}
	return list
}

// lines words every figure of a day.
func (f *DayFigures) lines(names Names) map[string]string {
	m := map[string]string{}
	put := func(value string, parts ...any) {
		texts := make([]string, len(parts))
		for i, p := range parts {
			texts[i] = fmt.Sprint(p)
		}
		m[strings.Join(texts, " / ")] = value
	}
	put(fmt.Sprintf("orders=%d customers=%d unknown=%d", f.Orders, f.Customers, f.Unknown), "day")
	for _, c := range f.Cells {
		key := []any{"orders", names.Channels[c.Channel].ID, c.Status.Status(), c.Payment.Method(), names.States[c.State]}
		put(fmt.Sprintf("orders=%d units=%d unpriced=%d rto=%d gross=%d discount=%d shipping=%d tax=%d",
			c.Orders, c.Units, c.Unpriced, c.RTO, c.Gross, c.Discount, c.Shipping, c.Tax), key...)
	}
	for _, h := range f.Hours {
		put(fmt.Sprintf("orders=%d net=%d", h.Orders, h.Net), "hour", h.Hour, names.Channels[h.Channel].ID)
	}
	for _, s := range f.Sales {
		p := names.Products[s.Product]
		put(fmt.Sprintf("orders=%d units=%d cancelled=%d returned=%d gross=%d net=%d", s.Orders, s.Units, s.Cancelled, s.Returned, s.Gross, s.Net),
			"product", names.Channels[s.Channel].ID, p.SKU, p.Title)
	}
	for _, w := range f.Waits {
		put(fmt.Sprintf("orders=%d", w.Orders), "wait", names.Channels[w.Channel].ID, w.Step, w.Bucket)
	}
	return m
}
