package handlers

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/export"
	"github.com/palmonas/palmonas-crm/report"
)

// exportFigures answers one table of a page of figures as a CSV file, with the
// page's own question.
func (s *Server) exportFigures(c echo.Context) error {
	name, isCSV := strings.CutSuffix(c.Param("table"), ".csv")
	if !isCSV {
		return errGone
	}
	raw, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return errUnreadable
	}
	ctx, r := c.Request().Context(), s.insight()
	f, err := r.Filter(ctx, raw)
	if err != nil {
		return err
	}
	t, ok, err := r.Table(ctx, name, f, exportMasked(userOf(c)))
	if err != nil {
		return err
	}
	if !ok {
		return errGone
	}
	if err := s.audit(c, account.Entry{Action: "export.figures", Object: "figures:" + name, Note: strconv.Itoa(len(t.Rows)) + " rows"}); err != nil {
		return err
	}
	return sendTable(c, fmt.Sprintf("%s-%s-%s", name, f.Range.From, f.Range.To), t)
}

// sendTable sends a table as a CSV file.
func sendTable(c echo.Context, name string, t report.Table) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	rows := [][]string{t.Columns}
	for _, row := range t.Rows {
		texts := report.Texts(row)
		for i, v := range row {
			if _, isText := v.(string); isText {
				texts[i] = export.SafeText(texts[i])
			}
		}
		rows = append(rows, texts)
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`.csv"`)
	return c.Blob(http.StatusOK, export.CSV.ContentType(), b.Bytes())
}
