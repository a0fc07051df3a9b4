package views

import (
	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
)

// PlatformClass is the class of the style sheet that carries a platform's
// colour.
func PlatformClass(p order.Platform) string { return platformClass(p) }

// StatusTone is the colour family of a status, for the classes t-….
func StatusTone(s order.Status) string { return statusTone(s) }

// PaymentName is the payment method as people say it.
func PaymentName(p order.PaymentMethod) string { return paymentName(p) }

// OrderLabel is what people call an order.
func OrderLabel(r order.Row) string { return orderLabel(r.OrderNumber, r.PlatformOrderID) }

// Mistaken are the attributes that tie an input to its message.
func Mistaken(id, message string, first bool) templ.Attributes { return mistaken(id, message, first) }

// Current marks the link to the page one is on.
func Current(is bool) templ.Attributes { return current(is) }
