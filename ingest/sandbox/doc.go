// Package sandbox simulates the selling platforms: for the demo, for tests, for
// load, and for anybody who wants to see what an order desk does without a
// seller account. A World is one brand that sells on all of them. Its handlers
// speak the platforms' own APIs as documented, well enough that the vendors'
// clients work against them; everything in it comes from a seed.
//
// The package owns the world: which platforms there are, time, faults and the
// ledger. What the platforms share is in shop, and each wire format in a
// package of its own; adding a platform is such a package and one line in
// platforms.
package sandbox
