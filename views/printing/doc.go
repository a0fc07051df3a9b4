// Package printing renders what goes on paper: packing slips, pick lists and
// tax invoices. Its pages stand alone, without navigation, are light in every
// theme, and print by the browser's own dialogue.
package printing
