package staff

import (
	"context"
	"errors"
	"fmt"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// Rules are what an administrator demands of everybody.
type Rules struct {
	// Factor demands a second factor; who has none sets it up at the next
	// sign-in.
	Factor bool `json:"factor"`
}

// KindSetting is the kind of records that hold the desk's settings, one each.
const KindSetting = "setting"

const rulesID = "access"

func (o Office) rules() store.Shelf[Rules] {
	return store.Shelf[Rules]{Records: o.Records, Kind: KindSetting}
}

// Rules reads the rules; without any nothing is demanded.
func (o Office) Rules(ctx context.Context) (Rules, error) {
	k, err := o.rules().Get(ctx, rulesID)
	if errors.Is(err, store.ErrNotFound) {
		return Rules{}, nil
	}
	if err != nil {
		return Rules{}, fmt.Errorf("staff: rules: %w", err)
	}
	return k.Value, nil
}

// SetRules changes the rules. Open sessions stay.
func (o Office) SetRules(ctx context.Context, by Actor, r Rules) error {
	err := o.rules().Create(ctx, store.Record{ID: rulesID, At: o.Now()}, r)
	if errors.Is(err, store.ErrConflict) {
		_, err = o.rules().Update(ctx, rulesID, func(k *store.Kept[Rules]) error { k.Value = r; return nil })
	}
	if err != nil {
		return fmt.Errorf("staff: rules: %w", err)
	}
	o.append(ctx, account.Entry{At: o.Now(), By: string(by.User.ID), Via: by.Via, IP: by.IP, Ref: by.Ref,
		Action: "setting.access", Object: "setting:access", Note: fmt.Sprintf("second factor demanded: %v", r.Factor)})
	return nil
}
