package woocommerce

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/palmonas/palmonas-crm/order"
)

// fixtures is the folder of example answers beside the repository.
func fixtures(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			found := filepath.Join(dir, "..", "shared", "platforms", "woocommerce", "fixtures")
			if _, err := os.Stat(found); err == nil {
				return found
			}
		}
	}
	t.Skip("no example answers beside the repository")
	return ""
}

// orders are the order records of a fixture, whatever it wraps them in.
func orders(t *testing.T, raw []byte) []json.RawMessage {
	t.Helper()
	raw = unwrap(raw)
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	return []json.RawMessage{raw}
}

// Every example order becomes a report that the store takes.
func TestSharedFixtures(t *testing.T) {
	t.Parallel()
	dir, a, read := fixtures(t), newAdapter(t, nil), 0
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		isOrder := strings.HasPrefix(name, "docs.orders.0") && !strings.Contains(name, "batch") || strings.HasPrefix(name, "synthetic.orders") ||
			strings.HasPrefix(name, "ios.order") && !strings.Contains(name, "notes") && !strings.Contains(name, "refunds.") && !strings.Contains(name, "statuses")
		if !isOrder {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, record := range orders(t, raw) {
			r, err := a.normalise(record, seen)
			if errors.Is(err, errBasket) {
				continue
			}
			if err != nil {
				t.Errorf("%s, order %d: %v", name, i, err)
				continue
			}
			r.Ref.Channel = "shop"
			if err := r.Validate(); err != nil {
				t.Errorf("%s, order %d: %v", name, i, err)
			}
			if r.Status == "" {
				t.Logf("%s: unknown status %q", name, r.Facts.PlatformStatus)
			}
			read++
		}
	}
	if read < 20 {
		t.Errorf("only %d orders read", read)
	}
}

func TestSharedIndianOrders(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(fixtures(t), "synthetic.orders.in.json"))
	if err != nil {
		t.Fatal(err)
	}
	a := newAdapter(t, nil)
	byID := map[string]order.Report{}
	for _, record := range orders(t, raw) {
		r, err := a.normalise(record, seen)
		if err != nil {
			t.Fatal(err)
		}
		byID[r.Ref.PlatformOrderID] = r
	}
	if len(byID) != 7 {
		t.Errorf("%d orders, want 7", len(byID))
	}
	r := byID["727"]
	f := r.Facts
	if r.Status != order.Confirmed || f.Payment != order.COD || f.Total != order.INR(254800) || f.Customer.Name != "आशा वर्मा" ||
		f.Customer.Address.State != "Maharashtra" || f.Customer.Phone != "+919000000001" || f.OrderNumber != "9727" || len(f.Flags) != 0 {
		t.Errorf("order 727: %+v", r)
	}
	if f := byID["728"].Facts; byID["728"].Status != order.Delivered || f.Payment != order.Prepaid || f.Discount != order.INR(30970) {
		t.Errorf("order 728: %s, %+v", byID["728"].Status, f)
	}
}
