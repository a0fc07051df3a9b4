package insight

import (
	"context"
	"fmt"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
)

// topCustomers is how many customers an answer names; each name is looked up.
const topCustomers = 25

// Customers answers /analytics/customers. With masked nobody can be told from
// the answer: names and pincodes are cut short and keys left out.
func (r Reader) Customers(ctx context.Context, f report.Filter, masked bool) (report.Loyal, error) {
	fig, err := r.days(ctx, f.Needs())
	if err != nil {
		return report.Loyal{}, err
	}
	var of report.Customers
	if q, ok := f.CustomerQuery(fig.Names.Channels, topCustomers); ok && f.Coarse() {
		if of, err = r.Figures.Customers(ctx, q); err != nil {
			return report.Loyal{}, fmt.Errorf("insight: %w", err)
		}
	}
	loyalty, err := r.Figures.Loyalty(ctx)
	if err != nil {
		return report.Loyal{}, fmt.Errorf("insight: %w", err)
	}
	a := f.Loyal(fig, of, loyalty, r.Today(), r.Zone)
	for i := range a.Top {
		if err := r.name(ctx, &a.Top[i]); err != nil {
			return report.Loyal{}, err
		}
		if masked {
			c := &a.Top[i]
			c.Key, c.Name, c.Pincode = "", order.MaskName(c.Name), order.MaskPincode(c.Pincode)
		}
	}
	if masked {
		a.Pincodes = []report.PlaceRow{} // half a pincode says nothing
	}
	return a, nil
}

// name finds what the customer's newest order calls them.
func (r Reader) name(ctx context.Context, c *report.CustomerRow) error {
	q, err := order.Filter{Customer: c.Key, Limit: 20}.QueryAt(r.Zone, r.Now())
	if err != nil {
		return fmt.Errorf("insight: %w", err)
	}
	q.Limit = 1
	page, err := r.Store.Orders().List(ctx, q)
	if err != nil {
		return fmt.Errorf("insight: %w", err)
	}
	if len(page.Rows) > 0 {
		c.Name = page.Rows[0].CustomerName
	}
	return nil
}
