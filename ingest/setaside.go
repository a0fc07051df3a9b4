package ingest

import (
	"context"
	"errors"
	"fmt"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store"
)

func (s *Syncer) headerShelf() store.Shelf[map[string]string] {
	return store.Shelf[map[string]string]{Records: s.c.Store.Records(), Kind: channel.KindHeader}
}

// keepHeader keeps what reading a webhook again needs beside its body: on some
// platforms the topic stands in a header alone.
func (s *Syncer) keepHeader(ctx context.Context, channelID, quarantineID string, header map[string]string) error {
	if len(header) == 0 {
		return nil
	}
	err := s.headerShelf().Create(ctx, store.Record{ID: quarantineID, Owner: channelID, At: s.c.Now(), Version: 1}, header)
	if err != nil && !errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("quarantine: %w", err)
	}
	return nil
}

// DropQuarantined releases a record from quarantine with all that was kept of
// it. store.ErrNotFound when it is gone already.
func DropQuarantined(ctx context.Context, s store.Store, quarantineID string) error {
	if err := s.Channels().Release(ctx, quarantineID); err != nil {
		return err
	}
	if err := s.Records().Delete(ctx, channel.KindHeader, quarantineID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}
