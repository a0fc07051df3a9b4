package store

import (
	"context"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Transfer reads and writes what a store keeps as it stands, where its other
// methods decide something on the way. Both engines have it, for moving a
// database from one to the other; nobody else may use the target meanwhile.
type Transfer interface {
	// PutOrders stores new orders with everything they have, under their ids. An
	// id or ref that is taken is ErrConflict; what became of the others is open.
	PutOrders(ctx context.Context, orders []order.Order) error
	// EachRecord calls fn for every record. An error from fn ends it and is
	// returned untouched.
	EachRecord(ctx context.Context, fn func(Record) error) error
	// PutRecords stores new records under the versions they have. ErrConflict as
	// above.
	PutRecords(ctx context.Context, records []Record) error
	// EachMessage calls fn for every message of the inbox, finished ones too.
	EachMessage(ctx context.Context, fn func(FiledMessage) error) error
	// PutMessages stores new messages, which get new ids. ErrConflict as above.
	PutMessages(ctx context.Context, messages []FiledMessage) error
}

// FiledMessage is a message as the inbox keeps it. One that is finished has no
// body and is there to recognise repeats.
type FiledMessage struct {
	Message
	Finished time.Time // zero while it is not
}
