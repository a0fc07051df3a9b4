package blinkit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// Where the vendor EDI takes the seller's documents [seen].
const (
	poAckPath = "/webhook/public/v1/po/acknowledgement"
	asnPath   = "/webhook/public/v1/asn"
)

// canPushPO tells what of a purchase order Blinkit is told: the verdict and the
// shipping notice. Packing, and what its warehouse received, it need not be.
func canPushPO(o order.Order, to order.Status) error {
	if !isPOID(o.Ref.PlatformOrderID) {
		return &ingest.UnsupportedError{Reason: "this purchase order did not come from Blinkit"}
	}
	switch {
	case to == order.Confirmed, to == order.Shipped, to == order.Cancelled && o.Reported.Status == order.Pending:
		return nil
	}
	return ingest.ErrUntold
}

// pushPO sends the verdict on a purchase order or the notice that its goods are
// on the way. Both may be sent again: the verdict is the same, and a notice is
// known by its invoice number [assumed].
func (p *Platform) pushPO(ctx context.Context, o order.Order, wish order.Wish) error {
	if err := canPushPO(o, wish.Status); err != nil {
		return err
	}
	po := purchaseOrder(o, p.set.gstin)
	if wish.Status == order.Shipped {
		return p.sendNotice(ctx, o, po, wish)
	}
	verdict := POAccepted
	if wish.Status == order.Cancelled {
		verdict = PORejected
	}
	err := p.post(ctx, poAckPath, po.reply(verdict, nil, p.now()), wish, func(res ingest.Response) error {
		var e envelope
		switch err := res.JSON(&e); {
		case err != nil:
			return err
		case e.Success == nil:
			return fmt.Errorf("%w: its answer does not say whether it succeeded", ingest.ErrTemporary)
		case !*e.Success:
			return e.failure(res.Header)
		}
		return nil
	})
	return p.poOutcome(err)
}

func (p *Platform) sendNotice(ctx context.Context, o order.Order, po PurchaseOrder, wish order.Wish) error {
	c, err := p.consignmentOf(o, wish)
	if err != nil {
		return &ingest.RefusedError{Reason: err.Error()}
	}
	notice, err := BuildASN(po, c)
	if err != nil {
		return &ingest.RefusedError{Reason: err.Error()}
	}
	err = p.post(ctx, asnPath, notice, wish, func(res ingest.Response) error {
		_, err := ReadASNAnswer(res.Body)
		return err
	})
	return p.poOutcome(err)
}

func (p *Platform) post(ctx context.Context, path string, document any, wish order.Wish, read func(ingest.Response) error) error {
	body, err := json.Marshal(document)
	if err != nil {
		return err
	}
	res, err := p.client.Do(ingest.Repeatable(ctx), opAny, func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.set.base.String()+path, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(headerKey, p.set.apiKey)
		req.Header.Set(headerVendor, p.set.vendorID)
		req.Header.Set(headerOnce, onceKey(wish.Key, path, body))
		return req, nil
	})
	if err != nil {
		return err
	}
	return read(res)
}

func (p *Platform) poOutcome(err error) error {
	var refused *ingest.RefusedError
	switch {
	case err == nil, errors.As(err, &refused):
		return err
	}
	if no := refusal(err); no != nil {
		return no
	}
	return fmt.Errorf("blinkit: purchase order: %w", err)
}
