// Package bearer owns what programs sign in with: the JSON web tokens that a
// login returns, for hours, and personal access tokens, for months and for a
// part of what their owner may do. It makes them, recognises them and ends
// them at once.
//
// Whatever a token says, the person behind it is read from the store for each
// request: a token is never worth more than its owner is now. It must not know
// HTTP.
package bearer
