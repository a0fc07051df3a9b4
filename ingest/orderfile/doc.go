// Package orderfile reads order files, the exports that sellers download and
// the tables that people keep, into order reports. It owns the formats' column
// names and words, and must not know the store, HTTP or pages.
package orderfile
