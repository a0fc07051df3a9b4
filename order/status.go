package order

import (
	"fmt"
	"slices"
)

// Status is where an order stands, in the words all platforms share.
type Status string

// The statuses, in the order of an order's life.
const (
	Pending        Status = "pending"
	Confirmed      Status = "confirmed"
	Processing     Status = "processing"
	Shipped        Status = "shipped"
	OutForDelivery Status = "out_for_delivery"
	Delivered      Status = "delivered"
	Cancelled      Status = "cancelled"
	Returned       Status = "returned"
	Refunded       Status = "refunded"
)

// Statuses lists every status in the order of an order's life.
func Statuses() []Status {
	return []Status{Pending, Confirmed, Processing, Shipped, OutForDelivery, Delivered, Cancelled, Returned, Refunded}
}

// Valid reports whether s is one of Statuses.
func (s Status) Valid() bool { return slices.Contains(Statuses(), s) }

// CountsAsRevenue reports whether net revenue includes an order in s; gross
// counts every order.
func (s Status) CountsAsRevenue() bool { return s != Cancelled && s != Returned && s != Refunded }

// rank orders the forward path; the ways out of it have none.
func (s Status) rank() int {
	return slices.Index([]Status{Pending, Confirmed, Processing, Shipped, OutForDelivery, Delivered}, s)
}

// depth tells how far into its life an order is; the ways out of it lie beyond
// delivery.
func (s Status) depth() int {
	switch s {
	case Cancelled, Returned:
		return 6
	case Refunded:
		return 7
	}
	return s.rank()
}

// index numbers the statuses from 1; an unknown one is 0.
func (s Status) index() int { return slices.Index(Statuses(), s) + 1 }

// Next lists the statuses to which a person may move an order that is in s.
// Platforms are not bound by it: they may report anything.
func (s Status) Next() []Status {
	switch s {
	case Pending:
		return []Status{Confirmed, Cancelled}
	case Confirmed:
		return []Status{Processing, Cancelled}
	case Processing:
		return []Status{Shipped, Cancelled}
	case Shipped:
		return []Status{OutForDelivery, Delivered, Returned}
	case OutForDelivery:
		return []Status{Delivered, Returned}
	case Delivered:
		return []Status{Returned}
	case Cancelled, Returned:
		return []Status{Refunded}
	}
	return nil
}

// TransitionError says that a person may not move an order From one status To
// another.
type TransitionError struct{ From, To Status }

func (e *TransitionError) Error() string {
	return fmt.Sprintf("an order that is %s cannot become %s", e.From, e.To)
}

// CanMove reports with a *TransitionError whether a person may move an order.
func CanMove(from, to Status) error {
	if slices.Contains(from.Next(), to) {
		return nil
	}
	return &TransitionError{From: from, To: to}
}
