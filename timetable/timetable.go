// Package timetable keeps exports that are made again and again, and knows
// which are due. It neither makes nor sends them: whoever runs them takes one
// due time after the other from the Book. It knows no HTTP.
package timetable

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/palmonas/palmonas-crm/export"
	"github.com/palmonas/palmonas-crm/order"
)

// Limits of what people may ask for.
const (
	MaxName = 60 // characters
	MaxEach = 20 // exports of one person
)

// catchUp is how late a due time that was missed is still made up for.
const catchUp = 24 * time.Hour

// When is a time of the business day, on some days of the week.
type When struct {
	Hour   int            `json:"hour"`
	Minute int            `json:"minute"`
	Days   []time.Weekday `json:"days,omitempty"` // none: every day
}

// on is the moment of a day, if the day is one of When's.
func (w When) on(day time.Time) (time.Time, bool) {
	at := time.Date(day.Year(), day.Month(), day.Day(), w.Hour, w.Minute, 0, 0, day.Location())
	return at, len(w.Days) == 0 || slices.Contains(w.Days, day.Weekday())
}

// Last is the newest due time up to now, if it is less than a day old; zone is
// that of the business day.
func (w When) Last(now time.Time, zone *time.Location) (time.Time, bool) {
	today := now.In(zone)
	for back := range 2 {
		at, ok := w.on(time.Date(today.Year(), today.Month(), today.Day()-back, 12, 0, 0, 0, zone))
		if ok && !at.After(now) {
			return at, now.Sub(at) < catchUp
		}
	}
	return time.Time{}, false
}

// Next is the first due time after now.
func (w When) Next(now time.Time, zone *time.Location) time.Time {
	today := now.In(zone)
	for ahead := range 8 {
		at, ok := w.on(time.Date(today.Year(), today.Month(), today.Day()+ahead, 12, 0, 0, 0, zone))
		if ok && at.After(now) {
			return at
		}
	}
	return time.Time{} // not with a When that Check let through
}

// Target is where a file goes.
type Target string

// The targets.
const (
	Mail   Target = "mail"   // its owner's own address
	Folder Target = "folder" // the exports folder of the data directory
)

// Export is a file of a list or of a report that is made again and again.
type Export struct {
	Name string      `json:"name"`
	Spec export.Spec `json:"spec"`
	// Report is the question of a built report, as its address holds it; Spec
	// then says no more than the format. Empty: the file holds Spec's list.
	Report string `json:"report,omitempty"`
	When   When   `json:"when"`
	To     Target `json:"to"`
	// Since is when it was changed last, zero for never: due times before are
	// not made up for.
	Since time.Time `json:"since,omitzero"`
	Last  Turn      `json:"last"`
}

// OfReport says that the file holds a report.
func (e Export) OfReport() bool { return e.Report != "" }

// Turn is what became of a due time.
type Turn struct {
	Due   time.Time `json:"due"`
	Tries int       `json:"tries"`
	Ended time.Time `json:"ended"` // zero: it runs, or the program died on it
	Fault string    `json:"fault,omitempty"`
}

// Check reports faults as order.FieldErrors at name, time, day, to, format and
// columns. Whether the list can be read is the caller's to know.
func (e Export) Check() error {
	var faults order.FieldErrors
	add := func(field, message string) {
		faults = append(faults, order.FieldError{Field: field, Message: message})
	}
	switch n := utf8.RuneCountInString(e.Name); {
	case n == 0:
		add("name", "Give it a name.")
	case n > MaxName:
		add("name", fmt.Sprintf("This is longer than %d characters.", MaxName))
	case !utf8.ValidString(e.Name) || strings.ContainsFunc(e.Name, func(r rune) bool { return !unicode.IsPrint(r) }):
		add("name", "This holds characters that cannot be stored.")
	}
	if e.When.Hour < 0 || e.When.Hour > 23 || e.When.Minute < 0 || e.When.Minute > 59 {
		add("time", "Write a time of day, such as 07:30.")
	}
	if slices.ContainsFunc(e.When.Days, func(d time.Weekday) bool { return d < time.Sunday || d > time.Saturday }) {
		add("day", "There is no such day.")
	}
	if e.To != Mail && e.To != Folder {
		add("to", "Choose where the file goes.")
	}
	if e.OfReport() {
		if !slices.Contains(export.TableFormats(), e.Spec.Format) {
			add("format", "Use one of csv, xlsx, json.")
		}
		return joined(faults, nil)
	}
	return joined(faults, e.Spec.Check())
}

// joined adds the faults of a part.
func joined(faults order.FieldErrors, err error) error {
	var more order.FieldErrors
	if err != nil && !errors.As(err, &more) {
		return err
	}
	if faults = append(faults, more...); len(faults) > 0 {
		return faults
	}
	return nil
}
