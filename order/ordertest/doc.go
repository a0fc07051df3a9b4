// Package ordertest builds orders and reports for tests, benchmarks and load
// tests. Nothing in it is about a real person.
package ordertest
