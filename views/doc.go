// Package views renders pages. A component is a noun and its argument is a
// struct named after it with View at the end, which the handlers fill. Views
// format, they do not decide: what somebody may see or do arrives as a field.
// They know the domain's types and nothing of storage or HTTP.
//
// Every page works as plain HTML (GET, and POST answered by 303); htmx only
// replaces parts of it. Nothing inline is ever emitted: no style, script or
// event attribute, so that the content security policy needs no exception.
package views
