// Package dispatch is the dispatch clock: by when an order must leave where its
// platform does not say so.
//
// A Calendar holds the cut-off times, working days and holidays of the shop;
// what it makes of an order is a pure function. The moment is stored with the
// order (order.Order.DueAt), because lists are sorted and filtered by it: every
// report gets it on its way into the store (Stamped), and a new calendar is
// applied to the open orders once (Apply).
package dispatch
