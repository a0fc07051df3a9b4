package chart

import (
	"flag"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/views/viewtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func samples() map[string]templ.Component {
	lines := TimeView{
		ID: "lines", Title: "Average", Finding: "About ₹100.", Unit: Rupees, Lines: true, Sparse: true, Column: "Day",
		Points: []Point{{Short: "1", Long: "1 Nov"}, {Short: "2", Long: "2 Nov"}, {Short: "3", Long: "3 Nov"}},
		Series: []Series{{Name: "Average", Class: "c-accent", Values: []int64{10000, -1, 12000}}}, Previous: []int64{-1, 9000},
	}
	outlook := TimeView{
		ID: "outlook", Title: "Expected", Finding: "About 20.", Unit: Count, Lines: true, Sparse: true, Column: "Day", Outlook: 2,
		Points: []Point{{Long: "1 Nov"}, {Long: "2 Nov"}, {Long: "3 Nov"}, {Long: "4 Nov"}},
		Series: []Series{{Name: "All", Class: "c-accent", Values: []int64{8, 9, 10, 11}}}, Low: []int64{8, 9, 7, 6}, High: []int64{8, 9, 13, 16},
	}
	none := sampleTime()
	none.ID, none.Previous = "none", nil
	for i := range none.Series {
		none.Series[i].Values, none.Series[i].Links = []int64{0, 0}, nil
	}
	bars := BarsView{
		ID: "bars", Title: "States", Finding: "Pune leads.", Unit: Rupees, Column: "State", Measure: "Net", Columns: []string{"Share", "Orders"}, Note: "3 more.",
		Rows: []BarRow{{Name: "Maharashtra", Link: "/orders?q=a", Value: 12345600, Class: "p-swiggy", Cells: []Cell{{Text: "70 %"}, {Text: "12", Link: "/orders?q=b"}}},
			{Name: "Goa", Sub: "small", NameLink: "/goa", Value: 0, Cells: []Cell{{Text: "0 %", Class: "bad"}, {Text: "0"}}}},
	}
	heat := HeatView{ID: "heat", Title: "Hours", Finding: "Evenings.", Unit: Count, Rows: []string{"Mon", "Tue"}, Columns: []string{"0", "1", "2", "3"}, Corner: "Day and hour", Values: [][]int64{{0, 1, 50, 100}, {-1, 2, 3, 4}}}
	plain := heat
	plain.ID, plain.Plain = "plain", true
	return map[string]templ.Component{
		"Time": Time(sampleTime()), "Time/lines": Time(lines), "Time/outlook": Time(outlook), "Time/none": Time(none),
		"Bars": Bars(bars), "Bars/none": Bars(BarsView{ID: "empty", Title: "Nothing", Column: "State", Measure: "Net"}),
		"Heat": Heat(heat), "Heat/plain": Heat(plain), "Heat/none": Heat(HeatView{ID: "h", Title: "Hours", Values: [][]int64{{0}}, Rows: []string{"Mon"}, Columns: []string{"0"}}),
		"Spark": Spark([]int64{1, 5, 2}, "c-accent"), "Spark/none": Spark([]int64{1}, "c-accent"),
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, c := range samples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			viewtest.Golden(t, name, c, *update)
			doc := viewtest.Render(t, c)
			for _, fault := range viewtest.Faults(t, doc) {
				t.Error(fault)
			}
			if strings.Contains(doc, "fill=") || strings.Contains(doc, "stroke=") || strings.Contains(doc, "NaN") || strings.Contains(doc, "Inf") {
				t.Error("a colour or no number in an attribute")
			}
		})
	}
}

// Without a pointer or a screen every value is still there.
func TestChartsHaveTheirData(t *testing.T) {
	t.Parallel()
	doc := viewtest.Render(t, Time(sampleTime()))
	for _, want := range []string{"<title", "Orders: Up.", "<details", "<caption", "Together", `scope="row"`, "/orders?p=a"} {
		if !strings.Contains(doc, want) {
			t.Errorf("the chart lacks %s", want)
		}
	}
	if strings.Contains(doc, "/orders?p=b") {
		t.Error("a zero leads to an empty list")
	}
}

func BenchmarkTime(b *testing.B) {
	v := sampleTime()
	for i := range 90 {
		v.Points = append(v.Points, Point{Short: "1", Long: "1 Nov"})
		for k := range v.Series {
			v.Series[k].Values = append(v.Series[k].Values, int64(i))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		viewtest.Render(b, Time(v))
	}
}
