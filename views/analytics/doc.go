// Package analytics draws the dashboard and the pages of figures. It words and
// arranges the answers of package report and adds nothing to them; every number
// that counts orders leads to the list of exactly those.
package analytics
