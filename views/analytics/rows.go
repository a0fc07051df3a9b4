package analytics

import (
	"cmp"
	"slices"

	"github.com/palmonas/palmonas-crm/views/chart"
)

// sortRows puts the largest values first.
func sortRows(rows []chart.BarRow) {
	slices.SortStableFunc(rows, func(a, b chart.BarRow) int { return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.Name, b.Name)) })
}
