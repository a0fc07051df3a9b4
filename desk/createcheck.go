package desk

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// checker collects what is wrong with a new order.
type checker struct {
	now    time.Time
	faults order.FieldErrors
}

func (c *checker) fault(field, format string, a ...any) {
	c.faults = append(c.faults, order.FieldError{Field: field, Message: fmt.Sprintf(format, a...)})
}

// aheadOf is how far clocks of other machines may be ahead.
const aheadOf = 10 * time.Minute

func (c *checker) when(at time.Time) {
	switch {
	case at.IsZero():
		c.fault("orderedAt", "Say when it was ordered.")
	case at.Year() < 2000:
		c.fault("orderedAt", "This is too long ago.")
	case at.After(c.now.Add(aheadOf)):
		c.fault("orderedAt", "This lies in the future.")
	}
}

// customer checks and tidies who orders. An order without an address is picked
// up; one without a way to reach anybody is nobody's.
func (c *checker) customer(k order.Customer) order.Customer {
	contact, err := order.CleanContact(order.Contact{Name: k.Name, Email: k.Email, Phone: k.Phone})
	c.under("customer.", err)
	k.Name, k.Email, k.Phone, k.ID = contact.Name, contact.Email, contact.Phone, strings.TrimSpace(k.ID)
	if k.Address != (order.Address{}) {
		k.Address, err = order.CleanAddress(k.Address)
		c.under("customer.address.", err)
	}
	return k
}

func (c *checker) under(prefix string, err error) {
	var faults order.FieldErrors
	if errors.As(err, &faults) {
		for _, f := range faults {
			c.fault(prefix+f.Field, "%s", f.Message)
		}
	}
}

// items takes the lines over, each with its total.
func (c *checker) items(f *order.Facts, n New) {
	if len(n.Items) == 0 {
		c.fault("items", "An order has at least one item.")
	}
	if len(n.Items) > order.MaxItems {
		c.fault("items", "An order has at most %d items.", order.MaxItems)
		return
	}
	for i, it := range n.Items {
		at := fmt.Sprintf("items.%d.", i)
		it.SKU, it.Title, it.ProductID = strings.TrimSpace(it.SKU), strings.TrimSpace(it.Title), strings.TrimSpace(it.ProductID)
		if it.SKU == "" && it.Title == "" {
			c.fault(at+"sku", "Say what was ordered: a SKU or a title.")
		}
		if it.Quantity < 1 || it.Quantity > 100_000 {
			c.fault(at+"quantity", "Use a whole number from 1 to 100000.")
		}
		if !it.UnitPrice.Known() {
			c.fault(at+"unitPrice", "Say what one costs.")
		}
		c.amount(at+"unitPrice", it.UnitPrice)
		c.amount(at+"discount", it.Discount)
		c.amount(at+"tax", it.Tax)
		gross, err := it.UnitPrice.Times(int64(it.Quantity))
		if err != nil {
			c.fault(at+"unitPrice", "This is too much.")
		}
		total := c.plus(at+"discount", gross, negative(it.Discount))
		if total.Minor < 0 {
			c.fault(at+"discount", "This is more than the price.")
		}
		c.same(at+"total", it.Total, total, "unit price × quantity − discount")
		it.Total = total
		f.Subtotal = c.plus(at+"unitPrice", f.Subtotal, gross)
		f.Discount = c.plus(at+"discount", f.Discount, it.Discount)
		f.Tax = c.plus(at+"tax", f.Tax, it.Tax)
		f.Items = append(f.Items, it)
	}
}

// sums works the amounts of the order out and compares those that were given.
func (c *checker) sums(f *order.Facts, n New) {
	c.amount("discount", n.Discount)
	c.amount("shipping", n.Shipping)
	f.Discount = c.plus("discount", f.Discount, n.Discount)
	f.Shipping = n.Shipping
	f.Total = c.plus("shipping", c.plus("discount", f.Subtotal, negative(f.Discount)), n.Shipping)
	if f.Total.Minor < 0 {
		c.fault("discount", "This is more than the price.")
	}
	c.same("subtotal", n.Subtotal, f.Subtotal, "the sum of unit price × quantity")
	c.same("total", n.Total, f.Total, "subtotal − discounts + shipping, taxes included")
	if n.Tax.Known() {
		c.amount("tax", n.Tax)
		if f.Tax.Known() && f.Tax != n.Tax {
			c.fault("tax", "The items' taxes add up to %s.", f.Tax.Decimal())
		}
		f.Tax = n.Tax
	}
}

func (c *checker) amount(field string, m order.Money) {
	if m.Minor < 0 {
		c.fault(field, "An amount cannot be negative.")
	}
}

func (c *checker) plus(field string, a, b order.Money) order.Money {
	sum, err := a.Add(b)
	switch {
	case errors.Is(err, order.ErrCurrency):
		c.fault(field, "All amounts of an order are in one currency.")
	case err != nil:
		c.fault(field, "This is too much.")
	}
	return sum
}

func (c *checker) same(field string, given, right order.Money, how string) {
	if given.Known() && given != right {
		c.fault(field, "This should be %s: %s.", right.Decimal(), how)
	}
}

func negative(m order.Money) order.Money { m.Minor = -m.Minor; return m }
