package amazon

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest/orderfile"
	"github.com/palmonas/palmonas-crm/order"
)

// parcelsOf makes packages from "STATUS/DETAILED", each holding one unit of
// the line of its number, or all lines when there is one package.
func parcelsOf(words ...string) []map[string]any {
	var out []map[string]any
	for i, w := range words {
		status, detailed, _ := strings.Cut(w, "/")
		p := map[string]any{"packageReferenceId": "1", "packageStatus": map[string]string{"status": status, "detailedStatus": detailed}}
		if len(words) > 1 {
			p["packageItems"] = []any{map[string]any{"orderItemId": string(rune('1' + i)), "quantity": 1}}
		}
		out = append(out, p)
	}
	return out
}

// linesOf makes one line of one unit for each word: open, left, cancelled, asked.
func linesOf(words ...string) []map[string]any {
	var out []map[string]any
	for i, w := range words {
		line := map[string]any{"orderItemId": string(rune('1' + i)), "quantityOrdered": 1}
		switch w {
		case "left":
			line["fulfillment"] = map[string]int{"quantityFulfilled": 1}
		case "cancelled":
			line["cancellation"] = map[string]any{"cancellationRequest": map[string]string{}, "cancellationExecution": map[string]string{"cancelledBy": "BUYER"}}
		case "asked":
			line["cancellation"] = map[string]any{"cancellationRequest": map[string]string{"requester": "BUYER"}}
		}
		out = append(out, line)
	}
	return out
}

func standOf(t *testing.T, word string, lines, packages []map[string]any, more map[string]any) stand {
	t.Helper()
	o := map[string]any{"fulfillment": map[string]any{"fulfillmentStatus": word, "fulfilledBy": "MERCHANT"}, "orderItems": lines, "packages": packages}
	for k, v := range more {
		o[k] = v
	}
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var w wireOrder
	if err := json.Unmarshal(b, &w); err != nil {
		t.Fatal(err)
	}
	s := w.stand()
	slices.Sort(s.flags)
	s.flags = slices.Compact(s.flags)
	return s
}

func TestStatusOfOneParcel(t *testing.T) {
	t.Parallel()
	tests := []struct {
		word, parcel string
		want         order.Status
		sub          string
		flags        []order.Flag
	}{
		{"PENDING_AVAILABILITY", "", order.Pending, "pre_order", nil},
		{"PENDING", "", order.Pending, "", nil},
		{"Pending", "", order.Pending, "", nil},
		{"UNSHIPPED", "", order.Confirmed, "", nil},
		{"UNSHIPPED", "PENDING", order.Processing, "", nil},
		{"UNSHIPPED", "PENDING/PENDING_SCHEDULE", order.Processing, "", nil},
		{"UNSHIPPED", "PENDING/PENDING_PICK_UP", order.Processing, "ready_to_ship", nil},
		{"PENDING", "PENDING/PENDING_PICK_UP", order.Processing, "ready_to_ship", nil},
		{"UNSHIPPED", "PENDING/PENDING_DROP_OFF", order.Processing, "ready_to_ship", nil},
		{"UNSHIPPED", "CANCELLED/LABEL_CANCELLED", order.Processing, "label_cancelled", nil},
		{"UNSHIPPED", "CANCELLED", order.Confirmed, "", nil},
		{"PARTIALLY_SHIPPED", "IN_TRANSIT/PICKED_UP", order.Processing, "", []order.Flag{order.PartiallyShipped}},
		{"SHIPPED", "", order.Shipped, "", nil},
		{"SHIPPED", "PENDING/PENDING_PICK_UP", order.Shipped, "", nil},
		{"SHIPPED", "SHIPPED", order.Shipped, "", nil},
		{"SHIPPED", "IN_TRANSIT", order.Shipped, "", nil},
		{"SHIPPED", "IN_TRANSIT/PICKED_UP", order.Shipped, "", nil},
		{"SHIPPED", "IN_TRANSIT/DROPPED_OFF", order.Shipped, "", nil},
		{"SHIPPED", "IN_TRANSIT/AT_ORIGIN_FC", order.Shipped, "", nil},
		{"SHIPPED", "IN_TRANSIT/AT_DESTINATION_FC", order.Shipped, "", nil},
		{"SHIPPED", "IN_TRANSIT/OUT_FOR_DELIVERY", order.OutForDelivery, "", nil},
		{"SHIPPED", "DELIVERED", order.Delivered, "", nil},
		{"SHIPPED", "DELIVERED/DELIVERED", order.Delivered, "", nil},
		{"SHIPPED", "UNDELIVERABLE", order.Returned, "rto_in_transit", nil},
		{"SHIPPED", "UNDELIVERABLE/REJECTED_BY_BUYER", order.Returned, "rto_in_transit", nil},
		{"SHIPPED", "UNDELIVERABLE/UNDELIVERABLE", order.Returned, "rto_in_transit", nil},
		{"SHIPPED", "UNDELIVERABLE/RETURNING_TO_SELLER", order.Returned, "rto_in_transit", nil},
		{"SHIPPED", "UNDELIVERABLE/RETURNED_TO_SELLER", order.Returned, "rto_received", nil},
		{"SHIPPED", "IN_TRANSIT/LOST", order.Shipped, "", []order.Flag{order.DeliveryException}},
		{"SHIPPED", "IN_TRANSIT/DAMAGED", order.Shipped, "", []order.Flag{order.DeliveryException}},
		{"SHIPPED", "IN_TRANSIT/AT_LOCKER", order.Shipped, "", []order.Flag{order.NeedsAttention}},
		{"SHIPPED", "BEAMED", "", "", nil},
		{"CANCELLED", "", order.Cancelled, "", nil},
		{"CANCELLED", "IN_TRANSIT/PICKED_UP", order.Cancelled, "", nil},
		{"Canceled", "", order.Cancelled, "", nil},
		{"UNFULFILLABLE", "", order.Confirmed, "", []order.Flag{order.NeedsAttention}},
		{"InvoiceUnconfirmed", "", order.Confirmed, "", []order.Flag{order.NeedsAttention}},
		{"ON_THE_MOON", "", "", "", nil},
		{"", "", "", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.word+" "+tt.parcel, func(t *testing.T) {
			t.Parallel()
			var packages []map[string]any
			if tt.parcel != "" {
				packages = parcelsOf(tt.parcel)
			}
			s := standOf(t, tt.word, linesOf("open"), packages, nil)
			if s.status != tt.want || s.sub != tt.sub || !slices.Equal(s.flags, tt.flags) {
				t.Errorf("%q %q %v, want %q %q %v", s.status, s.sub, s.flags, tt.want, tt.sub, tt.flags)
			}
			if !strings.HasPrefix(s.word, tt.word) {
				t.Errorf("the platform's word %q is lost from %q", tt.word, s.word)
			}
		})
	}
}

func TestRollUp(t *testing.T) {
	t.Parallel()
	type flags = []order.Flag
	tests := []struct {
		name, word    string
		lines         []map[string]any
		packages      []map[string]any
		want          order.Status
		sub           string
		flags         flags
		lineStatus    []order.Status
		platformWords string
	}{
		{"least advanced parcel", "SHIPPED", linesOf("left", "left"), parcelsOf("DELIVERED", "IN_TRANSIT/OUT_FOR_DELIVERY"),
			order.OutForDelivery, "", nil, []order.Status{order.Delivered, order.OutForDelivery}, "SHIPPED - OUT_FOR_DELIVERY"},
		{"a returned parcel beside a live one", "SHIPPED", linesOf("left", "left"), parcelsOf("UNDELIVERABLE/RETURNED_TO_SELLER", "DELIVERED"),
			order.Delivered, "partially_returned", nil, []order.Status{order.Returned, order.Delivered}, "SHIPPED - DELIVERED"},
		{"all returned, one still on its way", "SHIPPED", linesOf("left", "left"), parcelsOf("UNDELIVERABLE/RETURNED_TO_SELLER", "UNDELIVERABLE/RETURNING_TO_SELLER"),
			order.Returned, "rto_in_transit", nil, []order.Status{order.Returned, order.Returned}, "SHIPPED - RETURNING_TO_SELLER"},
		{"one parcel left before the other", "UNSHIPPED", linesOf("open", "open"), parcelsOf("PENDING/PENDING_PICK_UP", "IN_TRANSIT/PICKED_UP"),
			order.Processing, "ready_to_ship", flags{order.PartiallyShipped}, []order.Status{order.Processing, order.Shipped}, "UNSHIPPED - PENDING_PICK_UP"},
		{"the order lags behind its only parcel", "UNSHIPPED", linesOf("open"), parcelsOf("IN_TRANSIT/PICKED_UP"),
			order.Shipped, "", nil, []order.Status{order.Shipped}, "UNSHIPPED - PICKED_UP"},
		{"partly shipped", "PARTIALLY_SHIPPED", linesOf("left", "open"), parcelsOf("DELIVERED")[:1],
			order.Processing, "", flags{order.PartiallyShipped}, []order.Status{order.Delivered, order.Processing}, "PARTIALLY_SHIPPED - DELIVERED"},
		{"one line cancelled", "UNSHIPPED", linesOf("cancelled", "open"), nil,
			order.Confirmed, "", flags{order.PartiallyCancelled}, []order.Status{order.Cancelled, order.Confirmed}, "UNSHIPPED"},
		{"a parcel of a cancelled line", "SHIPPED", linesOf("cancelled", "left"), parcelsOf("PENDING", "DELIVERED"),
			order.Delivered, "", flags{order.PartiallyCancelled}, []order.Status{order.Cancelled, order.Delivered}, "SHIPPED - DELIVERED"},
		{"every line cancelled", "UNSHIPPED", linesOf("cancelled", "cancelled"), nil,
			order.Cancelled, "", nil, []order.Status{order.Cancelled, order.Cancelled}, "UNSHIPPED"},
		{"the buyer asks to cancel", "UNSHIPPED", linesOf("asked"), nil,
			order.Confirmed, "", flags{order.CancelRequested}, []order.Status{order.Confirmed}, "UNSHIPPED"},
		{"an unknown parcel beside a known one", "SHIPPED", linesOf("left", "left"), parcelsOf("BEAMED", "DELIVERED"),
			"", "", nil, []order.Status{"", ""}, "SHIPPED - BEAMED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := standOf(t, tt.word, tt.lines, tt.packages, nil)
			if s.status != tt.want || s.sub != tt.sub || !slices.Equal(s.flags, tt.flags) {
				t.Errorf("%q %q %v, want %q %q %v", s.status, s.sub, s.flags, tt.want, tt.sub, tt.flags)
			}
			if d := cmp.Diff(tt.lineStatus, s.lines); d != "" {
				t.Errorf("lines (-want +got):\n%s", d)
			}
			if s.word != tt.platformWords {
				t.Errorf("platform's word %q, want %q", s.word, tt.platformWords)
			}
		})
	}
}

func TestWhoShips(t *testing.T) {
	t.Parallel()
	easy := map[string]any{"programs": []string{"AMAZON_EASY_SHIP"}}
	fba := map[string]any{"fulfillment": map[string]any{"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "AMAZON"}}
	for want, s := range map[string]stand{
		"easy_ship":           standOf(t, "UNSHIPPED", linesOf("open"), nil, easy),
		"fulfilled_by_amazon": standOf(t, "", linesOf("open"), nil, fba),
		"":                    standOf(t, "SHIPPED", linesOf("left"), nil, easy),
		"ready_to_ship":       standOf(t, "UNSHIPPED", linesOf("open"), parcelsOf("PENDING/PENDING_PICK_UP"), easy),
	} {
		if s.sub != want {
			t.Errorf("sub-status %q, want %q", s.sub, want)
		}
	}
}

// An account pulled through the API and its sale report imported from a file
// must not disagree about a status.
func TestStatusAgreesWithOrderFiles(t *testing.T) {
	t.Parallel()
	for file, api := range map[string]string{
		"Pending":                       "PENDING",
		"Pending - Waiting for Pick Up": "UNSHIPPED PENDING/PENDING_PICK_UP",
		"Unshipped":                     "UNSHIPPED",
		"Shipping":                      "UNSHIPPED PENDING",
		"Shipped":                       "SHIPPED",
		"Shipped - Picked Up":           "SHIPPED IN_TRANSIT/PICKED_UP",
		"Shipped - Out for Delivery":    "SHIPPED IN_TRANSIT/OUT_FOR_DELIVERY",
		"Shipped - Delivered to Buyer":  "SHIPPED DELIVERED/DELIVERED",
		"Shipped - Returning to Seller": "SHIPPED UNDELIVERABLE/RETURNING_TO_SELLER",
		"Shipped - Returned to Seller":  "SHIPPED UNDELIVERABLE/RETURNED_TO_SELLER",
		"Shipped - Rejected by Buyer":   "SHIPPED UNDELIVERABLE/REJECTED_BY_BUYER",
		"Shipped - Lost in Transit":     "SHIPPED IN_TRANSIT/LOST",
		"Shipped - Damaged":             "SHIPPED IN_TRANSIT/DAMAGED",
		"Cancelled":                     "CANCELLED",
		"Unfulfillable":                 "UNFULFILLABLE",
	} {
		want, _, ok := orderfile.AmazonStatus(file)
		if !ok {
			t.Errorf("files do not know %q", file)
		}
		word, parcel, _ := strings.Cut(api, " ")
		var packages []map[string]any
		if parcel != "" {
			packages = parcelsOf(parcel)
		}
		s := standOf(t, word, linesOf("open"), packages, nil)
		if s.status != want || !slices.Equal(s.flags, orderfile.AmazonFlags(file)) {
			t.Errorf("%q: the API says %s %v, a file %s %v", file, s.status, s.flags, want, orderfile.AmazonFlags(file))
		}
	}
}
