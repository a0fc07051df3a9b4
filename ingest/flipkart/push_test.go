package flipkart

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// desk is the desk's order after the platform reported a word.
func desk(word, sub string) order.Order {
	return order.Order{Ref: order.Ref{Channel: "flipkart", PlatformOrderID: "OD1"}, Facts: order.Facts{PlatformStatus: word, SubStatus: sub,
		Shipment: order.Shipment{Carrier: "Delhivery", AWB: "DL77", ShippedAt: day.Add(-time.Hour)}}}
}

func TestCanPush(t *testing.T) {
	t.Parallel()
	p := account()
	bare := desk("APPROVED", subSelfShip)
	bare.Facts.Shipment.AWB = ""
	tests := []struct {
		name string
		o    order.Order
		can  []order.Status
	}{
		{"standard, approved", desk("APPROVED", ""), []order.Status{order.Cancelled}},
		{"standard, on hold", desk("APPROVED", subOnHold), []order.Status{order.Cancelled}},
		{"standard, packed", desk("PACKED", ""), nil},
		{"standard, shipped", desk("SHIPPED", ""), nil},
		{"self-shipped", desk("APPROVED", subSelfShip), []order.Status{order.Shipped, order.Delivered, order.Cancelled}},
		{"self-shipped, no tracking number", bare, []order.Status{order.Delivered, order.Cancelled}},
		{"self-shipped, gone", desk("SHIPPED", subSelfShip), []order.Status{order.Shipped, order.Delivered}},
		{"from Flipkart's warehouse", desk("APPROVED", subByFlipkart), nil},
	}
	for _, tt := range tests {
		for _, to := range order.Statuses() {
			err := p.CanPush(tt.o, to)
			if (err == nil) != slices.Contains(tt.can, to) {
				t.Errorf("%s to %s: %v", tt.name, to, err)
			}
			var u *ingest.UnsupportedError
			if err != nil && (!errors.As(err, &u) || u.Reason == "") {
				t.Errorf("%s to %s: %v, want a reason", tt.name, to, err)
			}
		}
	}
}

func TestPush(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		words []string // a shipment each
		self  bool
		to    order.Status
		path  string
		body  string
	}{
		{"cancel", []string{"APPROVED", "CANCELLED"}, false, order.Cancelled, "/cancel",
			`{"shipments":[{"shipmentId":"S1","locationId":"LOC1","reason":"not_enough_inventory","cancellationGroupIds":["grpS1"]}]}`},
		{"self-shipped", []string{"APPROVED", "SHIPPED"}, true, order.Shipped, "/selfShip/dispatch",
			`{"shipments":[{"shipmentId":"S1","locationId":"LOC1","dispatchDate":"2026-03-11T14:30:00.000+05:30","tentativeDeliveryDate":"2026-03-18T14:30:00.000+05:30",
			"deliveryPartner":"Delhivery","trackingId":"DL77","invoice":{"items":[{"orderItemId":"S11","quantity":2}]}}]}`},
		{"self-shipped after packing", []string{"PACKED"}, true, order.Shipped, "/selfShip/dispatch",
			`{"shipments":[{"shipmentId":"S1","locationId":"LOC1","dispatchDate":"2026-03-11T14:30:00.000+05:30","tentativeDeliveryDate":"2026-03-18T14:30:00.000+05:30",
			"deliveryPartner":"Delhivery","trackingId":"DL77","invoice":{"items":[{"orderItemId":"S11","quantity":2}]}}]}`},
		{"self-delivered", []string{"SHIPPED", "DELIVERED"}, true, order.Delivered, "/selfShip/delivery",
			`{"shipments":[{"shipmentId":"S1","locationId":"LOC1","deliveryDate":"2026-03-11T15:20:00.000+05:30"}]}`},
		{"cancelled already", []string{"CANCELLED"}, false, order.Cancelled, "", ""},
		{"shipped already", []string{"SHIPPED"}, true, order.Shipped, "", ""},
		{"delivered already", []string{"DELIVERED"}, true, order.Delivered, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSeller(t)
			for i, word := range tt.words {
				x := s.put("S"+string(rune('1'+i)), "OD1", day.Add(-2*time.Hour), word)
				if tt.self {
					x["shipmentType"] = "SELF"
				}
			}
			o := desk("APPROVED", "")
			if tt.self {
				o = desk("APPROVED", subSelfShip)
			}
			wish := order.Wish{Status: tt.to, At: day.Add(-10 * time.Minute)}
			if err := s.platform(t, at(day)).Push(t.Context(), o, wish); err != nil {
				t.Fatal(err)
			}
			if tt.body == "" {
				if len(s.bodies) > 0 {
					t.Errorf("told Flipkart again: %s", s.bodies[0])
				}
				return
			}
			var want, got any
			if err := json.Unmarshal([]byte(tt.body), &want); err != nil {
				t.Fatal(err)
			}
			if len(s.bodies) != 1 || json.Unmarshal([]byte(s.bodies[0]), &got) != nil {
				t.Fatalf("bodies %q", s.bodies)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("body (-want +got):\n%s", d)
			}
			if last := s.calls[len(s.calls)-1]; !strings.HasSuffix(last, "/v3/shipments"+tt.path) {
				t.Errorf("called %s", last)
			}
		})
	}
}

func TestPushRefused(t *testing.T) {
	t.Parallel()
	var refused *ingest.RefusedError
	var unsupported *ingest.UnsupportedError
	tests := []struct {
		name   string
		word   string
		o      order.Order
		to     order.Status
		answer string
		want   any
		told   bool
	}{
		{"a row fails inside a 200", "APPROVED", desk("APPROVED", ""), order.Cancelled,
			`{"shipments":[{"shipmentId":"S1","status":"FAILURE","errorCode":"INVALID_STATE","errorMessage":"shipment is not APPROVED"}]}`, &refused, true},
		{"packed meanwhile", "PACKED", desk("APPROVED", ""), order.Cancelled, ``, &refused, false},
		{"not left yet", "APPROVED", desk("APPROVED", subSelfShip), order.Delivered, ``, &refused, false},
		{"not self-shipped after all", "APPROVED", desk("APPROVED", subSelfShip), order.Shipped, ``, &unsupported, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSeller(t)
			s.put("S1", "OD1", day.Add(-2*time.Hour), tt.word)
			if tt.answer != "" {
				s.answers = []string{tt.answer}
			}
			err := s.platform(t, at(day)).Push(t.Context(), tt.o, order.Wish{Status: tt.to, At: day})
			if !errors.As(err, tt.want) || (len(s.bodies) > 0) != tt.told {
				t.Errorf("error %v after %d calls", err, len(s.bodies))
			}
		})
	}
	t.Run("no answer for the shipment", func(t *testing.T) {
		s := newSeller(t)
		s.put("S1", "OD1", day.Add(-2*time.Hour), "APPROVED")
		s.answers = []string{`{"shipments":[]}`}
		if err := s.platform(t, at(day)).Push(t.Context(), desk("APPROVED", ""), order.Wish{Status: order.Cancelled}); !errors.Is(err, ingest.ErrTemporary) {
			t.Errorf("error %v, want ErrTemporary", err)
		}
	})
}
