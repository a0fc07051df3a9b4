package report

import (
	"math"
	"slices"

	"github.com/palmonas/palmonas-crm/order"
)

// Sums add up cells. Gross is of every order; Net and the split of it are of
// orders that count as revenue. Amounts are paise.
type Sums struct {
	Orders    int
	Earning   int // orders that count as revenue
	Units     int // of all orders
	Unpriced  int // orders without a known amount in rupees
	priced    int // earning orders with one
	Cancelled int
	SentBack  int // returned or refunded
	RTO       int // returned before they were delivered
	Gross     int64
	Net       int64
	Discount  int64
	Shipping  int64
	Tax       int64
}

// Add counts one cell.
func (s *Sums) Add(c Cell) {
	n := int(c.Orders)
	s.Orders += n
	s.Units += int(c.Units)
	s.Unpriced += int(c.Unpriced)
	s.RTO += int(c.RTO)
	s.Gross += c.Gross
	switch fates[min(int(c.Status), len(fates)-1)] {
	case earns:
		s.Earning += n
		s.priced += n - int(c.Unpriced)
		s.Net += c.Gross
		s.Discount += c.Discount
		s.Shipping += c.Shipping
		s.Tax += c.Tax
	case wasCancelled:
		s.Cancelled += n
	case wasSentBack:
		s.SentBack += n
	}
}

// fate is what a status means for sums.
type fate uint8

const (
	earns fate = iota
	wasCancelled
	wasSentBack
)

// fates are those of the statuses by number, the last for one that does not
// exist. It is never written after it is made: cells are added by the million.
var fates = func() []fate {
	var all []fate
	for _, s := range append(order.Statuses(), "") {
		switch {
		case s.CountsAsRevenue():
			all = append(all, earns)
		case s == order.Cancelled:
			all = append(all, wasCancelled)
		default:
			all = append(all, wasSentBack)
		}
	}
	return all
}()

// Merge adds other sums.
func (s *Sums) Merge(o Sums) {
	s.Orders += o.Orders
	s.Earning += o.Earning
	s.Units += o.Units
	s.Unpriced += o.Unpriced
	s.priced += o.priced
	s.Cancelled += o.Cancelled
	s.SentBack += o.SentBack
	s.RTO += o.RTO
	s.Gross += o.Gross
	s.Net += o.Net
	s.Discount += o.Discount
	s.Shipping += o.Shipping
	s.Tax += o.Tax
}

// Average is the net revenue of one earning order, rounded to the paisa; 0
// without any.
func (s Sums) Average() int64 {
	if s.priced == 0 {
		return 0
	}
	return int64(math.Round(float64(s.Net) / float64(s.priced)))
}

// Totals are sums as answers hold them. Net, Discount, Shipping and Tax are of
// the earning orders, Gross and Units of all.
type Totals struct {
	Orders     int         `json:"orders"`
	Earning    int         `json:"earningOrders"`
	Units      int         `json:"units"`
	Gross      order.Money `json:"gross"`
	Net        order.Money `json:"net"`
	Discount   order.Money `json:"discount"`
	Shipping   order.Money `json:"shipping"`
	Tax        order.Money `json:"tax"`
	Average    order.Money `json:"averageOrderValue"`
	Cancelled  int         `json:"cancelled"`
	SentBack   int         `json:"returned"`
	RTO        int         `json:"returnedToOrigin"`
	CancelRate float64     `json:"cancellationRate"` // percent of all orders, as the others
	ReturnRate float64     `json:"returnRate"`
	RTORate    float64     `json:"returnToOriginRate"`
	// Unpriced counts orders without an amount in rupees, which no amount
	// includes.
	Unpriced int `json:"unpriced,omitempty"`
}

// Totals are the sums as an answer.
func (s Sums) Totals() Totals {
	return Totals{
		Orders: s.Orders, Earning: s.Earning, Units: s.Units, Gross: order.INR(s.Gross), Net: order.INR(s.Net),
		Discount: order.INR(s.Discount), Shipping: order.INR(s.Shipping), Tax: order.INR(s.Tax), Average: order.INR(s.Average()),
		Cancelled: s.Cancelled, SentBack: s.SentBack, RTO: s.RTO, Unpriced: s.Unpriced,
		CancelRate: rate(s.Cancelled, s.Orders), ReturnRate: rate(s.SentBack, s.Orders), RTORate: rate(s.RTO, s.Orders),
	}
}

// rate is a share in percent with two decimals.
func rate(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return math.Round(float64(part)/float64(whole)*10000) / 100
}

// scope decides which cells a filter counts, by their numbers.
type scope struct {
	channel []bool
	state   []bool // nil: all
	payment PaymentNo
	any     bool // any payment
}

func (f Filter) scope(n Names) scope {
	s := scope{channel: f.channels(n), any: f.Payment == "", payment: PaymentNumber(f.Payment)}
	if len(f.States) > 0 {
		s.state = make([]bool, len(n.States))
		for i, name := range n.States {
			s.state[i] = slices.Contains(f.States, name)
		}
	}
	return s
}

// channels marks the channels the filter counts.
func (f Filter) channels(n Names) []bool {
	in := make([]bool, len(n.Channels))
	for i, c := range n.Channels {
		in[i] = (len(f.Platforms) == 0 || slices.Contains(f.Platforms, c.Platform)) &&
			(len(f.Channels) == 0 || slices.Contains(f.Channels, c.ID))
	}
	return in
}

func (s scope) has(c Cell) bool {
	return s.channel[c.Channel] && (s.any || c.Payment == s.payment) && (s.state == nil || s.state[c.State])
}

// each calls fn for every cell of the range that the filter counts.
func (f Filter) each(fig Figures, r Range, fn func(Day, Cell)) {
	s := f.scope(fig.Names)
	for _, d := range fig.in(r) {
		for _, c := range d.Cells {
			if s.has(c) {
				fn(d.Day, c)
			}
		}
	}
}

// in are the days of a range.
func (fig Figures) in(r Range) []*DayFigures {
	from, _ := slices.BinarySearchFunc(fig.Days, r.From, func(d *DayFigures, day Day) int { return int(d.Day) - int(day) })
	to, _ := slices.BinarySearchFunc(fig.Days, r.To+1, func(d *DayFigures, day Day) int { return int(d.Day) - int(day) })
	if from >= to {
		return nil
	}
	return fig.Days[from:to]
}

// sum adds up what the filter counts in a range.
func (f Filter) sum(fig Figures, r Range) Sums {
	var s Sums
	f.each(fig, r, func(_ Day, c Cell) { s.Add(c) })
	return s
}
