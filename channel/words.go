package channel

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/palmonas/palmonas-crm/order"
)

// WordRule says what a platform's status word means, in place of what the
// adapter makes of it.
type WordRule struct {
	Word   string       `json:"word"`
	Status order.Status `json:"status"`
	// SubStatus and Flag add to what the adapter read; both may be empty.
	SubStatus string     `json:"subStatus,omitempty"`
	Flag      order.Flag `json:"flag,omitempty"`
}

// WordMap is the rules of one channel at one version. Versions are kept: an
// administrator may go back to any.
type WordMap struct {
	Version int        `json:"version"` // 0: nobody ever changed anything
	Rules   []WordRule `json:"rules,omitempty"`
}

// SavedWords is a WordMap with who saved it.
type SavedWords struct {
	WordMap
	Channel string    `json:"channel"`
	By      string    `json:"by"` // user id
	At      time.Time `json:"at"`
}

// MaxWordRules bounds the rules of one channel.
const MaxWordRules = 100

// SameWord reports whether two status words are the same to a reader: case and
// blanks do not count.
func SameWord(a, b string) bool { return foldWord(a) == foldWord(b) }

func foldWord(w string) string { return strings.ToLower(strings.Join(strings.Fields(w), " ")) }

// Rule is the rule for a word.
func (m WordMap) Rule(word string) (WordRule, bool) {
	if word == "" {
		return WordRule{}, false
	}
	i := slices.IndexFunc(m.Rules, func(r WordRule) bool { return SameWord(r.Word, word) })
	if i < 0 {
		return WordRule{}, false
	}
	return m.Rules[i], true
}

// Translate gives a report the meaning that the channel's rules give its word.
func (m WordMap) Translate(r *order.Report) {
	rule, ok := m.Rule(r.Facts.PlatformStatus)
	if !ok {
		return
	}
	r.Status = rule.Status
	if rule.SubStatus != "" {
		r.Facts.SubStatus = rule.SubStatus
	}
	if rule.Flag != "" && !slices.Contains(r.Facts.Flags, rule.Flag) {
		r.Facts.Flags = append(slices.Clip(r.Facts.Flags), rule.Flag)
	}
}

// Apply is what Translate would have made of an order's newest report, had the
// rules been in force; false when that is what the order shows already. note
// and by stand in its history.
func (m WordMap) Apply(o *order.Order, note, by string, at time.Time) bool {
	rule, ok := m.Rule(o.Facts.PlatformStatus)
	if !ok {
		return false
	}
	sub, flags := o.Facts.SubStatus, slices.Clone(o.Reported.Flags)
	if rule.SubStatus != "" {
		sub = rule.SubStatus
	}
	if rule.Flag != "" && !slices.Contains(flags, rule.Flag) {
		flags = append(flags, rule.Flag)
	}
	return o.Reread(rule.Status, sub, flags, note, by, at)
}

// RuleFlags lists the flags that a rule may set.
func RuleFlags() []order.Flag {
	return []order.Flag{order.NeedsAttention, order.CancelRequested, order.DeliveryException, order.PartiallyShipped,
		order.PartiallyCancelled, order.PartiallyRefunded}
}

// RuleFault is what is wrong with the rule at an index.
type RuleFault struct {
	Rule    int
	Message string
}

// Check reports every fault of the rules.
func (m WordMap) Check() []RuleFault {
	var faults []RuleFault
	for i, r := range m.Rules {
		bad := func(format string, a ...any) { faults = append(faults, RuleFault{i, fmt.Sprintf(format, a...)}) }
		switch {
		case foldWord(r.Word) == "":
			bad("The word is missing.")
		case len(r.Word) > 200 || !utf8.ValidString(r.Word):
			bad("The word is longer than 200 bytes.")
		case slices.ContainsFunc(m.Rules[:i], func(x WordRule) bool { return SameWord(x.Word, r.Word) }):
			bad("This word has a rule already.")
		case !r.Status.Valid():
			bad("Choose a status for “%s”.", r.Word)
		case len(r.SubStatus) > 100:
			bad("The sub-status is longer than 100 bytes.")
		case r.Flag != "" && !slices.Contains(RuleFlags(), r.Flag):
			bad("Choose a mark from the list.")
		}
	}
	if len(m.Rules) > MaxWordRules {
		faults = append(faults, RuleFault{MaxWordRules, fmt.Sprintf("At most %d words can have rules.", MaxWordRules)})
	}
	return faults
}
