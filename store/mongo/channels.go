package mongo

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
)

// channels implements store.Channels; its runs and quarantine are in runs.go.
type channels struct {
	coll, progress, runs, quarantine *mongo.Collection
}

type channelDoc struct {
	ID        string        `bson:"_id"`
	Platform  string        `bson:"platform"`
	Adapter   string        `bson:"adapter"`
	Name      string        `bson:"name"`
	BaseURL   string        `bson:"baseUrl,omitempty"`
	Options   []pairDoc     `bson:"options,omitempty"`
	Sealed    []byte        `bson:"sealed,omitempty"`
	Words     wordsDoc      `bson:"words,omitempty"`
	Enabled   bool          `bson:"enabled"`
	Interval  time.Duration `bson:"interval"` // nanoseconds
	Version   int64         `bson:"version"`
	CreatedAt time.Time     `bson:"createdAt,omitempty"`
	UpdatedAt time.Time     `bson:"updatedAt,omitempty"`
}

type wordsDoc struct {
	Version int       `bson:"version,omitempty"`
	Rules   []ruleDoc `bson:"rules,omitempty"`
}

type ruleDoc struct {
	Word      string `bson:"word"`
	Status    string `bson:"status"`
	SubStatus string `bson:"subStatus,omitempty"`
	Flag      string `bson:"flag,omitempty"`
}

func toWordsDoc(m channel.WordMap) wordsDoc {
	d := wordsDoc{Version: m.Version}
	for _, r := range m.Rules {
		d.Rules = append(d.Rules, ruleDoc{r.Word, string(r.Status), r.SubStatus, string(r.Flag)})
	}
	return d
}

func (d wordsDoc) words() channel.WordMap {
	m := channel.WordMap{Version: d.Version}
	for _, r := range d.Rules {
		m.Rules = append(m.Rules, channel.WordRule{Word: r.Word, Status: order.Status(r.Status), SubStatus: r.SubStatus, Flag: order.Flag(r.Flag)})
	}
	return m
}

// pairDoc is an entry of a map. Maps are kept as lists, since their keys are
// other people's words and field names may not hold everything.
type pairDoc struct {
	Name  string `bson:"name"`
	Value string `bson:"value"`
}

func toPairs(m map[string]string) []pairDoc {
	var list []pairDoc
	for k, v := range m {
		list = append(list, pairDoc{k, v})
	}
	slices.SortFunc(list, func(a, b pairDoc) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func fromPairs(list []pairDoc) map[string]string {
	if list == nil {
		return nil
	}
	m := make(map[string]string, len(list))
	for _, p := range list {
		m[p.Name] = p.Value
	}
	return m
}

func toChannelDoc(c channel.Channel) channelDoc {
	return channelDoc{ID: c.ID, Platform: string(c.Platform), Adapter: c.Adapter, Name: c.Name, BaseURL: c.BaseURL, Options: toPairs(c.Options),
		Sealed: c.Sealed, Words: toWordsDoc(c.Words), Enabled: c.Enabled, Interval: c.Interval, Version: c.Version, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
}

func (d channelDoc) channel() channel.Channel {
	return channel.Channel{ID: d.ID, Platform: order.Platform(d.Platform), Adapter: d.Adapter, Name: d.Name, BaseURL: d.BaseURL,
		Options: fromPairs(d.Options), Sealed: d.Sealed, Words: d.Words.words(), Enabled: d.Enabled, Interval: d.Interval, Version: d.Version,
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt}
}

// Get implements store.Channels.
func (r channels) Get(ctx context.Context, id string) (channel.Channel, error) {
	var d channelDoc
	err := r.coll.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&d)
	return d.channel(), failed("read channel", err)
}

// List implements store.Channels.
func (r channels) List(ctx context.Context) ([]channel.Channel, error) {
	cur, err := r.coll.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	docs, err := readAll[channelDoc](ctx, cur, err)
	if err != nil {
		return nil, failed("list channels", err)
	}
	var list []channel.Channel
	for _, d := range docs {
		list = append(list, d.channel())
	}
	return list, nil
}

// Create implements store.Channels.
func (r channels) Create(ctx context.Context, c channel.Channel) error {
	_, err := r.coll.InsertOne(ctx, toChannelDoc(c))
	return failed("create channel", err)
}

// Update implements store.Channels. A change raises the version.
func (r channels) Update(ctx context.Context, id string, fn func(*channel.Channel) error) (channel.Channel, error) {
	d, err := update(ctx, r.coll, id, func(d channelDoc) (channelDoc, int64, error) {
		c := d.channel()
		err := fn(&c)
		c.ID, c.Version = id, d.Version+1
		return toChannelDoc(c), d.Version, err
	})
	return d.channel(), err
}
