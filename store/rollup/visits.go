package rollup

import (
	"cmp"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
)

// EncodeVisits writes visits, as engines keep those of one customer.
func EncodeVisits(visits []report.Visit) []byte { return encodeVisits(visits) }

// DecodeVisits reads what EncodeVisits wrote.
func DecodeVisits(doc []byte) ([]report.Visit, error) { return decodeVisits(doc) }

// Replace puts one day's visits of a customer in the place of those that were
// known, and sorts all by day and channel.
func Replace(all []report.Visit, day report.Day, visits []report.Visit) []report.Visit {
	list := make([]report.Visit, 0, len(all)+len(visits))
	for _, v := range all {
		if v.Day != day {
			list = append(list, v)
		}
	}
	list = append(list, visits...)
	slices.SortFunc(list, func(a, b report.Visit) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), compareChannels(a.Channel, b.Channel))
	})
	return list
}

// words numbers texts by first use.
type words struct {
	at   map[string]int
	list []string
}

func (x *words) place(s string) int { return x.placeOf([]byte(s)) }

func (x *words) placeOf(s []byte) int {
	i, ok := x.at[string(s)]
	if !ok {
		if x.at == nil {
			x.at = map[string]int{}
		}
		i = len(x.list)
		word := string(s)
		x.at[word], x.list = i, append(x.list, word)
	}
	return i
}

func encodeVisits(visits []report.Visit) []byte {
	var texts words
	body := &writer{b: make([]byte, 0, 64*len(visits))}
	body.count(len(visits))
	customer := ""
	day, moment := int64(0), int64(0)
	for _, v := range visits {
		if v.Customer == customer {
			body.text("")
		} else {
			body.text(v.Customer)
		}
		customer = v.Customer
		body.count(texts.place(v.Channel.ID))
		body.count(texts.place(string(v.Channel.Platform)))
		body.count(texts.place(v.State))
		body.text(v.Pincode)
		body.count(v.Orders)
		body.count(v.Returned)
		body.count(v.Units)
		body.signed(v.Gross)
		body.signed(v.Gross - v.Net)
		body.signed(int64(v.Day) - day)
		body.signed(v.First.UnixMilli() - moment)
		body.signed(v.Last.UnixMilli() - v.First.UnixMilli())
		day, moment = int64(v.Day), v.First.UnixMilli()
	}
	w := &writer{}
	w.count(formVersion)
	w.count(len(texts.list))
	for _, s := range texts.list {
		w.text(s)
	}
	return append(w.b, body.b...)
}

func decodeVisits(doc []byte) ([]report.Visit, error) {
	if len(doc) == 0 {
		return nil, nil
	}
	r := &reader{b: doc}
	if r.count() != formVersion {
		return nil, errDocument
	}
	texts := readWords(r, r.text)
	customer := ""
	day, moment := int64(0), int64(0)
	list := readList(r, func(v *report.Visit) {
		if s := r.text(); s != "" {
			customer = s
		}
		v.Customer = customer
		v.Channel = report.Channel{ID: word(r, texts), Platform: order.Platform(word(r, texts))}
		v.State, v.Pincode = word(r, texts), r.text()
		v.Orders, v.Returned, v.Units = int(r.uvarint()), int(r.uvarint()), int(r.uvarint())
		v.Gross = r.signed()
		v.Net = v.Gross - r.signed()
		day += r.signed()
		moment += r.signed()
		v.Day, v.First = report.Day(day), time.UnixMilli(moment).UTC()
		v.Last = time.UnixMilli(moment + r.signed()).UTC()
	})
	return list, r.end()
}
