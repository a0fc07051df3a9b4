package views

import (
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// platformName is the platform as people say it.
func platformName(p order.Platform) string {
	switch p {
	case order.Amazon:
		return "Amazon"
	case order.Flipkart:
		return "Flipkart"
	case order.Blinkit:
		return "Blinkit"
	case order.Swiggy:
		return "Swiggy"
	case order.Organic:
		return "Website"
	}
	return string(p)
}

// PlatformName is the platform as people say it.
func PlatformName(p order.Platform) string { return platformName(p) }

// platformClass is the class that carries its colour; an unknown word never
// reaches a class attribute.
func platformClass(p order.Platform) string {
	switch p {
	case order.Amazon, order.Flipkart, order.Blinkit, order.Swiggy, order.Organic:
		return "p-" + string(p)
	}
	return "p-unknown"
}

// StatusName is the status as people say it.
func StatusName(s order.Status) string {
	if s == "" {
		return "Unknown"
	}
	return capital(strings.ReplaceAll(string(s), "_", " "))
}

// statusTone is the colour family of a status.
func statusTone(s order.Status) string {
	switch s {
	case order.Pending, order.Confirmed:
		return "info"
	case order.Processing:
		return "warning"
	case order.Shipped, order.OutForDelivery:
		return "progress"
	case order.Delivered:
		return "success"
	case order.Cancelled:
		return "danger"
	case order.Returned, order.Refunded:
		return "returned"
	}
	return "neutral"
}

// flagName words a flag.
func flagName(f order.Flag) string {
	switch f {
	case order.NeedsAttention:
		return "Needs attention"
	case order.PartiallyShipped:
		return "Partly shipped"
	case order.PartiallyCancelled:
		return "Partly cancelled"
	case order.PartiallyRefunded:
		return "Partly refunded"
	case order.CancelRequested:
		return "Cancellation requested"
	case order.DeliveryException:
		return "Delivery exception"
	}
	return capital(strings.ReplaceAll(string(f), "_", " "))
}

func flagTone(f order.Flag) string {
	switch f {
	case order.NeedsAttention, order.CancelRequested:
		return "warning"
	case order.DeliveryException:
		return "danger"
	}
	return "neutral"
}

func paymentName(p order.PaymentMethod) string {
	switch p {
	case order.COD:
		return "Cash on delivery"
	case order.Prepaid:
		return "Prepaid"
	case "":
		return "Not stated"
	}
	return string(p)
}

// sortName words a sort.
func sortName(s order.Sort) string {
	switch s {
	case order.NewestFirst, "":
		return "Newest first"
	case order.OldestFirst:
		return "Oldest first"
	case order.LargestFirst:
		return "Largest total"
	case order.SmallestFirst:
		return "Smallest total"
	case order.RecentlyChanged:
		return "Recently changed"
	case order.LeastRecent:
		return "Longest unchanged"
	case order.ShipSoonestFirst:
		return "Ship by, soonest"
	}
	return string(s)
}

// sourceName words the door through which a change came.
func sourceName(s order.Source) string {
	switch s {
	case order.FromPlatform:
		return "the platform"
	case order.FromWebhook:
		return "the platform's webhook"
	case order.FromUser:
		return "a person"
	case order.FromImport:
		return "an import"
	case order.FromRule:
		return "a rule"
	}
	return string(s)
}

// capital raises an ASCII first letter; our own words start with one.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// orderLabel is what people call an order.
func orderLabel(number, platformID string) string {
	if number != "" {
		return number
	}
	return platformID
}

func flagIcon(f order.Flag) string {
	switch f {
	case order.NeedsAttention, order.DeliveryException:
		return "alert-triangle"
	case order.CancelRequested:
		return "circle-x"
	}
	return "info-circle"
}

// open reports whether an order still waits to be shipped.
func open(s order.Status) bool {
	return s == order.Pending || s == order.Confirmed || s == order.Processing
}
