package chart

import (
	"math"
	"strconv"
	"strings"

	"github.com/palmonas/palmonas-crm/views"
)

// TimeView is a chart over time: stacked bars of its series, or lines.
type TimeView struct {
	ID string // unique on the page
	// Title names the chart, Finding says in one sentence what it shows.
	Title, Finding string
	Unit           Unit
	Points         []Point
	Series         []Series
	// Previous is the sum of the period before at the same places, drawn
	// dashed; nil without one. PreviousName is its name in the legend.
	Previous     []int64
	PreviousName string
	// TotalLink and PreviousLink lead to the orders behind the sums; empty
	// without.
	TotalLink, PreviousLink string
	Lines                   bool // lines instead of stacked bars
	// Outlook is the index at which a forecast begins; 0 without one. Low and
	// High bound it and are as long as Points.
	Outlook   int
	Low, High []int64
	// Column names the first column of the table, such as "Day".
	Column string
	Height int // pixels; 0: 240
	// Sparse leaves the sum out, for series that do not add up. Their values may
	// be below zero where nothing is known.
	Sparse bool
}

// Point is one place on the time axis.
type Point struct {
	Short string // below the axis
	Long  string // in the tooltip and the table
	// Before is what the point is compared with, such as "Fri, 23 Oct".
	Before string
	// Link leads to the orders behind the point, BeforeLink to those of what it
	// is compared with; empty without.
	Link, BeforeLink string
}

// Series is one colour of a chart. Values are as long as the points.
type Series struct {
	Name   string
	Class  string // of the style sheet, such as p-amazon
	Values []int64
	// Links lead to the orders behind each value, TotalLink to those behind their
	// sum; none without.
	Links     []string
	TotalLink string
}

const (
	plotTop   = 8
	labelRoom = 24
	lineWidth = 1000 // units of the stretched drawing that paths live in
)

func (v TimeView) height() int {
	if v.Height == 0 {
		return 240
	}
	return v.Height
}

func (v TimeView) frame() frame {
	ticks := v.ticks()
	return frame{top: plotTop, height: float64(v.height() - plotTop - labelRoom), most: ticks[len(ticks)-1]}
}

func (v TimeView) ticks() []int64 {
	return Ticks(v.most(), 4, v.Unit)
}

// most is the largest value that must fit.
func (v TimeView) most() int64 {
	var most int64
	for i := range v.Points {
		if v.Lines {
			for _, s := range v.Series {
				most = max(most, s.Values[i])
			}
		} else {
			most = max(most, v.sum(i))
		}
		for _, list := range [][]int64{v.Previous, v.High} {
			if i < len(list) {
				most = max(most, list[i])
			}
		}
	}
	return most
}

func (v TimeView) sum(i int) int64 {
	var n int64
	for _, s := range v.Series {
		n += s.Values[i]
	}
	return n
}

func (v TimeView) empty() bool { return v.most() <= 0 }

// text is a value as the table shows it.
func (v TimeView) text(n int64) string {
	if n < 0 {
		return "–"
	}
	return v.Unit.Full(n)
}

// bands leave more air between few columns than between many.
func (v TimeView) bands() bands {
	share := .72
	if len(v.Points) > 60 {
		share = .86
	}
	if len(v.Points) <= 3 {
		share = .4
	}
	return bands{n: len(v.Points), share: share}
}

// rect is a bar in the attributes of SVG.
type rect struct{ class, x, y, width, height string }

// bars are the stacked pieces, the first series at the bottom.
func (v TimeView) bars() []rect {
	f, b := v.frame(), v.bands()
	var all []rect
	for i := range v.Points {
		var below int64
		for _, s := range v.Series {
			n := s.Values[i]
			if n <= 0 {
				continue
			}
			bottom, top := f.y(below), f.y(below+n)
			below += n
			if bottom-top < .4 {
				continue
			}
			height := bottom - top
			if height > 2.5 {
				height-- // a gap tells neighbours apart
			}
			class := s.Class
			if v.Outlook > 0 && i >= v.Outlook {
				class += " outlook"
			}
			all = append(all, rect{class, pc(b.x(i)), f1(top), pc(b.width()), f1(height)})
		}
	}
	return all
}

// path is a line through the centres of the bands, in the stretched drawing.
// Below zero is nothing known, and the line has a gap.
func (v TimeView) path(values []int64, from int) string {
	f, b := v.frame(), v.bands()
	var s strings.Builder
	pen := byte('M')
	for i := from; i < len(values) && i < len(v.Points); i++ {
		if values[i] < 0 {
			pen = 'M'
			continue
		}
		s.WriteByte(pen)
		pen = 'L'
		s.WriteString(f1(b.centre(i)/100*lineWidth) + " " + f1(f.y(values[i])))
	}
	return s.String()
}

// belt is the area between Low and High.
func (v TimeView) belt() string {
	if v.Outlook == 0 || len(v.Low) < len(v.Points) || len(v.High) < len(v.Points) {
		return ""
	}
	f, b := v.frame(), v.bands()
	up := v.path(v.High, v.Outlook)
	var down strings.Builder
	for i := len(v.Points) - 1; i >= v.Outlook; i-- {
		down.WriteString("L" + f1(b.centre(i)/100*lineWidth) + " " + f1(f.y(v.Low[i])))
	}
	return up + down.String() + "Z"
}

// until cuts a series where the forecast begins; the forecast itself starts at
// the last known point, so that the line does not break.
func (v TimeView) until(values []int64) []int64 {
	if v.Outlook > 0 && v.Outlook < len(values) {
		return values[:v.Outlook]
	}
	return values
}

func (v TimeView) from() int { return max(v.Outlook-1, 0) }

// label is a word at an axis.
type label struct{ at, text, class, anchor string }

// xLabels are at most eight, which narrow screens halve.
func (v TimeView) xLabels() []label {
	at, minor := marks(len(v.Points), 8)
	b := v.bands()
	var all []label
	for _, i := range at {
		l := label{at: pc(b.centre(i)), text: v.Points[i].Short, class: "tick", anchor: "middle"}
		if minor(i) {
			l.class += " minor"
		}
		switch {
		case len(v.Points) < 8:
		case i == 0:
			l.at, l.anchor = "0%", "start"
		case b.centre(i) > 96:
			l.at, l.anchor = "100%", "end"
		}
		all = append(all, l)
	}
	return all
}

func (v TimeView) yLabels() []label {
	f := v.frame()
	var all []label
	for _, t := range v.ticks() {
		all = append(all, label{at: f1(f.y(t)), text: v.Unit.Short(t)})
	}
	return all
}

// tip is what the tooltip says at a point: a heading, then name, value and the
// swatch's class, one a line and with tabs between.
func (v TimeView) tip(i int) string {
	lines := []string{v.Points[i].Long}
	shown := 0
	for k := len(v.Series) - 1; k >= 0; k-- {
		s := v.Series[k]
		if s.Values[i] == 0 && len(v.Series) > 1 || s.Values[i] < 0 {
			continue
		}
		shown++
		lines = append(lines, s.Name+"\t"+v.Unit.Full(s.Values[i])+"\t"+s.Class)
	}
	if !v.Sparse && shown > 1 {
		lines = append(lines, "Together\t"+v.Unit.Full(v.sum(i)))
	}
	if v.Outlook > 0 && i >= v.Outlook && i < len(v.Low) {
		lines = append(lines, "Likely range\t"+v.Unit.Full(v.Low[i])+" – "+v.Unit.Full(v.High[i]))
	}
	if i < len(v.Previous) && v.Previous[i] >= 0 {
		name := v.Points[i].Before
		if name == "" {
			name = v.PreviousName
		}
		lines = append(lines, name+"\t"+v.Unit.Full(v.Previous[i])+"\tdashed")
		if !v.Sparse {
			lines = append(lines, "Change\t"+Change(v.sum(i), v.Previous[i]))
		}
	}
	return strings.Join(lines, "\n")
}

// Change words how far now is from before: "▲ 12.4 %", "▼ 3 %"; "new" when
// there was nothing before.
func Change(now, before int64) string {
	switch {
	case now == before:
		return "no change"
	case before == 0:
		return "new"
	}
	x := (float64(now) - float64(before)) / float64(before) * 100
	if x >= 900 {
		return "▲ " + views.Number(int(math.Round(x/100))+1) + " times"
	}
	sign := "▲ "
	if x < 0 {
		sign, x = "▼ ", -x
	}
	return sign + percent(x) + " %"
}

// change is that of a point; none where one of both is not known.
func (v TimeView) change(i int) string {
	if now := v.sum(i); now >= 0 && v.Previous[i] >= 0 {
		return Change(now, v.Previous[i])
	}
	return "–"
}

func percent(x float64) string {
	if x >= 9.95 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}

func (v TimeView) hit(i int) (x, width string) {
	n := float64(max(len(v.Points), 1))
	return pc(float64(i) / n * 100), pc(100 / n)
}

// totals are the sums of the series' columns.
func (v TimeView) totals() (all []int64, sum, previous int64) {
	for _, s := range v.Series {
		var n int64
		for i, x := range s.Values {
			if v.Outlook == 0 || i < v.Outlook {
				n += x
			}
		}
		all = append(all, n)
		sum += n
	}
	for _, x := range v.Previous {
		previous += x
	}
	return all, sum, previous
}

func (v TimeView) several() bool { return len(v.Series) > 1 && !v.Sparse }

func link(links []string, i int) string {
	if i < len(links) {
		return links[i]
	}
	return ""
}
