package chart

import (
	"strconv"

	"github.com/a-h/templ"
)

// HeatView is a table of numbers shaded in five steps.
type HeatView struct {
	ID             string
	Title, Finding string
	Unit           Unit
	Rows, Columns  []string
	// Corner names rows and columns, such as "Day and hour".
	Corner string
	// Values has a row of len(Columns) for each of Rows. Negative values are
	// left blank: there is nothing to tell.
	Values [][]int64
	// Plain shows the numbers in the cells, which needs room; otherwise they
	// are in the tooltip and for readers.
	Plain bool
	// Steps are the lower bounds of the shades 1 to 5; nil: fifths of the
	// largest value.
	Steps []int64
}

func (v HeatView) most() int64 {
	var most int64
	for _, row := range v.Values {
		for _, n := range row {
			most = max(most, n)
		}
	}
	return most
}

// steps are the lower bounds of the shades, ascending.
func (v HeatView) steps() []int64 {
	if len(v.Steps) > 0 {
		return v.Steps
	}
	most := v.most()
	var all []int64
	for i := range int64(5) {
		if from := max(most*i/5+1, 1); len(all) == 0 || from > all[len(all)-1] {
			all = append(all, from)
		}
	}
	return all
}

// shade is 0 for nothing and 1 to 5 by size.
func (v HeatView) shade(n int64) int {
	s := 0
	for i, from := range v.steps() {
		if n >= from {
			s = i + 1
		}
	}
	return s
}

func (v HeatView) class(n int64) string {
	if n < 0 {
		return "h-none"
	}
	return "h-" + strconv.Itoa(v.shade(n))
}

func (v HeatView) tip(r, c int) string {
	return v.Rows[r] + ", " + v.Columns[c] + "\n" + v.Unit.Full(v.Values[r][c])
}

// legend words the shades: "1–12", "13–24".
func (v HeatView) legend() []string {
	steps := v.steps()
	var all []string
	for i, from := range steps {
		to := v.most()
		if i+1 < len(steps) {
			to = steps[i+1] - 1
		}
		if v.Unit == Count && to > from {
			all = append(all, v.Unit.Full(from)+"–"+v.Unit.Full(to))
		} else {
			all = append(all, "from "+v.Unit.Short(from))
		}
	}
	return all
}

// hour marks the column heads that there is no room for.
func (v HeatView) hour(i int) templ.Attributes {
	if v.Plain || i%3 == 0 {
		return nil
	}
	return templ.Attributes{"class": "minor"}
}
