package mail

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// smtpServer takes one message after another and sends each to got.
func smtpServer(t *testing.T) (port int, got chan string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got = make(chan string, 4)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go converse(c, got)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port, got
}

func converse(c net.Conn, got chan<- string) {
	defer c.Close()
	r := bufio.NewReader(c)
	say := func(s string) { _, _ = c.Write([]byte(s + "\r\n")) }
	say("220 test")
	var all strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		all.WriteString(line)
		switch verb := strings.ToUpper(strings.Fields(line + " x")[0]); verb {
		case "EHLO":
			say("250-test")
			say("250 8BITMIME")
		case "DATA":
			say("354 go")
			for line != ".\r\n" {
				if line, err = r.ReadString('\n'); err != nil {
					return
				}
				all.WriteString(line)
			}
			say("250 taken")
			got <- all.String()
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func newPost(t *testing.T) Post {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir() + "/test.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	ring, err := channel.NewKeyring(bytes.Repeat([]byte{1, 2}, channel.KeySize/2))
	if err != nil {
		t.Fatal(err)
	}
	return Post{Records: s.Records(), Keys: ring, Now: time.Now}
}

func TestSend(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m := Message{To: "asha@example.com", Subject: "Order ₹1,299 is late", Text: "See the desk.", Files: []File{{Name: "late.csv", Data: []byte("a,b\n")}}}
	if err := p.Send(t.Context(), m); !errors.Is(err, ErrOff) {
		t.Errorf("without a server: %v", err)
	}
	port, got := smtpServer(t)
	if err := p.Save(t.Context(), Server{Host: "127.0.0.1", Port: port, Security: Plain, From: "desk@example.com"}, ""); err != nil {
		t.Fatal(err)
	}
	if err := p.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	text := <-got
	for _, want := range []string{"MAIL FROM:<desk@example.com>", "RCPT TO:<asha@example.com>", "Subject: =?UTF-8?", "See the desk.", `filename="late.csv"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the message lacks %q\n%s", want, text)
		}
	}
	if err := p.Save(t.Context(), Server{}, ""); err != nil {
		t.Fatal(err)
	}
	if err := p.Send(t.Context(), m); !errors.Is(err, ErrOff) {
		t.Errorf("turned off: %v", err)
	}
}

// TestN45HeadersTakeNoLineBreaks: nobody adds a header or a recipient.
func TestN45HeadersTakeNoLineBreaks(t *testing.T) {
	t.Parallel()
	s := Server{From: "desk@example.com"}
	for _, m := range []Message{
		{To: "a@example.com\r\nBcc: evil@example.com", Subject: "x"},
		{To: "a@example.com", Subject: "x\r\nBcc: evil@example.com"},
		{To: "a@example.com, evil@example.com", Subject: "x"},
		{To: "not an address", Subject: "x"},
	} {
		if _, err := compose(s, m); err == nil {
			t.Errorf("%+v was composed", m)
		}
	}
}

func TestPasswordStaysWithItsServer(t *testing.T) {
	t.Parallel()
	p, ctx := newPost(t), t.Context()
	one := Server{Host: "smtp.example.com", Port: 587, Security: StartTLS, User: "desk", From: "desk@example.com"}
	if err := p.Save(ctx, one, "s3cret-word"); err != nil {
		t.Fatal(err)
	}
	got, err := p.Server(ctx)
	if err != nil || len(got.Sealed) == 0 || bytes.Contains(got.Sealed, []byte("s3cret-word")) {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := p.Save(ctx, one, ""); err != nil { // kept
		t.Fatal(err)
	}
	evil := one
	evil.Host = "smtp.evil.example"
	var faults order.FieldErrors
	if err := p.Save(ctx, evil, ""); !errors.As(err, &faults) || faults.For("password") == "" {
		t.Errorf("the password went to another server: %v", err)
	}
	for field, bad := range map[string]Server{
		"host":     {Host: "smtp://x", Port: 25, Security: TLS, From: "a@example.com"},
		"port":     {Host: "smtp.example.com", Port: 0, Security: TLS, From: "a@example.com"},
		"security": {Host: "smtp.example.com", Port: 25, Security: Plain, From: "a@example.com"},
		"from":     {Host: "smtp.example.com", Port: 25, Security: TLS, From: "Desk <a@example.com>"},
	} {
		if err := p.Save(ctx, bad, ""); !errors.As(err, &faults) || faults.For(field) == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
}
