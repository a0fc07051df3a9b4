package shop

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Gate stands in front of a platform's handler: it lets the faults of the shop
// happen and keeps the record of calls. refuse writes the platform's own body
// for 429 and 500. The operation in the record is the pattern that a ServeMux
// inside next matched.
func (s *Shop) Gate(next http.Handler, refuse func(w http.ResponseWriter, r *http.Request, status int)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := s.Faults()
		rec := &statusWriter{ResponseWriter: w}
		at := s.cfg.Now()
		defer func() { s.log(Call{At: at, Op: r.Pattern, Path: r.URL.Path, Status: rec.status}) }()
		if f.Slow > 0 && (f.SlowShare >= 1 || s.Roll(f.SlowShare)) && !pause(r, f.Slow) {
			return
		}
		switch {
		case s.Roll(f.Hang):
			<-r.Context().Done()
		case s.Roll(f.TooMany):
			refuse(rec, r, http.StatusTooManyRequests)
		case s.Roll(f.ServerError):
			refuse(rec, r, http.StatusInternalServerError)
		case s.Roll(f.HTML):
			rec.Header().Set("Content-Type", "text/html; charset=UTF-8")
			_, _ = io.WriteString(rec, "<!DOCTYPE html><html><head><title>One moment</title></head><body><h1>Checking your browser</h1></body></html>")
		case s.Roll(f.Drop):
			cut(rec, r, next)
		default:
			next.ServeHTTP(rec, r)
		}
	})
}

func pause(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// cut lets the call take effect, sends half of the answer and closes the
// connection.
func cut(w *statusWriter, r *http.Request, next http.Handler) {
	whole := &held{header: http.Header{}, status: http.StatusOK}
	next.ServeHTTP(whole, r)
	w.status = whole.status
	if half := whole.body.Len() / 2; half > 0 {
		for name, values := range whole.header {
			w.Header()[name] = values
		}
		w.Header().Set("Content-Length", strconv.Itoa(whole.body.Len()))
		w.WriteHeader(whole.status)
		_, _ = w.Write(whole.body.Bytes()[:half])
		_ = http.NewResponseController(w.ResponseWriter).Flush() // what cannot be flushed is not sent at all: cut as well
	}
	panic(http.ErrAbortHandler)
}

// held keeps an answer instead of sending it.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *held) Header() http.Header         { return h.header }
func (h *held) WriteHeader(status int)      { h.status = status }
func (h *held) Write(p []byte) (int, error) { return h.body.Write(p) }

// statusWriter remembers the status of an answer; 0 means none was given.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Call is one request that a platform received.
type Call struct {
	At     time.Time // by the true clock, without skew
	Op     string    // pattern of the route, empty when a fault came first
	Path   string
	Status int // 0: no answer
}

// maxCalls bounds how many calls are remembered one by one.
const maxCalls = 4096

// callLog remembers the newest calls and counts all of them by status.
type callLog struct {
	recent []Call
	counts map[int]int
}

func (s *Shop) log(c Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls.counts == nil {
		s.calls.counts = map[int]int{}
	}
	s.calls.counts[c.Status]++
	if len(s.calls.recent) == maxCalls {
		s.calls.recent = append(s.calls.recent[:0], s.calls.recent[maxCalls/2:]...)
	}
	s.calls.recent = append(s.calls.recent, c)
}

// Calls returns the newest calls, at most a few thousand, and how many there
// were of each status; 429 answers are the calls over the limit.
func (s *Shop) Calls() (recent []Call, byStatus map[int]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	byStatus = make(map[int]int, len(s.calls.counts))
	for status, n := range s.calls.counts {
		byStatus[status] = n
	}
	return append(recent, s.calls.recent...), byStatus
}
