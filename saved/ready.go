package saved

import "net/url"

// ReadyMade are the views that a new desk starts with. They are everybody's,
// and whoever manages settings may change them like any other.
func ReadyMade() []View {
	list := []struct{ name, q, sort string }{
		{"Needs confirming", "status:pending", "ordered_at"},
		{"To dispatch today", "status:confirmed,processing shipby<=today -flag:held", "ship_by"},
		{"Late", "status:pending,confirmed,processing shipby<now", "ship_by"},
		{"Failed to sync", "flag:refused", ""},
		{"On hold", "flag:held", ""},
		{"COD to verify", "status:pending payment:cod -tag:verified", "ordered_at"},
		{"Returns to receive", "status:returned -tag:received", ""},
		{"Needs attention", "flag:needs_attention", ""},
	}
	views := make([]View, len(list))
	for i, r := range list {
		v := url.Values{"q": {r.q}}
		if r.sort != "" {
			v.Set("sort", r.sort)
		}
		views[i] = View{Name: r.name, Query: v.Encode(), Place: i}
	}
	return views
}
