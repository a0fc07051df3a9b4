package handlers

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// shownPivot is the numbers of the page of a report by channel and status: paise
// by "channel/status" as the page names them.
func shownPivot(t *testing.T, b *browser, query string) map[string]string {
	t.Helper()
	doc := b.get(builderPath+"?"+query).want(t, http.StatusOK).doc(t)
	var columns []string
	doc.Find(".pivot thead th").Each(func(i int, th *goquery.Selection) { columns = append(columns, strings.TrimSpace(th.Text())) })
	cells := map[string]string{}
	doc.Find(".pivot tbody tr").Each(func(_ int, tr *goquery.Selection) {
		row := strings.TrimSpace(tr.Find("th").Text())
		tr.Find("td").Each(func(i int, td *goquery.Selection) {
			if text := strings.TrimSpace(td.Text()); text != "–" && columns[i+1] != "All" {
				cells[row+"/"+columns[i+1]] = strings.NewReplacer("₹", "", ",", "").Replace(text)
			}
		})
	})
	if len(cells) < 8 {
		t.Fatalf("the page shows %d numbers", len(cells))
	}
	return cells
}

// heldPivot is the same of the rows of a file, the first of which names the
// columns.
func heldPivot(t *testing.T, rows [][]string) map[string]string {
	t.Helper()
	at := func(name string) int {
		i := slices.Index(rows[0], name)
		if i < 0 {
			t.Fatalf("no column %s in %v", name, rows[0])
		}
		return i
	}
	cells := map[string]string{}
	for _, row := range rows[1:] {
		if row[at("orders")] != "0" {
			cells[row[at("state")]+"/"+map[string]string{"prepaid": "Prepaid", "cod": "Cash on delivery", "": "Not known"}[row[at("payment")]]] = row[at("gross")]
		}
	}
	return cells
}

func csvRows(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	return rows
}

func sheetRows(t *testing.T, text string) [][]string {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("Figures", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows { // trailing empty cells are not there
		for len(rows[i]) < len(rows[0]) {
			rows[i] = append(rows[i], "")
		}
	}
	return rows
}

// jsonRows is a list of objects as rows.
func jsonRows(t *testing.T, text string) [][]string {
	t.Helper()
	var list []map[string]any
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) == 0 {
		t.Fatalf("%d objects, %v\n%s", len(list), err, text)
	}
	names := []string{"state", "payment", "orders", "gross"}
	rows := [][]string{names}
	for _, o := range list {
		row := make([]string, len(names))
		for i, name := range names {
			row[i] = fmt.Sprint(o[name])
			if m, ok := o[name].(map[string]any); ok {
				row[i] = fmt.Sprint(m["amount"])
			}
		}
		rows = append(rows, row)
	}
	return rows
}

const pivotQuery = "amount=gross&rows=state&columns=payment&period=30d"

// TestReportFilesEqualThePage: the numbers of the page are in the file, in each
// format, and no text in it is a formula.
func TestReportFilesEqualThePage(t *testing.T) {
	t.Parallel()
	a := varied(t)
	odd := reported(9001, order.Confirmed, a.clock.now())
	odd.Facts.Customer.Address.State = "=cmd|' /C calc'!A0"
	a.absorb(odd)
	b := a.as("admin")
	page := shownPivot(t, b, pivotQuery)
	for format, rows := range map[string]func(*testing.T, string) [][]string{"csv": csvRows, "xlsx": sheetRows, "json": jsonRows} {
		got := b.get(builderPath+"."+format+"?"+pivotQuery).want(t, http.StatusOK)
		if name := got.header.Get("Content-Disposition"); !strings.Contains(name, "report-2026-") || !strings.HasSuffix(name, "."+format+`"`) {
			t.Errorf("%s: the file is called %s", format, name)
		}
		held := heldPivot(t, rows(t, got.body))
		states := map[string]string{}
		for k, v := range held { // the page says so in words, the file leaves it empty
			k = strings.TrimPrefix(k, "'")
			if strings.HasPrefix(k, "/") {
				k = "Not known" + k
			}
			states[k] = v
		}
		if diff := cmp.Diff(page, states); diff != "" {
			t.Errorf("%s (-page +file):\n%s", format, diff)
		}
		formula := false
		for _, row := range rows(t, got.body) {
			formula = formula || format == "csv" && strings.HasPrefix(row[0], "=")
		}
		if formula {
			t.Error("the CSV file holds a formula")
		}
		b.get("/analytics/export/revenue."+format+"?period=7d").want(t, http.StatusOK)
	}
	b.get("/analytics/builder.ndjson").want(t, http.StatusNotFound)
	b.get("/analytics/builder.xlsx?rows=colour").want(t, http.StatusUnprocessableEntity)
	log, err := a.store.Audit().List(t.Context(), store.AuditQuery{Action: "export.figures"})
	if err != nil || len(log) != 6 {
		t.Errorf("%d entries in the audit for six files, %v", len(log), err)
	}
}

// planned is the form of a schedule, due in two minutes.
func (a *app) planned(name, format, to string) url.Values {
	at := a.clock.now().Add(2 * time.Minute).In(a.srv.Location)
	return url.Values{"name": {name}, "query": {pivotQuery}, "format": {format}, "to": {to}, "time": {at.Format("15:04")}}
}

// TestScheduledReportEqualsThePage: what is delivered into the folder holds the
// numbers that the page shows at that moment, not those of when it was
// scheduled.
func TestScheduledReportEqualsThePage(t *testing.T) {
	t.Parallel()
	a := varied(t)
	b := a.as("admin")
	b.get(builderPath+"?"+pivotQuery).wantText(t, "/analytics/schedules?amount=gross")
	b.get("/analytics/schedules?"+pivotQuery).want(t, http.StatusOK).wantText(t, "Gross revenue by state and payment method, last 30 days", "no mail server is set up")
	for _, format := range []string{"csv", "xlsx", "json"} {
		b.post(reportSchedulesPath, a.planned("By state", format, "folder")).want(t, http.StatusSeeOther)
	}
	b.get("/analytics/schedules").wantText(t, "By state", "XLSX every day at", "The export is scheduled.")
	b.get("/orders/schedules").lacksText(t, "By state")
	before := shownPivot(t, b, pivotQuery)
	fresh := reported(1, order.Confirmed, a.clock.now())
	fresh.Facts.Customer.Address.State = "Goa"
	a.absorb(fresh)
	a.clock.add(2 * time.Minute)
	a.runSchedules()
	a.runSchedules()
	names, texts := a.folder()
	page := shownPivot(t, b, pivotQuery)
	if len(names) != 3 || cmp.Equal(before, page) {
		t.Fatalf("files %v; the page changed meanwhile: %v", names, !cmp.Equal(before, page))
	}
	for i, rows := range []func(*testing.T, string) [][]string{csvRows, jsonRows, sheetRows} {
		if suffix := []string{".csv", ".json", ".xlsx"}[i]; !slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, suffix) }) {
			t.Fatalf("no %s among %v", suffix, names)
		}
		n := slices.IndexFunc(names, func(n string) bool { return strings.HasSuffix(n, []string{".csv", ".json", ".xlsx"}[i]) })
		held := map[string]string{}
		for k, v := range heldPivot(t, rows(t, texts[n])) {
			if strings.HasPrefix(k, "/") {
				k = "Not known" + k
			}
			held[k] = v
		}
		if diff := cmp.Diff(page, held); diff != "" {
			t.Errorf("%s (-page +file):\n%s", names[n], diff)
		}
	}
	log, err := a.store.Audit().List(t.Context(), store.AuditQuery{Action: "export.figures"})
	if err != nil || len(log) != 3 || log[0].By != "u-admin" || log[0].Via != "job" {
		t.Errorf("audit %+v, %v", log, err)
	}
}

// TestScheduledReportByMail: the owner gets the file, every due time once, and
// is told when it failed; changing and stopping work and are in the audit.
func TestScheduledReportByMail(t *testing.T) {
	t.Parallel()
	a := varied(t)
	got := a.postbox()
	b := a.as("support")
	b.post(reportSchedulesPath, a.planned("Weekly numbers", "csv", "mail")).want(t, http.StatusSeeOther)
	a.clock.add(3 * time.Minute)
	a.runSchedules()
	select {
	case m := <-got:
		for _, want := range []string{"RCPT TO:<support@example.com>", "Weekly_numbers:", "weekly-numbers-", ".csv", "schedules"} {
			if !strings.Contains(m, want) {
				t.Errorf("the e-mail lacks %q:\n%s", want, m)
			}
		}
	default:
		t.Fatal("no e-mail")
	}
	all, err := a.srv.timetable().List(t.Context(), "u-support")
	if err != nil || len(all) != 1 {
		t.Fatal(err, all)
	}
	path := reportSchedulesPath + "/" + all[0].ID
	b.get(path).want(t, http.StatusOK).wantText(t, `value="Weekly numbers"`, "Change this schedule")

	// Changed to a time that is over today, it waits for tomorrow.
	change := a.planned("Renamed", "json", "folder")
	change.Set("time", "00:00")
	b.post(path, change).want(t, http.StatusSeeOther)
	a.runSchedules()
	if names, _ := a.folder(); len(names) != 0 {
		t.Errorf("made for a time before the change: %v", names)
	}
	a.clock.add(24 * time.Hour)
	a.runSchedules()
	if names, _ := a.folder(); len(names) != 1 || !strings.HasPrefix(names[0], "renamed-") || !strings.HasSuffix(names[0], ".json") {
		t.Errorf("files %v", names)
	}

	// Who may not take files away any more gets none.
	a.change("support", func(u *account.User) { u.Denied = []account.Permission{account.AnalyticsRead} })
	a.clock.add(24 * time.Hour)
	a.runSchedules()
	if names, _ := a.folder(); len(names) != 1 {
		t.Errorf("files of somebody who may not read figures: %v", names)
	}
	a.change("support", func(u *account.User) { u.Denied = nil })
	b = a.as("support")
	b.get("/analytics/schedules").wantText(t, "failed", "You may not take figures away any more.")
	b.post(path+"/delete", nil).want(t, http.StatusSeeOther)
	b.get("/analytics/schedules").wantText(t, "No report is scheduled").lacksText(t, "Renamed")
	a.clock.add(24 * time.Hour)
	a.runSchedules()
	if names, _ := a.folder(); len(names) != 1 {
		t.Errorf("files of a stopped schedule: %v", names)
	}
	for _, action := range []string{"schedule.create", "schedule.change", "schedule.delete"} {
		if log, err := a.store.Audit().List(t.Context(), store.AuditQuery{Action: action}); err != nil || len(log) != 1 || log[0].By != "u-support" {
			t.Errorf("%s: %+v, %v", action, log, err)
		}
	}
}

func TestScheduledReportRefused(t *testing.T) {
	t.Parallel()
	a := figured(t, 20, 5)
	b := a.as("support")
	for name, tt := range map[string]struct{ field, value, says string }{
		"no name":      {"name", "", "Give it a name."},
		"no such time": {"time", "25:00", "Write a time of day"},
		"no such day":  {"day", "Caturday", "There is no such day."},
		"nowhere":      {"to", "moon", "Choose where"},
		"no server":    {"to", "mail", "No mail server is set up. Who"},
		"no such kind": {"format", "ndjson", "Use one of csv, xlsx, json."},
		"no such rows": {"query", "rows=colour", "colour"},
		"no query":     {"query", "q=total%3E%3E5", "total"},
	} {
		f := a.planned("Kept name", "csv", "folder")
		f.Set(tt.field, tt.value)
		got := b.post(reportSchedulesPath, f)
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, tt.says) || tt.field != "name" && !strings.Contains(got.body, `value="Kept name"`) {
			t.Errorf("%s: %d, says %q: %v", name, got.status, tt.says, strings.Contains(got.body, tt.says))
		}
	}
	b.post(reportSchedulesPath, a.planned("Mine", "csv", "folder")).want(t, http.StatusSeeOther)
	all, err := a.srv.timetable().List(t.Context(), "u-support")
	if err != nil || len(all) != 1 {
		t.Fatal(err, all)
	}
	path := reportSchedulesPath + "/" + all[0].ID
	f := a.planned("", "csv", "folder")
	b.post(path, f).want(t, http.StatusUnprocessableEntity)
	a.user("other", account.Support)
	other := a.as("other")
	other.get(path).want(t, http.StatusNotFound)
	other.post(path, a.planned("Theirs", "csv", "folder")).want(t, http.StatusNotFound)
	other.post(path+"/delete", nil).want(t, http.StatusNotFound)
	a.as("admin").get("/analytics/schedules").wantText(t, "Mine", "Test support")
	a.user("figureless", account.Support, func(u *account.User) { u.Denied = []account.Permission{account.AnalyticsRead} })
	a.as("figureless").get("/analytics/schedules").want(t, http.StatusForbidden)
	a.as("figureless").post(reportSchedulesPath, a.planned("No", "csv", "folder")).want(t, http.StatusForbidden)
	a.as("readonly").get("/analytics/schedules").want(t, http.StatusForbidden)
	a.as("readonly").get(builderPath).want(t, http.StatusOK).lacksText(t, "Schedule")
}
