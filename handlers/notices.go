package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/mail"
	"github.com/palmonas/palmonas-crm/notice"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/scope"
	"github.com/palmonas/palmonas-crm/views/access"
)

// Board is where notices are kept and e-mails sent from.
func (s *Server) Board() notice.Board {
	return notice.Board{Store: s.whole, Post: s.post(), Now: s.Now, Log: s.Log, Address: s.PublicURL.String()}
}

func (s *Server) post() mail.Post {
	return mail.Post{Records: s.Store.Records(), Keys: s.Keys, Now: s.Now}
}

// CountFor counts up to limit orders of a list's address as this user would
// see them.
func (s *Server) CountFor(ctx context.Context, u account.User, query string, limit int) (int, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return 0, err
	}
	q, _, err := s.queryFor(ctx, u, values)
	if err != nil {
		return 0, err
	}
	return s.Store.Orders().Count(scope.With(ctx, scope.Of(u)), q.Where, limit)
}

func (s *Server) noticeRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	manage := may(account.SettingsManage)
	return []route{
		{get, "/notices", signedIn, s.showNotices, limits{}},
		{post, "/notices/mail", signedIn, s.noticesByMail, limits{}},
		{post, "/notices/watch", may(account.OrdersRead), s.watchView, limits{}},
		{get, "/settings/mail", manage, s.mailPage, limits{}},
		{post, "/settings/mail", manage, s.saveMail, limits{time: callTime, fresh: true}},
	}
}

// showNotices shows the notices, which are seen with that.
func (s *Server) showNotices(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	ctx, u, board := c.Request().Context(), userOf(c), s.Board()
	all, err := board.After(u.ScopedAt).List(ctx, u.ID)
	if err != nil {
		return err
	}
	v := access.NoticesView{Clock: s.clock(), Address: u.Email}
	for _, k := range all {
		v.Notices = append(v.Notices, access.NoticeRow{Text: k.Value.Text, Link: k.Value.Link, At: k.At, New: notice.IsNew(k)})
	}
	if v.ByMail, err = board.ByMail(ctx, u.ID); err != nil {
		return err
	}
	v.Figures = u.May(account.AnalyticsRead)
	if v.Morning, err = board.Morning(ctx, u.ID); err != nil {
		return err
	}
	if _, err = s.post().Server(ctx); err != nil && !errors.Is(err, mail.ErrOff) {
		return err
	}
	v.MailOff = errors.Is(err, mail.ErrOff)
	if u.May(account.OrdersRead) {
		if v.Views, err = s.watchRows(ctx, u); err != nil {
			return err
		}
	}
	if c.Request().Method == http.MethodGet {
		if err := board.Seen(ctx, u.ID); err != nil {
			return err
		}
	}
	return html(c, http.StatusOK, access.Notices(s.page(c, "Notices", "/notices"), v))
}

func (s *Server) watchRows(ctx context.Context, u account.User) ([]access.WatchRow, error) {
	list, err := s.book().List(ctx, u)
	if err != nil {
		return nil, err
	}
	on, err := s.Board().Watched(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	rows := make([]access.WatchRow, len(list))
	for i, k := range list {
		rows[i] = access.WatchRow{ID: k.ID, Name: k.Value.Name, On: on[k.ID]}
	}
	return rows, nil
}

func (s *Server) noticesByMail(c echo.Context) error {
	f, err := readForm(c, "on", "morning")
	if err != nil && !errors.Is(err, errMediaType) { // a box that is not ticked sends nothing at all
		return err
	}
	ctx, u := c.Request().Context(), userOf(c)
	if err := s.Board().SetByMail(ctx, u.ID, f.Get("on") == "yes"); err != nil {
		return err
	}
	if err := s.Board().SetMorning(ctx, u.ID, f.Get("morning") == "yes" && u.May(account.AnalyticsRead)); err != nil {
		return err
	}
	s.flash(c, doneSaved, 60)
	return seeOther(c, "/notices")
}

func (s *Server) watchView(c echo.Context) error {
	f, err := readForm(c, "view", "on")
	if err != nil {
		return err
	}
	ctx, u := c.Request().Context(), userOf(c)
	if _, err := s.book().Get(ctx, u, f.Get("view")); errors.Is(err, store.ErrNotFound) && f.Get("on") == "yes" {
		return fieldFault("view", "There is no such view.")
	} else if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err := s.Board().Watch(ctx, u.ID, f.Get("view"), f.Get("on") == "yes"); err != nil {
		return err
	}
	s.flash(c, doneSaved, 60)
	return seeOther(c, "/notices")
}

// mailPage shows the mail server, but for its password.
func (s *Server) mailPage(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	srv, err := s.post().Server(c.Request().Context())
	if err != nil && !errors.Is(err, mail.ErrOff) {
		return err
	}
	return html(c, http.StatusOK, access.Mail(s.page(c, "E-mail", "/settings"), mailView(c, srv)))
}

func mailView(c echo.Context, srv mail.Server) access.MailView {
	v := access.MailView{Host: srv.Host, Port: strconv.Itoa(srv.Port), Security: string(srv.Security), User: srv.User, From: srv.From,
		HasPassword: len(srv.Sealed) > 0, Address: userOf(c).Email}
	if srv.Port == 0 {
		v.Port, v.Security = "587", string(mail.StartTLS)
	}
	return v
}

func (s *Server) saveMail(c echo.Context) error {
	f, err := readForm(c, "host", "port", "security", "user", "password", "from", "do")
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(f.Get("port"))
	if err != nil {
		port = -1 // said at the field
	}
	srv := mail.Server{Host: f.Get("host"), Port: port, Security: mail.Security(f.Get("security")), User: f.Get("user"), From: f.Get("from")}
	ctx := c.Request().Context()
	faults, err := faultsOf(s.post().Save(ctx, srv, f.Get("password")))
	if err != nil {
		return err
	}
	v := mailView(c, srv)
	v.Port = cut(f.Get("port"), 9)
	if v.Errors = faults; len(faults) > 0 {
		return html(c, http.StatusUnprocessableEntity, access.Mail(s.page(c, "E-mail", "/settings"), v))
	}
	if err := s.audit(c, account.Entry{Action: "setting.mail", Object: "setting:mail"}); err != nil {
		return err
	}
	if f.Get("do") != "test" {
		s.flash(c, doneSaved, 60)
		return seeOther(c, "/settings/mail")
	}
	v.HasPassword = srv.User != ""
	switch err := s.post().Send(ctx, mail.Message{To: v.Address, Subject: "A test from the order desk", Text: "E-mail works.\n\n" + s.PublicURL.String() + "\n"}); {
	case errors.Is(err, mail.ErrOff):
		v.Tested, v.Failed = "Saved. Without a server nothing is sent.", true
	case err != nil:
		s.Log.Warn("test e-mail not sent", slog.String("request", requestID(c)), slog.Any("err", err))
		v.Tested, v.Failed = "Saved, but the server did not take the test: "+mail.Reason(err), true
	default:
		v.Tested = "Saved. The server took the test for " + v.Address + "."
	}
	return html(c, http.StatusOK, access.Mail(s.page(c, "E-mail", "/settings"), v))
}

// bell leads to the notices from every page. A count that fails is none.
func (s *Server) bell(c echo.Context, u account.User) templ.Component {
	n, err := s.Board().After(u.ScopedAt).Unread(c.Request().Context(), u.ID)
	if err != nil {
		s.Log.Warn("notices not counted", slog.String("request", requestID(c)), slog.Any("err", err))
	}
	return access.Bell(n)
}
