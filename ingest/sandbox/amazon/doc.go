// Package amazon simulates the part of Amazon's Selling Partner API that order
// desks use, for one seller on Amazon.in: Login with Amazon, searchOrders and
// getOrder of the Orders API 2026-01-01, and shipmentConfirmation of v0. Rules,
// limits and error bodies follow Amazon's published models (Orders 2026-01-01
// and v0, Usage Plans and Rate Limits).
package amazon
