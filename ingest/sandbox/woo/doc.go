// Package woo simulates the REST API (wc/v3) of one WooCommerce shop, with a
// few custom statuses as shipping plugins add them, the shipment tracking
// plugin, and signed webhooks. The site lies in Asia/Kolkata, which is what
// its dates and date filters are in unless they are told otherwise. Rules and
// bodies follow the WooCommerce REST documentation and the behaviour of
// WordPress core (WP_Date_Query, REST parameter validation).
package woo
