package platformtest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// Fuzz feeds a parser with the files that match the pattern, with Hostile, and
// with what the fuzzer makes of them. A parser may refuse anything; it must not
// panic or take long, each report must be complete enough to be judged, and
// each reject must say why.
func Fuzz(f *testing.F, pattern string, parse func([]byte) ([]order.Report, []ingest.Reject, error)) {
	f.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds match %s", pattern)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, body := range Hostile() {
		if len(body) < 10_000 {
			f.Add([]byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		begun := time.Now()
		reports, rejects, err := parse(body)
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%d bytes took %s", len(body), took)
		}
		if err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
		for _, r := range reports {
			if r.Ref.PlatformOrderID == "" || r.Facts.PlatformStatus == "" || r.At.IsZero() || r.Facts.OrderedAt.IsZero() {
				t.Errorf("report without id, word or time: %+v", r)
			}
			if r.Status != "" && !r.Status.Valid() {
				t.Errorf("status %q", r.Status)
			}
		}
		for _, x := range rejects {
			if x.Reason == "" {
				t.Error("a reject without a reason")
			}
		}
	})
}
