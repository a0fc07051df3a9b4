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
	of, err := r.customers(ctx, f, fig)
	if err != nil {
		return report.Loyal{}, err
	}
	var loyalty report.Loyalty
	if !f.Narrow() {
		if loyalty, err = r.Figures.Loyalty(ctx); err != nil {
			return report.Loyal{}, fmt.Errorf("insight: %w", err)
		}
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

// customers are those of a filter; nil when the filter asks for what they are not
// kept by, and for too many orders to count them.
func (r Reader) customers(ctx context.Context, f report.Filter, fig report.Figures) (*report.Customers, error) {
	q, ok := f.CustomerQuery(fig.Names.Channels, topCustomers)
	if !ok {
		return &report.Customers{}, nil
	}
	if f.Coarse() {
		of, err := r.Figures.Customers(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("insight: %w", err)
		}
		return &of, nil
	}
	c, err := r.sift(ctx, f, fig, false)
	if err != nil || c == nil {
		return nil, err
	}
	of := report.CustomersOf(c.visits(), q)
	return &of, nil
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
