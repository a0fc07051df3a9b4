package chart

import (
	"strconv"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// Unit says what a chart's whole numbers are.
type Unit int

// The units.
const (
	Count  Unit = iota // pieces
	Rupees             // paise
	Basis              // hundredths of a percent
	Mins               // minutes
)

// Full is a value as a table or tooltip shows it: nothing is rounded away.
func (u Unit) Full(v int64) string {
	switch u {
	case Rupees:
		return views.Money(order.INR(v))
	case Basis:
		return strconv.FormatFloat(float64(v)/100, 'f', 1, 64) + " %"
	case Mins:
		return Span(v)
	}
	return views.Number(int(v))
}

// Short is a value as an axis shows it, in thousands, lakhs and crores: "₹1.2L",
// "3Cr", "45K".
func (u Unit) Short(v int64) string {
	switch u {
	case Rupees:
		if v < 0 {
			return "−" + u.Short(-v)
		}
		return "₹" + indian(float64(v)/100)
	case Basis:
		return strconv.FormatFloat(float64(v)/100, 'f', -1, 64) + " %"
	case Mins:
		return Span(v)
	}
	if v < 0 {
		return "−" + u.Short(-v)
	}
	return indian(float64(v))
}

// indian shortens with the words people in India count with.
func indian(x float64) string {
	switch {
	case x >= 1e7:
		return trim(x/1e7) + "Cr"
	case x >= 1e5:
		return trim(x/1e5) + "L"
	case x >= 1e3:
		return trim(x/1e3) + "K"
	}
	return trim(x)
}

// trim keeps three digits at most and no zeros behind the point.
func trim(x float64) string {
	decimals := 2
	switch {
	case x >= 99.95:
		decimals = 0
	case x >= 9.995:
		decimals = 1
	}
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// Span is a number of minutes for people: "45 min", "3.5 h", "2.1 days".
func Span(minutes int64) string {
	switch {
	case minutes < 60:
		return strconv.FormatInt(minutes, 10) + " min"
	case minutes < 48*60:
		return trim(float64(minutes)/60) + " h"
	}
	return trim(float64(minutes)/(24*60)) + " days"
}

// step is the smallest distance between two ticks that means something.
func (u Unit) step() int64 {
	switch u {
	case Rupees, Basis:
		return 100
	}
	return 1
}
