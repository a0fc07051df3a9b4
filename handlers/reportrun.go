package handlers

import (
	"bytes"
	"context"
	"errors"
	"net/url"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/mail"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/timetable"
)

// makeReport makes the file of a scheduled report, with what its owner may ask
// now, and delivers it.
func (s *Server) makeReport(ctx context.Context, u account.User, k timetable.Kept) error {
	if !maySchedule(u) {
		return &jobError{"You may not take figures away any more.", errForbidden}
	}
	b, t, err := s.scheduledReport(ctx, u, k.Value.Report)
	if err != nil {
		return err
	}
	data, err := fileOf(t, k.Value.Spec.Format)
	if err != nil {
		return err
	}
	entry := account.Entry{At: s.Now(), Action: "export.figures", Object: "figures:report", By: string(u.ID), Via: "job", Ref: "schedule:" + k.ID, Note: rowsNote(t)}
	if _, err := s.Store.Audit().Append(ctx, entry); err != nil {
		return err
	}
	name := s.folderName(k, false)
	if k.Value.To == timetable.Folder {
		return s.uploads.put(bytes.NewReader(data), name)
	}
	return s.mailReport(ctx, u, k, b, mail.File{Name: name, Data: data})
}

// scheduledReport answers the question of a report as of now: days such as the
// last seven are those before this moment.
func (s *Server) scheduledReport(ctx context.Context, u account.User, question string) (b report.Build, t report.Table, err error) {
	raw, err := url.ParseQuery(question)
	if err != nil {
		return b, t, fieldFault("query", "The address of the report cannot be read.")
	}
	if b, err = s.insight().ParseBuild(ctx, raw); err != nil {
		return b, t, err
	}
	p, err := s.pivot(ctx, u, b)
	if err != nil {
		return b, t, err
	}
	return b, b.Table(p), nil
}

// mailReport sends a report to its owner.
func (s *Server) mailReport(ctx context.Context, u account.User, k timetable.Kept, b report.Build, f mail.File) error {
	page := s.PublicURL.JoinPath(builderPath)
	page.RawQuery = k.Value.Report
	m := mail.Message{To: u.Email, Subject: k.Value.Name + ": " + b.Range.Words(), Files: []mail.File{f},
		Text: "The report “" + k.Value.Name + "” of " + b.Range.Words() + ", made " + s.Now().In(s.Location).Format("Mon 2 Jan 2006, 15:04") + ", is attached.\n\n" +
			"The same report as of now:\n" + page.String() + "\n\nChange or stop these e-mails:\n" + s.PublicURL.JoinPath(reportSchedulesPath).String() + "\n"}
	err := s.post().Send(ctx, m)
	if err != nil && !errors.Is(err, mail.ErrOff) {
		return &jobError{"The mail server did not take it: " + mail.Reason(err), err}
	}
	return err
}
