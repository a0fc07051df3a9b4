// Package shopify simulates one store behind Shopify's Admin API: REST with its
// leaky bucket and Link paging, the part of GraphQL that lists and changes
// orders, client credentials, and signed webhooks with their retries.
package shopify
