package mongo

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/bson"
)

func TestSettled(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_800_000_000_000)
	entry := func(seq int64, age time.Duration) changeDoc { return changeDoc{Seq: seq, LoggedAt: now.Add(-age)} }
	for name, tt := range map[string]struct {
		after int64
		log   []changeDoc
		want  []int64
	}{
		"none":                     {3, nil, nil},
		"in sequence":              {3, []changeDoc{entry(4, 0), entry(5, 0)}, []int64{4, 5}},
		"gap that may be filled":   {3, []changeDoc{entry(4, time.Second), entry(6, time.Second)}, []int64{4}},
		"gap at the start":         {3, []changeDoc{entry(5, 0)}, nil},
		"gap that will not be":     {3, []changeDoc{entry(4, time.Minute), entry(6, time.Minute), entry(7, 0)}, []int64{4, 6, 7}},
		"writer's clock is ahead":  {3, []changeDoc{entry(5, -time.Second)}, nil},
		"writer's clock is absurd": {3, []changeDoc{entry(5, -time.Hour)}, []int64{5}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []int64
			for _, c := range settled(tt.log, tt.after, now) {
				got = append(got, c.Seq)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUntilWritten(t *testing.T) {
	t.Parallel()
	tries := 0
	err := untilWritten(t.Context(), func(attempt int) (bool, error) {
		tries++
		return attempt == 3, nil
	})
	if err != nil || tries != 4 {
		t.Errorf("%d tries, %v; want 4", tries, err)
	}
	boom := errors.New("boom")
	if err := untilWritten(t.Context(), func(int) (bool, error) { return false, boom }); !errors.Is(err, boom) {
		t.Errorf("an error came back as %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = untilWritten(ctx, func(int) (bool, error) { cancel(); return false, nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after its context ended: %v", err)
	}
}

func TestChangeLogExpiresAfterADay(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	cur, err := e.db.Collection("changes").Indexes().List(t.Context())
	indexes, err := readAll[struct {
		Key   bson.D `bson:"key"`
		After int64  `bson:"expireAfterSeconds"`
	}](t.Context(), cur, err)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range indexes {
		if i.After == 24*60*60 && i.Key[0].Key == "loggedAt" {
			return
		}
	}
	t.Errorf("no such TTL index among %v", indexes)
}
