package mongo

import (
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
)

// listFilters are what the pages offer, alone and together. A simple one names
// nothing but the leading fields of one index.
func listFilters() map[string]listFilter {
	return map[string]listFilter{
		"all":              {nil, true},
		"platform":         {text(order.FieldPlatform, "amazon"), true},
		"platforms":        {text(order.FieldPlatform, "amazon", "swiggy"), true},
		"channel":          {text(order.FieldChannel, "amazon-in"), true},
		"status":           {text(order.FieldStatus, "pending"), true},
		"statuses":         {text(order.FieldStatus, "pending", "confirmed"), true},
		"dates":            {number(order.FieldOrdered, 1_700_000_000_000, 1_800_000_000_000), true},
		"customer":         {text(order.FieldCustomer, "0123456789abcdefghjkmnpq"), true},
		"tag":              {text(order.FieldTag, "vip"), true},
		"assignee":         {text(order.FieldAssignee, "u1"), true},
		"held":             {text(order.FieldFlag, "held"), true},
		"order number":     {text(order.FieldOrder, "405-1234567-1234567"), true},
		"awb":              {text(order.FieldAWB, "x123"), true},
		"beginning":        {text(order.Words, "kur"), true},
		"status and dates": {order.And{text(order.FieldStatus, "pending"), number(order.FieldOrdered, 1_700_000_000_000, 1_800_000_000_000)}, true},

		"archived":            {text(order.FieldFlag, "archived"), false},
		"letters":             {text(order.Words, "ku"), false},
		"word":                {text(order.Words, "kurtas"), false},
		"phone":               {text(order.Words, "9876543210"), false},
		"two words":           {order.And{text(order.Words, "rav"), text(order.Words, "kum")}, false},
		"status and platform": {order.And{text(order.FieldStatus, "pending"), text(order.FieldPlatform, "amazon")}, false},
		"word and status":     {order.And{text(order.Words, "kur"), text(order.FieldStatus, "pending")}, false},
		"tag but not status":  {order.And{text(order.FieldTag, "vip"), order.Not{X: text(order.FieldStatus, "delivered")}}, false},
		"total":               {number(order.FieldTotal, 100_000, 500_000), false},
	}
}

type listFilter struct {
	where  order.Expr
	simple bool
}

// No page of the list reads the whole collection: not the first page, not one
// by cursor in either direction, whatever the filter and the sort.
//
// A server that finds an index only for a whole filter, never for a part of
// it, is told which one to use where it must be a part. MongoDB is never told.
func TestEveryPageQueryUsesAnIndex(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	partly := plansPartly(t, e)
	for name, f := range listFilters() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, sort := range order.Sorts() {
				s, err := sortingOf(sort)
				if err != nil {
					t.Fatal(err)
				}
				cursor := s.cursor(position{1, 1 << 60})
				for edge, q := range map[string]order.Query{"first": {}, "after": {After: cursor}, "before": {Before: cursor}} {
					q.Where, q.Sort, q.Limit = f.where, sort, 50
					sel, err := selectionOf(q)
					if err != nil {
						t.Fatal(err)
					}
					hint := ""
					if whole := f.simple && edge == "first" && sort != order.ShipSoonestFirst; !whole && !partly {
						hint = sortIndex(s)
					}
					stages := winningStages(t, e, "orders", sel.filter, s.keys(sel.backwards), hint)
					if stages["COLLSCAN"] || !stages["IXSCAN"] {
						t.Errorf("sort %s, %s page: %v", sort, edge, stages)
					}
				}
			}
		})
	}
}

// sortIndex is the index that holds a sort.
func sortIndex(s sorting) string {
	return map[string]string{"": "newest", "find.total": "total", "find.updated": "updated", "find.shipBy": "shipBy"}[s.field]
}

func TestEveryOtherQueryUsesAnIndex(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	partly := plansPartly(t, e)
	newest := func(field string) bson.D { return bson.D{{Key: field, Value: -1}, {Key: "_id", Value: -1}} }
	for name, q := range map[string]struct {
		collection   string
		filter, sort bson.D
		part         string // the index that servers are told which find one only for a whole filter
	}{
		"orders by ref":    {"orders", bson.D{{Key: "channel", Value: "web"}, {Key: "platformOrderId", Value: in([]string{"1", "2"})}}, nil, ""},
		"orders by id":     {"orders", bson.D{{Key: "_id", Value: in([]int64{1, 2})}}, nil, ""},
		"user by email":    {"users", bson.D{{Key: "email", Value: "a@example.com"}}, nil, ""},
		"runs":             {"runs", bson.D{{Key: "channel", Value: "web"}}, newest("started"), ""},
		"quarantine":       {"quarantine", bson.D{{Key: "channel", Value: "web"}}, newest("lastAt"), ""},
		"jobs":             {"jobs", bson.D{}, newest("started"), ""},
		"session":          {"sessions", bson.D{{Key: "token", Value: "x"}}, nil, ""},
		"record":           {"records", recordNamed("view", "x"), nil, ""},
		"record by key":    {"records", bson.D{{Key: "kind", Value: "token"}, {Key: "key", Value: keyed("x")}}, nil, ""},
		"records":          {"records", recordsWhere(store.RecordQuery{Kind: "view", From: time.UnixMilli(1), Until: time.UnixMilli(2)}), recordsSort(store.RecordQuery{}), ""},
		"owned records":    {"records", recordsWhere(store.RecordQuery{Kind: "view", Owner: new("u")}), recordsSort(store.RecordQuery{OldestFirst: true}), ""},
		"audit":            {"audit", linksWhere(store.AuditQuery{}), newestLink(), "_id_"},
		"audit further":    {"audit", linksWhere(store.AuditQuery{Before: 9}), newestLink(), "_id_"},
		"audit of one":     {"audit", linksWhere(store.AuditQuery{By: "u", Before: 9}), newestLink(), "by"},
		"audit of a thing": {"audit", linksWhere(store.AuditQuery{Object: "order:1"}), newestLink(), "object"},
		"audit of a kind":  {"audit", linksWhere(store.AuditQuery{Action: "user."}), newestLink(), "action"},
		"audit of a day":   {"audit", linksWhere(store.AuditQuery{From: time.UnixMilli(1), Until: time.UnixMilli(2)}), newestLink(), "at"},
		"audit forwards":   {"audit", bson.D{{Key: "last", Value: bson.D{{Key: "$gt", Value: int64(7)}}}}, bson.D{{Key: "last", Value: 1}}, ""},
		"open marks":       {"marks", openMarks(report.Ever()), bson.D{{Key: "_id", Value: -1}}, ""},
		"kept days":        {"days", keptDays(report.Ever()), bson.D{{Key: "_id", Value: 1}}, ""},
		"orders of a day":  {"orders", placedBetween(false, time.UnixMilli(1), time.UnixMilli(2)), nil, ""},
		"best customers":   {"customers", liveIn(1), bestSort(report.ByValue), ""},
		"often customers":  {"customers", liveIn(1), bestSort(report.ByOrders), ""},
		"last customers":   {"customers", liveIn(1), bestSort(report.ByLastSeen), ""},
		"every customer":   {"customers", append(liveIn(1), bson.E{Key: "_id", Value: bson.D{{Key: "$gt", Value: "x"}}}), bson.D{{Key: "_id", Value: 1}}, ""},
		"expired sessions": {"sessions", bson.D{{Key: "expiration", Value: bson.D{{Key: "$lt", Value: int64(1)}}}}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hint := q.part
			if partly {
				hint = ""
			}
			stages := winningStages(t, e, q.collection, q.filter, q.sort, hint)
			if stages["COLLSCAN"] {
				t.Errorf("it scans the collection: %v", stages)
			}
		})
	}
}

// plansPartly tells whether the server finds an index for a part of a filter.
func plansPartly(t *testing.T, e *engine) bool {
	t.Helper()
	filter := bson.D{{Key: "channel", Value: "web"}, {Key: "version", Value: int64(1)}}
	return !winningStages(t, e, "orders", filter, nil, "")["COLLSCAN"]
}

const commandNotFound = 59

// winningStages are the stages of the plan that the server would choose.
func winningStages(t *testing.T, e *engine, collection string, filter, sort bson.D, hint string) map[string]bool {
	t.Helper()
	find := bson.D{{Key: "find", Value: collection}, {Key: "filter", Value: filter}, {Key: "limit", Value: 51}}
	if sort != nil {
		find = append(find, bson.E{Key: "sort", Value: sort})
	}
	if hint != "" {
		find = append(find, bson.E{Key: "hint", Value: hint})
	}
	var answer struct {
		QueryPlanner struct {
			WinningPlan bson.M `bson:"winningPlan"`
		} `bson:"queryPlanner"`
	}
	command := bson.D{{Key: "explain", Value: find}, {Key: "verbosity", Value: "queryPlanner"}}
	err := e.db.RunCommand(t.Context(), command).Decode(&answer)
	var refusal mongo.CommandError
	if errors.As(err, &refusal) && refusal.Code == commandNotFound {
		t.Skipf("this server cannot explain: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	stages := map[string]bool{}
	collectStages(answer.QueryPlanner.WinningPlan, stages)
	if len(stages) == 0 {
		t.Fatalf("the server explains nothing: %v", answer)
	}
	return stages
}

func collectStages(plan any, into map[string]bool) {
	switch p := plan.(type) {
	case bson.M:
		if stage, ok := p["stage"].(string); ok {
			into[stage] = true
		}
		for _, v := range p {
			collectStages(v, into)
		}
	case bson.A:
		for _, v := range p {
			collectStages(v, into)
		}
	}
}
