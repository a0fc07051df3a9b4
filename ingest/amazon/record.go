package amazon

import (
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

var _ ingest.Reader = (*Platform)(nil)

// Read makes a report of one Order object of a page. Amazon dates its states
// itself, so that it does not matter when the object was seen.
func (p *Platform) Read(payload []byte, _ time.Time) (order.Report, error) {
	r, err := p.report(payload)
	if err != nil {
		return order.Report{}, fmt.Errorf("amazon: %w", err)
	}
	return r, nil
}
