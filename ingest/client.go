package ingest

import (
	"context"
	"net/http"
	"time"
)

// Limit is a token bucket: Rate tokens a second, at most Burst at once.
type Limit struct {
	Rate  float64
	Burst int
}

// ClientOptions are an adapter's rules for talking to its platform.
type ClientOptions struct {
	HTTP *http.Client
	// Limits by operation name; an operation without one is not limited.
	Limits map[string]Limit
	// LearnRate reads the rate that the platform announces in an answer, if it
	// does; the bucket of the operation then follows it. Optional.
	LearnRate func(op string, h http.Header) (perSecond float64, ok bool)
	// Attempts bounds the tries of one call, the first included. Default 4.
	Attempts int
	// MaxBody bounds an answer in bytes. Default 32 MiB.
	MaxBody int64
	// MaxWait bounds one wait, for a token or after a failure; a call that had
	// to wait longer fails at once with *LimitError or ErrTemporary. Default 1 minute.
	MaxWait time.Duration
	Now     func() time.Time
	// Sleep waits or returns the context's error; tests replace it.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Response is a complete answer with a 2xx status.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}
