// Package handlers turns HTTP into calls on the store and its answers into
// pages, partials and JSON. It owns the route table, sessions, the stream of
// changes (Hub), the background jobs that pages start, and the one place where
// errors become statuses.
//
// It must not know SQL, BSON, any platform's wire format, or how a page looks.
//
// A request is followed like this: routes.go names the handler and the
// permission it needs; middleware.go, csrf.go and session.go decide whether it
// gets there; the handler asks the store; render.go answers a whole page or a
// partial; errors.go words every failure.
package handlers
