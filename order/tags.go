package order

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of tags. A tag is counted in characters.
const (
	MaxTags    = 30
	MaxTagSize = 40
)

// CleanTag is a tag as orders keep it: single blanks, its case as written. The
// error is FieldErrors at the field tag. Commas are refused because the query
// language puts them between values.
func CleanTag(s string) (string, error) {
	tag := strings.Join(strings.Fields(s), " ")
	why := ""
	switch {
	case tag == "":
		why = "Write a tag."
	case !utf8.ValidString(tag), strings.ContainsFunc(tag, unicode.IsControl):
		why = "This holds characters that cannot be stored."
	case strings.ContainsRune(tag, ','):
		why = "A tag cannot hold a comma."
	case utf8.RuneCountInString(tag) > MaxTagSize:
		why = fmt.Sprintf("A tag has at most %d characters.", MaxTagSize)
	}
	if why != "" {
		return "", FieldErrors{{Field: "tag", Message: why}}
	}
	return tag, nil
}

// HasTag reports whether the order carries a tag; case and blanks do not
// matter, as in queries.
func (o Order) HasTag(tag string) bool { return indexTag(o.Desk.Tags, tag) >= 0 }

func indexTag(tags []string, tag string) int {
	folded := foldText(tag)
	return slices.IndexFunc(tags, func(t string) bool { return foldText(t) == folded })
}

// SetTags replaces the order's tags; the same ones again change nothing. The
// error is FieldErrors at the field tag, and nothing is changed then.
func (o *Order) SetTags(tags []string, by string, at time.Time) error {
	var next []string
	for _, t := range tags {
		clean, err := CleanTag(t)
		if err != nil {
			return err
		}
		if indexTag(next, clean) < 0 {
			next = append(next, clean)
		}
	}
	return o.takeTags(next, by, at)
}

// AddTag adds a tag; one that is there already changes nothing. The error is
// FieldErrors at the field tag.
func (o *Order) AddTag(tag, by string, at time.Time) error {
	clean, err := CleanTag(tag)
	if err != nil || o.HasTag(clean) {
		return err
	}
	return o.takeTags(append(slices.Clip(o.Desk.Tags), clean), by, at)
}

// RemoveTag takes a tag away; one that is not there changes nothing.
func (o *Order) RemoveTag(tag, by string, at time.Time) {
	i := indexTag(o.Desk.Tags, tag)
	if i < 0 {
		return
	}
	next := slices.Delete(slices.Clone(o.Desk.Tags), i, i+1)
	_ = o.takeTags(next, by, at) // fewer tags are never too many
}

// takeTags stores clean tags, and says in the history which came and went.
func (o *Order) takeTags(next []string, by string, at time.Time) error {
	if len(next) > MaxTags {
		return FieldErrors{{Field: "tag", Message: fmt.Sprintf("An order has at most %d tags.", MaxTags)}}
	}
	var said []string
	for _, t := range next {
		if !slices.Contains(o.Desk.Tags, t) {
			said = append(said, "+"+t)
		}
	}
	for _, t := range o.Desk.Tags {
		if !slices.Contains(next, t) {
			said = append(said, "−"+t)
		}
	}
	if len(said) == 0 && len(next) == len(o.Desk.Tags) {
		return nil
	}
	o.Desk.Tags = next
	o.editedBy(by, at, strings.Join(said, ", "), "tags")
	return nil
}
