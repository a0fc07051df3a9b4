package main

import (
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/amazon"
	"github.com/palmonas/palmonas-crm/ingest/blinkit"
	"github.com/palmonas/palmonas-crm/ingest/custom"
	"github.com/palmonas/palmonas-crm/ingest/flipkart"
	"github.com/palmonas/palmonas-crm/ingest/shopify"
	"github.com/palmonas/palmonas-crm/ingest/swiggy"
	"github.com/palmonas/palmonas-crm/ingest/woocommerce"
)

// builders maps the adapter names of channel settings to their code.
func builders() map[string]ingest.Build {
	return map[string]ingest.Build{
		"amazon-sp-api": amazon.New,
		"blinkit":       blinkit.New,
		"custom":        custom.New,
		"flipkart-v3":   flipkart.New,
		"shopify":       shopify.New,
		"swiggy":        swiggy.New,
		"woocommerce":   woocommerce.New,
	}
}
