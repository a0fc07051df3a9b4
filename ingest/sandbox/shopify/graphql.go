package shopify

import "net/http"

func (st *Store) graphql(w http.ResponseWriter, r *http.Request) { notFound(w) }
