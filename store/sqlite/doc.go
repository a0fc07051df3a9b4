// Package sqlite is the embedded engine: one file, no server, one process.
//
// The file is in WAL mode and synced at every commit. All writes go through
// one connection in immediate transactions; a small pool of connections that
// cannot write serves the reads, so that a long write never keeps a page
// waiting.
//
// An order lives in three places that change together: docs holds all of it,
// orders the columns and the compact row that lists need, sorted newest first
// by its primary key, and order_search its words and exact values (tokens.go).
// How a query becomes statements is in plan.go and keys.go, how beginnings of
// words are found in words.go.
//
// It owns SQL and its own encodings and knows no rule of the domain: what a
// report does to an order is order.Absorb's business.
package sqlite
