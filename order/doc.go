// Package order is the domain of the order desk: what an order is, which
// statuses it may take, how a platform's report and people's decisions meet
// (Absorb), and the one query language that selects orders.
//
// It knows nothing of storage, HTTP or any platform's wire format; everything
// here is a value or a pure function. Times are UTC with millisecond
// precision and are always handed in by the caller.
package order
