package report

import (
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Dashboard is the answer of the first page.
type Dashboard struct {
	Overview
	Timeline  []Moment      `json:"timeline"`
	Platforms []PlatformRow `json:"platforms"`
	Statuses  []StatusRow   `json:"statuses"`
	Now       Now           `json:"now"`
	// Sources are the channels and how fresh they are.
	Sources []Source `json:"channels"`
	// Notable are the days of the last two weeks that stand out.
	Notable []Anomaly `json:"notable"`
	// Watched says that there were days enough to tell what stands out.
	Watched bool `json:"watched"`
}

// Now is what waits at this moment, whatever the period.
type Now struct {
	At time.Time `json:"at"`
	// ToDispatch are orders that wait to be shipped, Late those among them whose
	// ship-by time has passed.
	ToDispatch int `json:"toDispatch"`
	Late       int `json:"late"`
	// AtLeast says that counting stopped at ToDispatch or Late.
	AtLeast bool `json:"atLeast,omitempty"`
}

// ToDispatch lists the orders that wait to be shipped, of whatever day; late
// narrows them to those whose ship-by time has passed.
func (f Filter) ToDispatch(late bool) order.Filter {
	l := f.List(Part{Statuses: []order.Status{order.Pending, order.Confirmed, order.Processing}})
	l.From, l.To = "", ""
	if late {
		l.Q, l.Sort = strings.TrimSpace(l.Q+" shipby<now"), order.ShipSoonestFirst
	}
	return l
}

// Source is a channel and when it was read last.
type Source struct {
	ID          string         `json:"channel"`
	Name        string         `json:"name"`
	Platform    order.Platform `json:"platform"`
	Enabled     bool           `json:"enabled"`
	Stale       bool           `json:"stale"`
	Failures    int            `json:"failures"`
	LastSuccess *time.Time     `json:"lastSuccess,omitempty"`
	// Manual channels are never read by themselves.
	Manual bool `json:"manual,omitempty"`
}

// Dashboard sums the period. fig must hold the days of Needs, history those of
// Watched.
func (f Filter) Dashboard(fig, history Figures, today Day, now Now, sources []Source) Dashboard {
	d := Dashboard{Overview: f.overview(fig), Timeline: f.timeline(fig), Platforms: f.ComparePlatforms(fig).Platforms, Statuses: f.statuses(fig),
		Now: now, Sources: sources}
	d.Notable, d.Watched = f.Anomalies(history, today)
	return d
}
