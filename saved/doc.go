// Package saved owns saved views of the order list: what one is, who may
// change it, the ready-made ones, and which columns a list shows.
//
// A view is the address of a list under a name. It belongs to one person, or
// to everybody. The package keeps views as store.Records and knows nothing of
// HTTP.
package saved
