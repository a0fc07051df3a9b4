// Package wordmap shows what the status words of a channel's platform mean and
// lets an administrator change it: try rules on the orders that changed lately,
// save them as a new version, go back to an older one. It decides nothing.
package wordmap

import (
	"net/url"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// View is /channels/{id}/words. Its form posts to the same address the fields
// version, tested, action (test or save) and, for each row, word-N, status-N,
// sub-N and flag-N.
type View struct {
	views.Clock
	Channel, Name string
	// Version is the one in force, Opened the one that the form was filled from.
	Version, Opened int
	Rows            []Row
	History         []Saved
	// Trial is what the rules of the form would do; nil before a test. Tested is
	// what a save repeats to prove it.
	Trial  *Trial
	Tested string
	// Fault is about the form as a whole.
	Fault     string
	MayManage bool
}

// Row is one word: how the platform used it lately, and its rule.
type Row struct {
	Word string
	// New rows have an empty field for the word.
	New     bool
	Orders  int
	Last    time.Time
	Now     order.Status // empty: nobody knows it
	Unknown int
	Rule    channel.WordRule
	Fault   string
}

// Saved is one version.
type Saved struct {
	Version, Rules int
	By             string // a name
	At             time.Time
}

// Trial is what rules would do to the orders that changed lately.
type Trial struct {
	Looked, Changes int
	Orders          []Change
	Dropped         []string
}

// Change is one order as it is and as it would be.
type Change struct {
	ID, Number, Word string
	Before, After    order.Status
	Kept             bool
}

func (v View) url() string { return "/channels/" + url.PathEscape(v.Channel) + "/words" }

func (v View) versionURL(n int) string { return v.url() + "?version=" + strconv.Itoa(n) }

func field(name string, i int) string { return name + "-" + strconv.Itoa(i) }

func (t Trial) more() int { return t.Changes - len(t.Orders) }

func (r Row) label() string {
	if r.Word == "" {
		return "another word"
	}
	return r.Word
}
