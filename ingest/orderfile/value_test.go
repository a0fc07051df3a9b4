package orderfile

import (
	"slices"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

func TestParseDate(t *testing.T) {
	t.Parallel()
	loc := ist(t)
	for text, want := range map[string]string{
		"2026-03-10":                      "2026-03-10 00:00:00",
		"2026/03/10":                      "2026-03-10 00:00:00",
		"2026-03-10T09:42:09+05:30":       "2026-03-10 09:42:09",
		"2026-03-10T04:12:09Z":            "2026-03-10 09:42:09",
		"2026-03-10T04:12:09.5Z":          "2026-03-10 09:42:09",
		"2026-03-10 12:30:00 +0530":       "2026-03-10 12:30:00",
		"2026-03-10 12:30:00":             "2026-03-10 12:30:00",
		"2026-03-10 12:30":                "2026-03-10 12:30:00",
		"Aug 26, 2026":                    "2026-08-26 00:00:00",
		"Aug 27, 2026 12:00:00":           "2026-08-27 12:00:00",
		"10-Mar-2026":                     "2026-03-10 00:00:00",
		"5 Jun 2026 16:30":                "2026-06-05 16:30:00",
		"17-07-2024 08:52":                "2024-07-17 08:52:00",
		"05/06/2026, 4:30 pm":             "2026-06-05 16:30:00",
		"5.6.26":                          "2026-06-05 00:00:00",
		"46091.5":                         "2026-03-10 12:00:00",
		"Mon, 10 Mar 2026 09:42:09 +0530": "2026-03-10 09:42:09",
	} {
		got, err := parseDate(text, false, loc)
		if err != nil || got.In(loc).Format(time.DateTime) != want {
			t.Errorf("%q is read as %s, %v, want %s", text, got.In(loc), err, want)
		}
	}
	for _, text := range []string{"", "x", "2026-02-30", "31-04-2026", "13-13-2026", "1/2", "1/2/3", "1-2-2026x", "7", "99999", "2026-3", "20260310", "Smarch 3, 2026", "10-03-2026 25:00"} {
		if got, err := parseDate(text, false, loc); err == nil {
			t.Errorf("%q is read as %s", text, got)
		}
	}
	if got, err := parseDate("06-05-22", true, loc); err != nil || got.In(loc).Format(time.DateOnly) != "2022-06-05" {
		t.Errorf("month first: %s, %v", got, err)
	}
}

func TestDateOrder(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		column        []string
		habit, result bool
	}{
		{"month first", []string{"06-05-2022", "05-13-22"}, false, true},
		{"day first", []string{"06/05/2022", "13/05/22"}, true, false},
		{"nothing tells, a habit", []string{"06-05-2022"}, true, true},
		{"nothing tells", []string{"06-05-2022", "2022-05-13", "x"}, false, false},
		{"the most decide", []string{"05-13-22", "05-14-22", "13-05-22"}, false, true},
	} {
		var d dateOrder
		for _, text := range tt.column {
			d.see(text)
		}
		if d.monthFirst(tt.habit) != tt.result {
			t.Errorf("%s: month first %v", tt.name, !tt.result)
		}
	}
}

func TestMoneyCells(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]order.Money{
		"406.0": order.INR(40600), "₹ 1,29,900.50": order.INR(12990050), "Rs. 12": order.INR(1200), "INR 5": order.INR(500), "647.6199999999999": order.INR(64762),
		"0.30000000000000004": order.INR(30), "": {}, "NA": {}, "--": {}, "'12.00": order.INR(1200), "0": order.INR(0), "-5": order.INR(-500),
	} {
		if got, err := money(text, "INR"); err != nil || got != want {
			t.Errorf("%q is read as %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"12.345", "12,50", "twelve", "1e5", "12.3456789012", "5 USD"} {
		if got, err := money(text, "INR"); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
	for text, want := range map[string]int64{"34.925": 3493, "34.9249": 3492, "-34.925": -3493, "34.92": 3492, "0.005": 1} {
		if got, err := roundedMoney(text, "INR"); err != nil || got != order.INR(want) {
			t.Errorf("%q is rounded to %v, %v, want %d", text, got, err, want)
		}
	}
	if got, err := roundedMoney("3.4x5", "INR"); err == nil {
		t.Errorf("3.4x5 is rounded to %v", got)
	}
}

func TestAmazonStatus(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]struct {
		status order.Status
		sub    string
	}{
		"Pending": {order.Pending, ""}, "Pending - Waiting for Pick Up": {order.Processing, ""}, "Unshipped": {order.Confirmed, ""}, "Shipping": {order.Processing, ""},
		"Shipped": {order.Shipped, ""}, "Shipped - Picked Up": {order.Shipped, ""}, "Shipped - Out for Delivery": {order.OutForDelivery, ""},
		"Shipped - Delivered to Buyer": {order.Delivered, ""}, "Shipped - Returning to Seller": {order.Returned, "rto_in_transit"},
		"Shipped - Returned to Seller": {order.Returned, "rto_received"}, "Shipped - Rejected by Buyer": {order.Returned, "rto_in_transit"},
		"Shipped - Lost in Transit": {order.Shipped, ""}, "Shipped - Damaged": {order.Shipped, ""}, "Cancelled": {order.Cancelled, ""}, "Canceled": {order.Cancelled, ""},
		"Delivered to Buyer": {order.Delivered, ""}, "returned  TO seller": {order.Returned, "rto_received"}, "Shipped - Something New": {order.Shipped, ""},
	} {
		if status, sub, ok := AmazonStatus(word); !ok || status != want.status || sub != want.sub {
			t.Errorf("%q is %s %q, %v", word, status, sub, ok)
		}
	}
	for _, word := range []string{"", "Teleported", "Teleported - Damaged?"} {
		if status, _, ok := AmazonStatus(word); ok {
			t.Errorf("%q is %s", word, status)
		}
	}
}

func TestRollUp(t *testing.T) {
	t.Parallel()
	s := func(list ...order.Status) []order.Status { return list }
	for _, tt := range []struct {
		lines []order.Status
		want  order.Status
		flags []order.Flag
	}{
		{nil, "", nil},
		{s(order.Shipped), order.Shipped, nil},
		{s(order.Cancelled, order.Cancelled), order.Cancelled, nil},
		{s(order.Cancelled, order.Delivered), order.Delivered, []order.Flag{order.PartiallyCancelled}},
		{s(order.Delivered, order.Shipped), order.Shipped, nil},
		{s(order.Confirmed, order.Shipped), order.Processing, []order.Flag{order.PartiallyShipped}},
		{s(order.Returned, order.Delivered), order.Delivered, nil},
		{s(order.Returned, order.Returned), order.Returned, nil},
		{s(order.Refunded, order.Refunded), order.Refunded, nil},
		{s(order.Returned, order.Refunded), order.Returned, nil},
		{s(order.Refunded, order.Delivered), order.Delivered, []order.Flag{order.PartiallyRefunded}},
		{s(order.Refunded, order.Cancelled), order.Refunded, []order.Flag{order.PartiallyCancelled}},
	} {
		if got, flags := rollUp(tt.lines); got != tt.want || !slices.Equal(flags, tt.flags) {
			t.Errorf("%v is %s %v, want %s %v", tt.lines, got, flags, tt.want, tt.flags)
		}
	}
}
