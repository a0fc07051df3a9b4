package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/store/scope"
)

// keys under which a request carries what middleware found.
const (
	keyRequest = "request id"
	keySession = "session"
	keyBearer  = "bearer"
)

func requestID(c echo.Context) string { id, _ := c.Get(keyRequest).(string); return id }

// identify gives every request an id of ours; one from outside is not
// believed, since it would end up in the log.
func (s *Server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := rand.Text()
		c.Set(keyRequest, id)
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

// logged writes one line per request, with the pattern of the route instead
// of the address: queries and unknown paths may hold personal data.
func (s *Server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := s.Now()
		if err := next(c); err != nil {
			c.Error(err)
		}
		s.Log.LogAttrs(context.WithoutCancel(c.Request().Context()), slog.LevelInfo, "request",
			slog.String("request", requestID(c)), slog.String("method", knownMethod(c.Request().Method)),
			slog.String("route", routeOf(c)), slog.Int("status", c.Response().Status),
			slog.Int64("bytes", c.Response().Size), slog.Int64("ms", s.Now().Sub(start).Milliseconds()),
			slog.String("user", string(userOf(c).ID)), slog.String("ip", c.RealIP()))
		return nil
	}
}

// knownMethod keeps made-up methods out of the log.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// recovered turns a panic into an error that says nothing to the outside.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		return next(c)
	}
}

// policy is frontend.md §7: everything is a file of ours.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"

// secured sets the headers that every answer has, errors included.
func (s *Server) secured(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cache-Control", "no-store")
		if s.PublicURL.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		return next(c)
	}
}

// hosts is the set of names under which the program answers.
type hosts struct {
	exact    string // host or host:port, lower case
	loopback bool   // any loopback name, any port
}

func newHosts(public *url.URL) hosts {
	return hosts{exact: strings.ToLower(public.Host), loopback: isLoopback(public.Hostname())}
}

func isLoopback(name string) bool {
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback()
}

func (h hosts) know(host string) bool {
	if strings.EqualFold(host, h.exact) {
		return true
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), "0"
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil && h.loopback && isLoopback(name)
}

// rightHost refuses names that are not ours, which keeps DNS rebinding and
// poisoned links out. Health checks and Prometheus come under any name.
func (s *Server) rightHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if p := c.Path(); p != "/healthz" && p != "/readyz" && p != "/metrics" && !s.hosts.know(c.Request().Host) {
			return errHost
		}
		return next(c)
	}
}

// clientIP names the client: the peer, or what a trusted proxy says.
func clientIP(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	opts := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		ip := p.Masked().Addr()
		opts = append(opts, echo.TrustIPRange(&net.IPNet{IP: ip.AsSlice(), Mask: net.CIDRMask(p.Bits(), ip.BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(opts...)
}

// guarded puts a route's limits and its permission in front of its handler.
func (s *Server) guarded(r route) echo.HandlerFunc {
	body, within := r.body, r.time
	if body == 0 {
		body = maxForm
	}
	if within == 0 {
		within = requestTime
	}
	return func(c echo.Context) error {
		req := c.Request()
		if req.Header.Get("Content-Encoding") != "" {
			return errEncoding
		}
		if req.ContentLength > body {
			return &http.MaxBytesError{Limit: body}
		}
		req.Body = http.MaxBytesReader(c.Response().Writer, req.Body, body)
		if !r.stream {
			ctx, cancel := context.WithTimeout(req.Context(), within)
			defer cancel()
			c.SetRequest(req.WithContext(ctx))
		}
		if within > requestTime {
			if err := s.prolong(c, within); err != nil {
				return err
			}
		}
		if err := s.admit(c, r); err != nil {
			return err
		}
		if u := userOf(c); u.ID != "" {
			c.SetRequest(c.Request().WithContext(scope.With(c.Request().Context(), scope.Of(u))))
		}
		if r.fresh {
			if ok, err := s.confirmed(c); !ok {
				return err
			}
		}
		if r.once {
			return s.once(c, r.do)
		}
		return r.do(c)
	}
}

// prolong gives a route that moves large bodies more time on the connection
// than the server's usual deadlines.
func (s *Server) prolong(c echo.Context, within time.Duration) error {
	rc, until := http.NewResponseController(c.Response()), time.Now().Add(within)
	err := errors.Join(rc.SetReadDeadline(until), rc.SetWriteDeadline(until))
	if errors.Is(err, http.ErrNotSupported) {
		return nil // there is no connection, as in tests
	}
	return err
}
