// Package shopify simulates one store behind Shopify's Admin API: REST with its
// leaky bucket and Link paging, the part of GraphQL that lists and changes
// orders, client credentials, and signed webhooks with their retries.
//
// The vendor's npm client talks to names of stores over HTTPS only. To bring it
// here, give it a fetch of its own (setAbstractFetchFunc of its runtime) that
// puts the sandbox's base URL in place of https://palmonas.myshopify.com. One
// that follows the links of pages by itself should also send X-Forwarded-Host
// and X-Forwarded-Proto, so that they carry the store's name.
package shopify
