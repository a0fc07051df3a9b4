package staff

import (
	"context"
	"fmt"
	"slices"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
)

// channelFaults refuses channels that do not exist: a user restricted to them
// would see nothing, and more than was meant once somebody makes one of that
// name.
func (o Office) channelFaults(ctx context.Context, c Change) (order.FieldErrors, error) {
	if c.Channels == nil || len(*c.Channels) == 0 {
		return nil, nil
	}
	known, err := o.Known(ctx)
	if err != nil {
		return nil, fmt.Errorf("staff: channels: %w", err)
	}
	for _, id := range *c.Channels {
		if !slices.ContainsFunc(known, func(k channel.Channel) bool { return k.ID == id }) {
			return order.FieldErrors{fault("channels", "There is no such channel. Choose from the list.")}, nil
		}
	}
	return nil, nil
}
