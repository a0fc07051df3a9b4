package handlers

import (
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/orderjson"
	"github.com/palmonas/palmonas-crm/store"
)

// channelJSON is a channel as the API tells of one: how it does, never what it
// signs in with.
type channelJSON struct {
	ID           string         `json:"id"`
	Platform     order.Platform `json:"platform"`
	Adapter      string         `json:"adapter"`
	Name         string         `json:"name"`
	Enabled      bool           `json:"enabled"`
	Interval     int            `json:"intervalSeconds"`
	LastSuccess  orderjson.Time `json:"lastSuccessAt"`
	CompleteUpTo orderjson.Time `json:"completeUpTo"`
	Failures     int            `json:"failures"`
	Quarantined  int            `json:"quarantined"`
	Backlog      int            `json:"backlog"`
	LastRun      *runJSON       `json:"lastRun"`
}

type runJSON struct {
	ID         string          `json:"id"`
	Kind       channel.RunKind `json:"kind"`
	StartedAt  orderjson.Time  `json:"startedAt"`
	FinishedAt orderjson.Time  `json:"finishedAt"`
	tallyJSON
	Failed bool `json:"failed"`
}

type tallyJSON struct {
	Fetched   int `json:"fetched"`
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Rejected  int `json:"rejected"`
}

func (s *Server) apiListChannels(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	all, err := s.Store.Channels().List(c.Request().Context())
	if err != nil {
		return err
	}
	out := make([]channelJSON, len(all))
	for i, ch := range all {
		if out[i], err = s.asChannelJSON(c, ch); err != nil {
			return err
		}
	}
	return c.JSON(http.StatusOK, map[string]any{"channels": out})
}

func (s *Server) asChannelJSON(c echo.Context, ch channel.Channel) (channelJSON, error) {
	ctx := c.Request().Context()
	row, err := s.channelRow(ctx, ch)
	if err != nil {
		return channelJSON{}, err
	}
	p, err := s.Store.Channels().Progress(ctx, ch.ID)
	if err != nil {
		return channelJSON{}, err
	}
	out := channelJSON{ID: ch.ID, Platform: ch.Platform, Adapter: ch.Adapter, Name: ch.Name, Enabled: ch.Enabled,
		Interval: int(ch.Interval.Seconds()), LastSuccess: orderjson.Time{Time: p.LastSuccess}, CompleteUpTo: orderjson.Time{Time: row.Complete},
		Failures: p.Failures, Quarantined: row.Quarantined, Backlog: row.Backlog}
	if r := p.LastRun; r.ID != "" {
		// The words of a failure may quote the platform; they stay on the page.
		out.LastRun = &runJSON{ID: r.ID, Kind: r.Kind, StartedAt: orderjson.Time{Time: r.Started}, FinishedAt: orderjson.Time{Time: r.Finished},
			tallyJSON: tallyJSON(r.Tally), Failed: r.Error != ""}
	}
	return out, nil
}

// apiSync starts a pull of one channel and does not wait for its end.
func (s *Server) apiSync(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	ctx := c.Request().Context()
	ch, err := s.Store.Channels().Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	if s.Sync == nil {
		return notHere()
	}
	err = s.Sync.Trigger(ctx, ch.ID, string(userOf(c).ID))
	running := errors.Is(err, ingest.ErrRunning)
	if err != nil && !running {
		return s.pullRefused(c, err)
	}
	s.Log.Info("sync started", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)), slog.String("channel", ch.ID))
	return c.JSON(http.StatusAccepted, map[string]any{"channel": ch.ID, "alreadyRunning": running})
}

// jobJSON is long work as the API tells of it.
type jobJSON struct {
	ID         string         `json:"id"`
	Kind       string         `json:"kind"`
	Title      string         `json:"title"`
	State      store.JobState `json:"state"`
	Done       int            `json:"done"`
	Of         int            `json:"of"`
	Channel    string         `json:"channel,omitempty"`
	Tally      tallyJSON      `json:"tally"`
	Error      string         `json:"error,omitempty"`
	Files      []string       `json:"files"`
	StartedAt  orderjson.Time `json:"startedAt"`
	FinishedAt orderjson.Time `json:"finishedAt"`
}

func asJobJSON(j store.Job) jobJSON {
	files := slices.AppendSeq([]string{}, maps.Keys(j.Files))
	slices.Sort(files)
	return jobJSON{Files: files, ID: j.ID, Kind: j.Kind, Title: j.Title, State: j.State, Done: j.Done, Of: j.Of, Channel: j.Channel,
		Tally: tallyJSON(j.Tally), Error: j.Error, StartedAt: orderjson.Time{Time: j.Started}, FinishedAt: orderjson.Time{Time: j.Finished}}
}

func (s *Server) apiJob(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	j, _, err := s.job(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, asJobJSON(j))
}
