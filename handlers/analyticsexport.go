package handlers

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/export"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
)

// exportFigures answers one table of a page of figures as a file, with the
// page's own question.
func (s *Server) exportFigures(c echo.Context) error {
	name, format, ok := tableFile(c.Param("table"))
	if !ok {
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
	if err := s.audit(c, account.Entry{Action: "export.figures", Object: "figures:" + name, Note: rowsNote(t)}); err != nil {
		return err
	}
	return sendTable(c, fmt.Sprintf("%s-%s-%s", name, f.Range.From, f.Range.To), format, t)
}

func rowsNote(t report.Table) string { return strconv.Itoa(len(t.Rows)) + " rows" }

// tableFile splits the name of a file such as revenue.csv.
func tableFile(file string) (name string, f export.Format, ok bool) {
	dot := strings.LastIndexByte(file, '.')
	if dot < 0 {
		return "", "", false
	}
	f = export.Format(file[dot+1:])
	return file[:dot], f, slices.Contains(export.TableFormats(), f)
}

// sendTable sends a table as a file.
func sendTable(c echo.Context, name string, f export.Format, t report.Table) error {
	b, err := fileOf(t, f)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+name+"."+string(f)+`"`)
	return c.Blob(http.StatusOK, f.ContentType(), b)
}

// fileOf is a table as the bytes of a file.
func fileOf(t report.Table, f export.Format) ([]byte, error) {
	out := export.Table{Title: "Figures", Columns: t.Columns}
	for _, row := range t.Rows {
		cells := make([]export.Cell, len(row))
		for i, text := range report.Texts(row) {
			cells[i] = export.Cell{Text: text, JSON: row[i]}
			switch row[i].(type) {
			case int, float64, order.Money:
				cells[i].Number = true
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	var b bytes.Buffer
	err := out.Write(&b, f)
	return b.Bytes(), err
}
