// Package mail sends the desk's e-mails through the SMTP server that an
// administrator named in the settings. Without one nothing is sent. It is made
// of github.com/wneessen/go-mail, which composes messages and refuses line
// breaks in headers.
package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// ErrOff says that no mail server is set up.
var ErrOff = errors.New("no mail server is set up")

// Security says how the connection is encrypted.
type Security string

// The kinds of security. Plain is for a server on this machine only.
const (
	StartTLS Security = "starttls" // usually port 587; refused without TLS
	TLS      Security = "tls"      // usually port 465
	Plain    Security = "plain"
)

// Server is the mail server of the settings.
type Server struct {
	Host     string   `json:"host"`
	Port     int      `json:"port"`
	Security Security `json:"security"`
	User     string   `json:"user,omitempty"`
	From     string   `json:"from"`
	Sealed   []byte   `json:"sealed,omitempty"` // the password
}

// Message is one e-mail in plain text.
type Message struct {
	To, Subject, Text string
	Files             []File
}

// File is an attachment.
type File struct {
	Name string
	Data []byte
}

// Post sends messages. It is safe for concurrent use.
type Post struct {
	Records store.Records
	Keys    *channel.Keyring
	Now     func() time.Time
}

const (
	settingID = "mail"
	sealPlace = "setting:mail"
	sendTime  = 30 * time.Second
)

func (p Post) shelf() store.Shelf[Server] {
	return store.Shelf[Server]{Records: p.Records, Kind: "setting"}
}

// Server is the one of the settings; ErrOff without one.
func (p Post) Server(ctx context.Context) (Server, error) {
	k, err := p.shelf().Get(ctx, settingID)
	if errors.Is(err, store.ErrNotFound) || err == nil && k.Value.Host == "" {
		return Server{}, ErrOff
	}
	if err != nil {
		return Server{}, fmt.Errorf("mail: settings: %w", err)
	}
	return k.Value, nil
}

// Save checks and stores the server; an empty host turns mail off. An empty
// password keeps the one that is stored. Faults are order.FieldErrors.
func (p Post) Save(ctx context.Context, s Server, password string) error {
	if faults := s.faults(); len(faults) > 0 {
		return faults
	}
	old, err := p.Server(ctx)
	if err != nil && !errors.Is(err, ErrOff) {
		return err
	}
	switch {
	case s.User == "":
	case password != "":
		if s.Sealed, err = p.Keys.Seal(sealPlace, channel.Secrets{Credentials: map[string]string{"password": password}}); err != nil {
			return fmt.Errorf("mail: %w", err)
		}
	case old.Host == s.Host && old.User == s.User:
		s.Sealed = old.Sealed
	default: // a password is never sent to another server than it was meant for
		return order.FieldErrors{{Field: "password", Message: "Enter the password of this user at this server."}}
	}
	err = p.shelf().Create(ctx, store.Record{ID: settingID, At: p.Now()}, s)
	if errors.Is(err, store.ErrConflict) {
		_, err = p.shelf().Update(ctx, settingID, func(k *store.Kept[Server]) error { k.Value = s; return nil })
	}
	if err != nil {
		return fmt.Errorf("mail: settings: %w", err)
	}
	return nil
}

func (s Server) faults() (faults order.FieldErrors) {
	if s.Host == "" {
		return nil
	}
	add := func(field, message string) {
		faults = append(faults, order.FieldError{Field: field, Message: message})
	}
	if strings.ContainsAny(s.Host, " /:@\r\n") || len(s.Host) > 253 {
		add("host", "Write the server's name, such as smtp.example.com.")
	}
	if s.Port < 1 || s.Port > 65535 {
		add("port", "Ports go from 1 to 65535; 587 and 465 are usual.")
	}
	switch s.Security {
	case StartTLS, TLS:
	case Plain:
		if ip := net.ParseIP(s.Host); s.Host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			add("security", "Without encryption only a server on this machine is used.")
		}
	default:
		add("security", "Choose how the connection is encrypted.")
	}
	if a, err := netmail.ParseAddress(s.From); err != nil || a.Address != s.From {
		add("from", "Write the address that e-mails come from.")
	}
	return faults
}

// Send sends one message and returns when the server took it; ErrOff without a
// server.
func (p Post) Send(ctx context.Context, m Message) error {
	s, err := p.Server(ctx)
	if err != nil {
		return err
	}
	msg, err := compose(s, m)
	if err != nil {
		return err
	}
	client, err := p.client(s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return nil
}

func (p Post) client(s Server) (*gomail.Client, error) {
	options := []gomail.Option{gomail.WithPort(s.Port), gomail.WithTimeout(sendTime)}
	switch s.Security {
	case TLS:
		options = append(options, gomail.WithSSL())
	case Plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.User != "" {
		secrets, err := p.Keys.Open(sealPlace, s.Sealed)
		if err != nil {
			return nil, fmt.Errorf("mail: password: %w", err)
		}
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(secrets.Credentials["password"]))
	}
	c, err := gomail.NewClient(s.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail: %s: %w", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)), err)
	}
	return c, nil
}

func compose(s Server, m Message) (*gomail.Msg, error) {
	if strings.ContainsAny(m.Subject, "\r\n") || strings.ContainsAny(m.To, "\r\n") {
		return nil, errors.New("mail: a line break in a header")
	}
	msg := gomail.NewMsg()
	if err := msg.From(s.From); err != nil {
		return nil, fmt.Errorf("mail: from: %w", err)
	}
	if err := msg.To(m.To); err != nil {
		return nil, fmt.Errorf("mail: to: %w", err)
	}
	msg.Subject(m.Subject)
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	for _, f := range m.Files {
		if err := msg.AttachReader(f.Name, bytes.NewReader(f.Data)); err != nil {
			return nil, fmt.Errorf("mail: attach: %w", err)
		}
	}
	return msg, nil
}

// Reason words for the administrator who sets mail up why a message was not
// taken; it holds what the server or the network said, never a password.
func Reason(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	text := strings.Join(strings.Fields(err.Error()), " ")
	return text[:min(len(text), 300)]
}
