package order

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// CustomerKey identifies the person behind orders of any channel: by phone,
// else by e-mail. It is opaque, so that it may stand in an address; empty when
// neither is known. Names and masked phones never identify anybody.
func CustomerKey(c Customer) string {
	if phone := NormalisePhone(c.Phone); strings.HasPrefix(phone, "+") {
		return customerKey("phone", phone)
	}
	if mail := foldText(c.Email); strings.Contains(mail, "@") {
		return customerKey("email", mail)
	}
	return ""
}

// CustomerKey is that of the order's customer. Where phone and e-mail are
// unknown the platform's own customer id serves, which means something within
// its channel only. A purchase order has no customer.
func (o Order) CustomerKey() string {
	if o.Kind == Purchase {
		return ""
	}
	c := o.ShipTo()
	if key := CustomerKey(c); key != "" {
		return key
	}
	if id := strings.TrimSpace(c.ID); id != "" {
		return customerKey("id", o.Ref.Channel+"\x00"+id)
	}
	return ""
}

func customerKey(kind, value string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + value))
	return base32.NewEncoding(crockford).WithPadding(base32.NoPadding).EncodeToString(sum[:15])
}
