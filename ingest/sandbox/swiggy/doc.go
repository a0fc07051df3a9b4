// Package swiggy simulates the order relay that we assume of Swiggy Instamart,
// which publishes no API for sellers: lists of changed ids in short windows,
// orders by id, steps of the merchant, and webhooks that are tried three times
// and then lost.
package swiggy
