package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/palmonas/palmonas-crm/channel"
)

// QuarantinedOne implements store.Channels.
func (r channels) QuarantinedOne(ctx context.Context, id string) (channel.Quarantined, error) {
	var d quarantinedDoc
	err := r.quarantine.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&d)
	return d.quarantined(), failed("read a quarantined record", err)
}

// QuarantineCount implements store.Channels.
func (r channels) QuarantineCount(ctx context.Context, channelID string) (int, error) {
	n, err := r.quarantine.CountDocuments(ctx, bson.D{{Key: "channel", Value: channelID}})
	return int(n), failed("count the quarantine", err)
}
