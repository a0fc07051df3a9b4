package channel

import "slices"

// Setting is one value that an adapter takes from a channel, as a form asks
// for it.
type Setting struct {
	Name     string // in Options or Secrets.Credentials
	Label    string
	Hint     string
	Required bool
	Choices  []string // what it may be; empty for any text
}

// HookSecret says who makes the secret that webhooks are signed with.
type HookSecret string

// The makers of webhook secrets.
const (
	NoHooks    HookSecret = ""       // the adapter takes no webhooks
	MadeHere   HookSecret = "here"   // any key; we make one
	MadeWhsec  HookSecret = "whsec"  // a Standard Webhooks secret; we make one
	MadeByThem HookSecret = "theirs" // the platform shows it; a person enters it
)

// Description is what people read of an adapter, and what it asks for.
type Description struct {
	Adapter string
	Label   string
	Address string // an example of a base URL
	Hooks   HookSecret
	// Credentials may stand in for each other where none is required: the last
	// one then does alone.
	Credentials []Setting
	Options     []Setting
}

// Descriptions lists every adapter of Adapters, in the order forms show them.
func Descriptions() []Description {
	since := Setting{Name: "since", Label: "Read from", Hint: "An RFC 3339 time; without it the last 30 days are read first."}
	rate := Setting{Name: "rate", Label: "Calls a second", Hint: "How many calls the site grants us."}
	hookAuth := Setting{Name: "webhook_auth", Label: "Webhooks carry", Hint: "Our key in a header, a signature, or both.", Choices: []string{"static_key", "standard_webhooks", "both"}}
	return []Description{
		{Adapter: "amazon-sp-api", Label: "Amazon Selling Partner API", Address: "https://sellingpartnerapi-eu.amazon.com", Hooks: MadeWhsec,
			Credentials: []Setting{
				{Name: "client_id", Label: "LWA client id", Required: true},
				{Name: "client_secret", Label: "LWA client secret", Required: true},
				{Name: "refresh_token", Label: "Refresh token", Required: true},
				{Name: "aws_access_key_id", Label: "AWS access key id", Hint: "Of a user who may receive and delete messages of the queue below; only with one."},
				{Name: "aws_secret_access_key", Label: "AWS secret access key", Hint: "Of the same user."},
			},
			Options: []Setting{
				{Name: "marketplace_id", Label: "Marketplace id", Hint: "India unless you say otherwise."},
				{Name: "token_url", Label: "Token address", Hint: "Only for a proxy or a sandbox."},
				{Name: "queue_url", Label: "Notification queue", Hint: "The address of the SQS queue that ORDER_CHANGE notifications go to, if you have one."},
				{Name: "backfill", Label: "Older orders come from", Hint: "Reports are far quicker for long ranges, but know no addresses.", Choices: []string{"list", "reports"}}, since,
			}},
		{Adapter: "flipkart-v3", Label: "Flipkart Seller API", Address: "https://api.flipkart.net/sellers", Hooks: MadeByThem,
			Credentials: []Setting{{Name: "app_id", Label: "Application id", Required: true}, {Name: "app_secret", Label: "Application secret", Required: true}},
			Options: []Setting{
				{Name: "webhook_url", Label: "Registered webhook address", Hint: "As it stands at Flipkart, if it is not ours below."},
				{Name: "cancel_reason", Label: "Reason for cancellations", Hint: "What Flipkart is told; not_enough_inventory by default."},
				{Name: "delivery_days", Label: "Days to deliver", Hint: "For self-shipped parcels, 1 to 60; 7 by default."}, since,
			}},
		{Adapter: "blinkit", Label: "Blinkit", Address: "https://partner.example.com", Hooks: MadeHere,
			Credentials: []Setting{{Name: "api_key", Label: "API key", Required: true}},
			Options: []Setting{
				{Name: "vendor_id", Label: "Vendor id", Required: true},
				{Name: "cancel_reason", Label: "Reason for cancellations", Hint: "What Blinkit is told."}, hookAuth,
				{Name: "gstin", Label: "Your GSTIN", Hint: "For shipping notices of purchase orders."},
				{Name: "hsn_code", Label: "HSN code of the goods", Hint: "For shipping notices, such as 71171990."}, since, rate,
			}},
		{Adapter: "swiggy", Label: "Swiggy", Address: "https://partner.example.com", Hooks: MadeHere,
			Credentials: []Setting{
				{Name: "client_id", Label: "Client id"}, {Name: "client_secret", Label: "Client secret"},
				{Name: "token", Label: "Bearer token", Hint: "Instead of the two above."},
			},
			Options: []Setting{
				{Name: "merchant_id", Label: "Merchant id", Required: true}, {Name: "store_codes", Label: "Store codes", Hint: "Separated by commas."}, hookAuth, since, rate,
			}},
		{Adapter: "shopify", Label: "Shopify", Address: "https://your-shop.myshopify.com", Hooks: MadeByThem,
			Credentials: []Setting{
				{Name: "client_id", Label: "Client id", Hint: "Of an app from the developer dashboard."}, {Name: "client_secret", Label: "Client secret"},
				{Name: "access_token", Label: "Access token", Hint: "Of an older custom app, instead of the two above."},
			},
			Options: []Setting{
				{Name: "cod_gateways", Label: "Gateways that mean cash on delivery", Hint: "Separated by commas."},
				{Name: "notify_customer", Label: "Shopify writes to the customer", Choices: []string{"false", "true"}},
				{Name: "test_orders", Label: "Test orders", Choices: []string{"skip", "keep"}},
				{Name: "api_version", Label: "API version"}, rate,
			}},
		{Adapter: "woocommerce", Label: "WooCommerce", Address: "https://shop.example.com", Hooks: MadeHere,
			Credentials: []Setting{{Name: "consumer_key", Label: "Consumer key", Required: true}, {Name: "consumer_secret", Label: "Consumer secret", Required: true}},
			Options: []Setting{
				{Name: "completed_means", Label: "“Completed” means", Hint: "How the shop uses the word.", Choices: []string{"delivered", "shipped"}},
				{Name: "auth", Label: "Credentials travel in the", Hint: "Some hosts drop the header.", Choices: []string{"header", "query"}},
				{Name: "currency", Label: "Currency", Hint: "Of orders that name none; INR by default."},
				{Name: "status_map", Label: "Own statuses", Hint: `A JSON object such as {"packed":"processing"}.`}, rate,
			}},
		{Adapter: "custom", Label: "Own website", Address: "https://www.example.com", Hooks: MadeWhsec,
			Credentials: []Setting{{Name: "token", Label: "Bearer token", Required: true}}, Options: []Setting{rate}},
		{Adapter: Manual, Label: "No API: files and hand"},
	}
}

// Describe is the description of one adapter; for an unknown one it holds only
// the name.
func Describe(adapter string) Description {
	all := Descriptions()
	if i := slices.IndexFunc(all, func(d Description) bool { return d.Adapter == adapter }); i >= 0 {
		return all[i]
	}
	return Description{Adapter: adapter, Label: adapter}
}
