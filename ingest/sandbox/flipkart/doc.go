// Package flipkart simulates Flipkart's Marketplace Seller API v3 for one
// seller with two warehouses: OAuth client credentials, the three lists of
// shipments, single reads, the writes with their results by row, and signed
// notifications. What Flipkart does not document, such as bodies of refusals,
// follows what sellers report.
package flipkart
