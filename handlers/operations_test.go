package handlers

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/upkeep"
)

func TestOperationsPage(t *testing.T) {
	t.Parallel()
	copied := make(chan string, 1)
	a := newApp(t, func(d *Deps) {
		d.OpsDeps = OpsDeps{Engine: "embedded database", Started: d.Now(),
			Jobs: func() []ingest.JobState {
				return []ingest.JobState{{Name: "pull:shop", Every: time.Minute, Next: d.Now()}}
			},
			Backups: upkeep.Keeper{Records: d.Store.Records(), Dir: d.DataDir, Now: d.Now, Zone: d.Location, Copy: func(_ context.Context, file string) error {
				copied <- file
				return os.WriteFile(file, []byte("copy"), 0o600)
			}}}
	})
	b := a.as("admin")
	b.get("/settings").wantText(t, "/settings/operations")
	b.get("/settings/operations").want(t, http.StatusOK).wantText(t, "pull:shop", "There is no copy yet.", "embedded database")
	b.post("/settings/operations/plan", url.Values{"on": {"yes"}, "hour": {"25"}, "keep": {"0"}}).want(t, http.StatusUnprocessableEntity).
		wantText(t, "Hours go from 0 to 23.", "Keep 1 to 60 copies.", `value="25"`)
	b.post("/settings/operations/plan", url.Values{"on": {"yes"}, "hour": {"4"}, "keep": {"7"}}).want(t, http.StatusSeeOther)
	x := b.post("/settings/operations/backup", url.Values{}).want(t, http.StatusSeeOther)
	<-copied
	for range 200 {
		if got := b.get(x.header.Get("Location")); got.status == http.StatusOK && b.get("/settings/operations").body != "" {
			if all, err := a.srv.Backups.Backups(); err == nil && len(all) == 1 {
				break
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.get("/settings/operations").wantText(t, `value="4"`, `value="7"`, "palmonas-2").lacksText(t, "There is no copy yet.")
	a.as("support").get("/settings/operations").want(t, http.StatusForbidden)
}

func TestOperationsWithoutCopies(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("admin")
	b.get("/settings/operations").want(t, http.StatusOK).wantText(t, "mongodump", "No schedule runs here.")
	b.post("/settings/operations/backup", url.Values{}).want(t, http.StatusNotFound)
}
