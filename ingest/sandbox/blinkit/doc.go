// Package blinkit simulates the order relay that we assume of Blinkit, which
// publishes no API for orders, and the seller's side of its purchase orders:
// acknowledgements and shipping notices. It is as strict as the assumption is,
// so that a client that passes here needs only other words for the real one.
package blinkit
