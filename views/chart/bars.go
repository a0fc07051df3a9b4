package chart

// BarsView is a ranking: a table of which one column is drawn as bars, so that
// the picture and the numbers are one thing.
type BarsView struct {
	ID             string
	Title, Finding string
	Unit           Unit
	// Column heads the names, Measure the drawn values, Columns what follows.
	Column, Measure string
	Columns         []string
	Rows            []BarRow
	// Note stands below, such as how many rows were left out.
	Note string
}

// BarRow is one bar.
type BarRow struct {
	Name string
	Sub  string // smaller, below the name
	// NameLink leads to more about the name, Link to the orders behind the
	// value; both may be empty.
	NameLink, Link string
	Class          string // colour; empty is the accent
	Value          int64
	// Cells are the texts of Columns, each with its own link or none.
	Cells []Cell
}

// Cell is a text that may lead somewhere.
type Cell struct {
	Text, Link string
	Class      string // such as bad
}

func (v BarsView) most() int64 {
	var most int64
	for _, r := range v.Rows {
		most = max(most, r.Value)
	}
	return most
}

func (v BarsView) width(r BarRow) string {
	if most := v.most(); most > 0 && r.Value > 0 {
		return pc(max(float64(r.Value)/float64(most)*100, .5))
	}
	return "0"
}

func (r BarRow) class() string {
	if r.Class == "" {
		return "c-accent"
	}
	return r.Class
}
