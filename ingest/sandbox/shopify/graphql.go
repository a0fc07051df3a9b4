package shopify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/graphql"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

type (
	node   = graphql.Object
	fields = map[string]any
	args   = graphql.Args
)

// graphql serves the part of the GraphQL Admin API that concerns orders.
func (st *Store) graphql(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Shopify-API-Version", speak(r.PathValue("version")))
	if !st.knows(r.Header.Get("X-Shopify-Access-Token")) {
		refuse(w, http.StatusUnauthorized, "[API] Invalid API key or access token (unrecognized login or wrong password)")
		return
	}
	var b struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
		Operation string         `json:"operationName"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&b); err != nil || b.Query == "" {
		refuse(w, http.StatusBadRequest, object{"query": "Required parameter missing or invalid"})
		return
	}
	doc, err := graphql.Parse(b.Query)
	if err != nil {
		shop.Reply(w, http.StatusOK, object{"errors": []*graphql.Error{{Message: err.Error()}}})
		return
	}
	asked := cost(doc, b.Variables)
	if asked > maxCost {
		fault := &graphql.Error{Message: fmt.Sprintf("Query cost is %d, which exceeds the single query max cost limit (%d).", asked, maxCost),
			Extensions: object{"code": "MAX_COST_EXCEEDED", "cost": asked, "maxCost": maxCost}}
		shop.Reply(w, http.StatusOK, object{"errors": []*graphql.Error{fault}})
		return
	}
	left, ok := st.points.take(float64(asked), st.shop.Now())
	if !ok {
		fault := &graphql.Error{Message: "Throttled", Extensions: object{"code": "THROTTLED"}}
		shop.Reply(w, http.StatusOK, object{"errors": []*graphql.Error{fault}, "extensions": st.bill(asked, nil, left)})
		return
	}
	data, errs := graphql.Run(doc, b.Operation, b.Variables, map[string]node{"query": st.queries(), "mutation": st.mutations()})
	used := min(asked, weigh(data))
	answer := object{"extensions": st.bill(asked, used, st.points.giveBack(float64(asked-used)))}
	if data != nil {
		answer["data"] = data
	}
	if len(errs) > 0 {
		answer["errors"] = errs
	}
	shop.Reply(w, http.StatusOK, answer)
}

// bill is what a query cost and what is left.
func (st *Store) bill(asked int, used any, left float64) object {
	return object{"cost": object{"requestedQueryCost": asked, "actualQueryCost": used,
		"throttleStatus": object{"maximumAvailable": st.points.max, "currentlyAvailable": int(left), "restoreRate": st.points.restore}}}
}

// cost estimates a query: a point for an object, ten for a mutation, and for a
// connection a tenth of what its first nodes cost. Shopify's own scale is finer
// and not published in full.
func cost(doc graphql.Document, vars map[string]any) int {
	sum := 0
	for _, op := range doc.Operations {
		if op.Kind == "mutation" {
			sum += 10 * len(op.Set)
		}
		sum += price(op.Set, vars)
	}
	return sum
}

func price(set []graphql.Selection, vars map[string]any) int {
	sum := 0
	for _, s := range set {
		if len(s.Set) == 0 {
			continue
		}
		inner := 1 + price(s.Set, vars)
		first := s.Args["first"]
		if v, ok := first.(graphql.Variable); ok {
			first = vars[string(v)]
		}
		if n, ok := (args{"first": first}).Int("first"); ok && n > 0 {
			inner = 1 + (n*inner+9)/10
		}
		sum += inner
	}
	return sum
}

// weigh is what an answer cost.
func weigh(v any) int {
	sum := 0
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			sum += weigh(e)
		}
		sum++
	case []any:
		for _, e := range v {
			sum += weigh(e)
		}
		sum = (sum + 9) / 10
	}
	return sum
}

// denied refuses what the app has no scope for.
func (st *Store) denied(scope, field string) error {
	if slices.Contains(st.scopes, scope) {
		return nil
	}
	return &graphql.Error{Message: "Access denied for " + field + " field. Required access: `" + scope + "` access scope.",
		Path: []string{field}, Extensions: object{"code": "ACCESS_DENIED"}}
}

// guarded is a field that needs a scope.
func (st *Store) guarded(scope, field string, run graphql.Resolver) graphql.Resolver {
	return func(a args) (any, error) {
		if err := st.denied(scope, field); err != nil {
			return nil, err
		}
		return run(a)
	}
}

func (st *Store) queries() node {
	return node{Type: "QueryRoot", Fields: fields{
		"shop": node{Type: "Shop", Fields: fields{"id": gid("Shop", shopID), "name": "Palmonas", "myshopifyDomain": domain, "currencyCode": "INR",
			"ianaTimezone": "Asia/Kolkata", "email": "hello@palmonas.example", "plan": node{Type: "ShopPlan", Fields: fields{"displayName": "Basic"}}}},
		"orders": st.guarded("read_orders", "orders", st.orders),
		"order": st.guarded("read_orders", "order", func(a args) (any, error) {
			if o, ok := st.visible(bare(a.Text("id"), "Order")); ok {
				return st.orderNode(o), nil
			}
			return nil, nil
		}),
		"ordersCount": st.guarded("read_orders", "ordersCount", func(a args) (any, error) {
			f := st.search(a.Text("query"))
			_, total := st.shop.Slice(f.span(), false, 0, 0, f.keep)
			return node{Type: "Count", Fields: fields{"count": min(total, 10_000), "precision": map[bool]string{true: "EXACT", false: "AT_LEAST"}[total <= 10_000]}}, nil
		}),
		"node": st.guarded("read_orders", "node", func(a args) (any, error) {
			if o, ok := st.visible(bare(a.Text("id"), "Order")); ok {
				return st.orderNode(o), nil
			}
			return nil, nil
		}),
		"webhookSubscriptions": graphql.Resolver(func(args) (any, error) { return st.hookNodes(), nil }),
	}}
}

// bare is the number of a global id of a kind; a bare number is taken too.
func bare(id, kind string) string {
	id = strings.TrimPrefix(id, "gid://shopify/"+kind+"/")
	id, _, _ = strings.Cut(id, "?")
	return id
}

func (st *Store) hookNodes() node {
	all := []node{}
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, h := range st.hooks {
		all = append(all, hookNode(*h))
	}
	return connection("WebhookSubscription", all, nil, false)
}

func hookNode(h webhook) node {
	return node{Type: "WebhookSubscription", Fields: fields{"id": gid("WebhookSubscription", h.id), "legacyResourceId": fmt.Sprint(h.id),
		"topic": strings.ToUpper(strings.ReplaceAll(h.topic, "/", "_")), "format": "JSON", "uri": h.address, "callbackUrl": h.address,
		"createdAt": zulu(h.created), "updatedAt": zulu(h.updated),
		"endpoint": node{Type: "WebhookHttpEndpoint", Fields: fields{"callbackUrl": h.address}}}}
}

// connection wraps nodes; cursors are given, or made of positions.
func connection(kind string, nodes []node, cursors []string, more bool) node {
	edges := make([]node, len(nodes))
	var start, last any
	for i, n := range nodes {
		cursor := fmt.Sprint(i)
		if cursors != nil {
			cursor = cursors[i]
		}
		if i == 0 {
			start = cursor
		}
		last = cursor
		edges[i] = node{Type: kind + "Edge", Fields: fields{"cursor": cursor, "node": n}}
	}
	return node{Type: kind + "Connection", Fields: fields{"nodes": nodes, "edges": edges,
		"pageInfo": node{Type: "PageInfo", Fields: fields{"hasNextPage": more, "hasPreviousPage": false, "startCursor": start, "endCursor": last}}}}
}

// paged is a connection over nodes that are all at hand.
func paged(kind string, all []node) graphql.Resolver {
	return func(a args) (any, error) {
		first, ok := a.Int("first")
		switch {
		case !ok:
			first = len(all)
		case first < 0 || first > maxPage:
			return nil, &graphql.Error{Message: "first must be between 0 and 250", Extensions: object{"code": "argumentLiteralsIncompatible"}}
		}
		from := 0
		if after := a.Text("after"); after != "" {
			if _, err := fmt.Sscan(after, &from); err != nil || from < 0 || from >= len(all) {
				return nil, &graphql.Error{Message: "Invalid cursor for current pagination sort."}
			}
			from++
		}
		to := min(len(all), from+first)
		cursors := make([]string, to-from)
		for i := range cursors {
			cursors[i] = fmt.Sprint(from + i)
		}
		return connection(kind, all[from:to], cursors, to < len(all)), nil
	}
}
