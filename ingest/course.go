package ingest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

const (
	// maxRepeats is how many pages in a row may repeat pages of the same run. A
	// platform may send one twice; one that ignores the paging sends nothing
	// else.
	maxRepeats = 3
	// maxEmpty is how many pages in a row may be empty: adapters that walk
	// through time pass many where nothing was sold.
	maxEmpty = 400
)

// course watches the pages of one run for paging that does not end.
type course struct {
	pages, most    int
	cursors        map[string]bool
	contents       map[[32]byte]bool
	repeats, empty int // in a row
}

func newCourse(cursor string, most int) *course {
	return &course{most: most, cursors: map[string]bool{cursor: true}, contents: map[[32]byte]bool{}}
}

// follow is told of each page, and fails when no further one should be asked
// for.
func (c *course) follow(page Page) error {
	c.pages++
	if !page.More {
		return nil
	}
	if page.Next == "" || c.cursors[page.Next] {
		return fmt.Errorf("paging goes round in circles: page %d leads back to cursor %q", c.pages, short(page.Next))
	}
	c.cursors[page.Next] = true
	switch sum := fingerprint(page); {
	case len(page.Reports)+len(page.Rejects) == 0:
		c.empty++
	case c.contents[sum]:
		c.repeats++
	default:
		c.contents[sum], c.repeats, c.empty = true, 0, 0
	}
	if c.repeats >= maxRepeats || c.empty >= maxEmpty || c.pages >= c.most {
		return fmt.Errorf("paging does not end: %d pages, the last %d without anything new", c.pages, c.repeats+c.empty)
	}
	return nil
}

// fingerprint tells two pages' contents apart.
func fingerprint(p Page) [32]byte {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, r := range p.Reports {
		// Texts and numbers always encode.
		_ = enc.Encode([]any{r.Ref.PlatformOrderID, r.At.UnixMilli(), r.Facts.PlatformStatus})
	}
	for _, r := range p.Rejects {
		_ = enc.Encode([]any{r.PlatformOrderID, r.Payload})
	}
	return [32]byte(h.Sum(nil))
}

// short keeps a cursor, which may be long, out of the way in an error.
func short(cursor string) string {
	if len(cursor) > 60 {
		return cursor[:60] + "…"
	}
	return cursor
}
