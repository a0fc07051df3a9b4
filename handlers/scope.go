package handlers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/scope"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/access"
)

// errOwnerGone says that a job's owner may do nothing any more.
var errOwnerGone = errors.New("the owner's account is gone or disabled")

// asOwner is the context of a job that begins now. Its owner is read anew: the
// job may have waited, and its owner's channels may have changed meanwhile.
func (s *Server) asOwner(ctx context.Context, id account.ID) (context.Context, error) {
	u, err := s.whole.Users().Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && u.Disabled:
		return ctx, &jobError{"Whoever started this may not go on: the account is disabled.", errOwnerGone}
	case err != nil:
		return ctx, fmt.Errorf("job's owner: %w", err)
	}
	return scope.With(ctx, scope.Of(u)), nil
}

// knownChannels are all there are, whoever asks.
func (s *Server) knownChannels(ctx context.Context) ([]channel.Channel, error) {
	return s.whole.Channels().List(ctx)
}

// scopeChoices are all channels, with those that somebody is restricted to.
func (s *Server) scopeChoices(ctx context.Context, chosen []string) ([]access.ChannelChoice, error) {
	all, err := s.Store.Channels().List(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]access.ChannelChoice, len(all))
	for i, ch := range all {
		list[i] = access.ChannelChoice{ID: ch.ID, Name: ch.Name, Platform: views.PlatformName(ch.Platform), Chosen: slices.Contains(chosen, ch.ID)}
	}
	return list, nil
}
