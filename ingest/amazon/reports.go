package amazon

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/orderfile"
	"github.com/palmonas/palmonas-crm/order"
)

// The list of orders may be asked for 0.0056 times a second: a page of a
// hundred orders in three minutes. Long ranges are therefore read from the
// report of all orders by their last update (Reports API 2021-06-30), one for
// each week, if the option backfill says reports. A report knows no addresses
// and no order item ids; whatever changes later is read from the list again.
const (
	reportsPath   = "/reports/2021-06-30/reports"
	documentsPath = "/reports/2021-06-30/documents"
	reportType    = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
	// longRange is the age of a window's beginning from which a report is worth
	// its wait.
	longRange = 2 * 24 * time.Hour
	// reportLooks is how often a report is looked for in one run; the next run
	// goes on.
	reportLooks = 12
	reportPause = 5 * time.Second
	maxReport   = 512 << 20 // unpacked
)

// wantsReport tells whether a window is to be read from a report.
func (p *Platform) wantsReport(c cursor, now time.Time) bool {
	return p.set.reports && !c.NoReport && !c.Done && c.Token == "" && !c.Before.IsZero() && (c.Report != "" || now.Sub(c.After) > longRange)
}

// fetchReport reads one window from a report: it asks for one, waits for it,
// and reads its document. A window that no report can be had for is left to the
// list.
func (p *Platform) fetchReport(ctx context.Context, c cursor, now time.Time) (ingest.Page, error) {
	if c.Report == "" {
		id, err := p.askReport(ctx, c)
		if noReport(err) {
			c.NoReport = true
			return ingest.Page{Next: c.String(), More: true}, nil
		}
		if err != nil {
			return ingest.Page{}, fmt.Errorf("amazon: ask for a report: %w", err)
		}
		c.Report = id
		// Saved before it is waited for: asking again costs one of few calls.
		return ingest.Page{Next: c.String(), More: true}, nil
	}
	document, state, err := p.reportState(ctx, c.Report)
	var status *ingest.StatusError
	switch {
	case errors.As(err, &status) && status.Status == http.StatusNotFound, err == nil && (state == "FATAL" || state == "CANCELLED"):
		c.Report, c.NoReport = "", true
		return ingest.Page{Next: c.String(), More: true}, nil
	case err != nil:
		return ingest.Page{}, fmt.Errorf("amazon: report: %w", err)
	case state != "DONE":
		c.Looks++
		if c.Looks%reportLooks != 0 {
			if err := p.sleep(ctx, reportPause); err != nil {
				return ingest.Page{}, err
			}
		}
		return ingest.Page{Next: c.String(), More: c.Looks%reportLooks != 0}, nil
	}
	page, err := p.document(ctx, document)
	if err != nil {
		return ingest.Page{}, fmt.Errorf("amazon: report: %w", err)
	}
	c.Report, c.Looks = "", 0
	next, more := c.next("", c.Before, now)
	page.Next, page.More = next.String(), more
	return page, nil
}

// noReport recognises an application without the role for reports.
func noReport(err error) bool {
	var status *ingest.StatusError
	return errors.As(err, &status) && slices.Contains([]int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound}, status.Status)
}

func (p *Platform) askReport(ctx context.Context, c cursor) (string, error) {
	body, err := json.Marshal(map[string]any{"reportType": reportType, "marketplaceIds": []string{p.set.marketplace},
		"dataStartTime": stamp(c.After), "dataEndTime": stamp(c.Before)})
	if err != nil {
		return "", err
	}
	// Asked for twice it is made twice, which does no harm.
	res, err := p.call(ingest.Repeatable(ctx), opReport, func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.set.base.String()+reportsPath, bytes.NewReader(body))
		if err == nil {
			req.Header.Set("Content-Type", "application/json")
		}
		return req, err
	})
	if err != nil {
		return "", err
	}
	var answer struct {
		ID string `json:"reportId"`
	}
	if err := res.JSON(&answer); err != nil || answer.ID == "" {
		return "", errors.Join(err, fmt.Errorf("%w: it named no report", ingest.ErrTemporary))
	}
	return answer.ID, nil
}

func (p *Platform) reportState(ctx context.Context, id string) (document, state string, err error) {
	res, err := p.call(ctx, opReportState, p.getter(reportsPath+"/"+url.PathEscape(id), nil))
	if err != nil {
		return "", "", err
	}
	var answer struct {
		State    string `json:"processingStatus"`
		Document string `json:"reportDocumentId"`
	}
	if err := res.JSON(&answer); err != nil {
		return "", "", err
	}
	if answer.State == "DONE" && answer.Document == "" {
		return "", "", fmt.Errorf("%w: a finished report has no document", ingest.ErrTemporary)
	}
	return answer.Document, answer.State, nil
}

// document reads a report's orders. Its address is short-lived and carries its
// own permission, so that no token goes there.
func (p *Platform) document(ctx context.Context, id string) (ingest.Page, error) {
	res, err := p.call(ctx, opDocument, p.getter(documentsPath+"/"+url.PathEscape(id), nil))
	if err != nil {
		return ingest.Page{}, err
	}
	var answer struct {
		URL         string `json:"url"`
		Compression string `json:"compressionAlgorithm"`
	}
	if err := res.JSON(&answer); err != nil {
		return ingest.Page{}, err
	}
	if u, err := url.Parse(answer.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != p.set.base.Scheme {
		return ingest.Page{}, fmt.Errorf("%w: the document has no usable address", ingest.ErrTemporary)
	}
	file, err := p.files.Do(ctx, opFile, func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, answer.URL, nil)
	})
	if err != nil {
		return ingest.Page{}, err
	}
	var in io.Reader = bytes.NewReader(file.Body)
	if answer.Compression == "GZIP" {
		if in, err = gzip.NewReader(in); err != nil {
			return ingest.Page{}, fmt.Errorf("%w: the document is not what it says", ingest.ErrTemporary)
		}
	}
	return p.readReport(ctx, in)
}

func (p *Platform) readReport(ctx context.Context, in io.Reader) (ingest.Page, error) {
	var page ingest.Page
	o := orderfile.Options{Channel: p.set.channel, Platform: order.Amazon, Format: orderfile.AmazonAllOrders, ImportedAt: p.now(), MaxBytes: maxReport}
	_, err := orderfile.Read(ctx, in, o, func(reports []order.Report) error {
		for _, r := range reports {
			// Of one moment the list tells more.
			r.Source, r.Version = order.FromPlatform, -1
			page.Reports = append(page.Reports, r)
		}
		return nil
	}, func(x orderfile.Reject) error {
		row, err := json.Marshal(x.Cells)
		if err != nil {
			return err
		}
		page.Rejects = append(page.Rejects, ingest.Reject{PlatformOrderID: reportOrderID(x), Reason: "report: " + x.Reason, Payload: row})
		return nil
	})
	return page, err
}

func reportOrderID(x orderfile.Reject) string {
	for i, name := range x.Header {
		if name == "amazon-order-id" && i < len(x.Cells) {
			return x.Cells[i]
		}
	}
	return ""
}
