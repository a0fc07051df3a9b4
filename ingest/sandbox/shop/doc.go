// Package shop is what every simulated platform shares: one seller's account
// with its orders and their life, the clock, the faults, the rate limits and
// the ledger of what happened. It knows nothing of any platform's wire format;
// the packages beside it (amazon, woo, …) translate.
//
// Everything is derived from a seed. The n-th order of a shop is the same
// whatever happened before, since each order draws from its own random stream.
package shop
