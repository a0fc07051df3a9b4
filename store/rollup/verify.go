package rollup

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/palmonas/palmonas-crm/report"
)

// Verify implements store.Figures: first each day against its orders, then the
// customers against the days, then the sums against the customers. The latter
// two are left out when days changed meanwhile.
func (k *Keeper) Verify(ctx context.Context, fn func(report.Difference) error) error {
	v := &verifier{Keeper: k, tell: fn, seed: maphash.MakeSeed()}
	err := v.all(ctx)
	if err == nil || v.told != nil {
		return v.told
	}
	return fmt.Errorf("verify: %w", err)
}

type verifier struct {
	*Keeper
	tell   func(report.Difference) error
	told   error // what tell returned
	seed   maphash.Seed
	visits uint64 // digest of all visits, in whatever order
	moving bool   // days changed meanwhile
}

func (v *verifier) differ(d report.Difference) error {
	v.told = v.tell(d)
	return v.told
}

func (v *verifier) all(ctx context.Context) error {
	kept, err := v.engine.Revisions(ctx, report.Ever())
	if err != nil {
		return err
	}
	occupied, err := v.engine.Occupied(ctx)
	if err != nil {
		return err
	}
	at := map[report.Day]Revision{}
	for _, d := range occupied {
		at[d] = Revision{Day: d}
	}
	for _, r := range kept {
		at[r.Day] = r
	}
	days := make([]Revision, 0, len(at))
	for _, r := range at {
		days = append(days, r)
	}
	slices.SortFunc(days, func(a, b Revision) int { return int(a.Day - b.Day) })
	for _, r := range days {
		if err := v.day(ctx, r); err != nil {
			return err
		}
	}
	if v.moving {
		return nil
	}
	return v.people(ctx, days)
}

// day compares one day with a recount. A Revision without number is not kept.
func (v *verifier) day(ctx context.Context, r Revision) error {
	kept, err := v.read(ctx, PartFigures, r.Day)
	if err != nil {
		return err
	}
	keptSales, err := v.read(ctx, PartSales, r.Day)
	if err != nil {
		return err
	}
	keptVisits, err := v.read(ctx, PartVisits, r.Day)
	if err != nil {
		return err
	}
	t, err := v.count(ctx, r.Day)
	if err != nil {
		return err
	}
	if steady, err := v.steady(ctx, r); err != nil || !steady {
		v.moving = true
		return err
	}
	if err := v.compare(r.Day, kept, keptSales, t.Figures()); err != nil {
		return err
	}
	want := t.Visits()
	for _, x := range want {
		v.visits += v.digest(x)
	}
	have, err := decodeVisits(keptVisits)
	if err != nil {
		return v.differ(report.Difference{Day: r.Day, What: "visits", Kept: err.Error(), Want: "readable"})
	}
	for _, c := range changes(have, want) {
		was := slices.DeleteFunc(slices.Clone(have), func(x report.Visit) bool { return x.Customer != c.Customer })
		d := report.Difference{Day: r.Day, What: "visits of customer " + c.Customer, Kept: wordVisits(was), Want: wordVisits(c.Visits)}
		if err := v.differ(d); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) read(ctx context.Context, p Part, d report.Day) (doc []byte, err error) {
	err = v.engine.Read(ctx, p, []report.Day{d}, func(_ Revision, b []byte) error { doc = bytes.Clone(b); return nil })
	return doc, err
}

// steady reports that a day is as it was, and not dirty.
func (v *verifier) steady(ctx context.Context, r Revision) (bool, error) {
	one := report.Range{From: r.Day, To: r.Day}
	marks, err := v.engine.Marks(ctx, one, 1)
	if err != nil || len(marks) > 0 {
		return false, err
	}
	now, err := v.engine.Revisions(ctx, one)
	if r.Number == 0 {
		return len(now) == 0, err
	}
	return len(now) == 1 && now[0] == r, err
}

func (v *verifier) compare(d report.Day, kept, sales []byte, want *report.DayFigures) error {
	have := &report.DayFigures{Day: d}
	var err error
	if len(kept) > 0 {
		if have, err = decodeFigures(kept, v.names); err != nil {
			return v.differ(report.Difference{Day: d, What: "figures", Kept: err.Error(), Want: "readable"})
		}
	}
	if len(sales) > 0 {
		if have.Sales, err = decodeSales(sales, v.names); err != nil {
			return v.differ(report.Difference{Day: d, What: "sales", Kept: err.Error(), Want: "readable"})
		}
	}
	names := v.names.Names()
	if bytes.Equal(encodeFigures(have, names), encodeFigures(want, names)) && bytes.Equal(encodeSales(have.Sales, names), encodeSales(want.Sales, names)) {
		return nil
	}
	for _, x := range report.Differences(have, want, names) {
		if err := v.differ(x); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) digest(x report.Visit) uint64 {
	return maphash.Bytes(v.seed, encodeVisits([]report.Visit{x}))
}

// people compares the kept customers with the visits of all days, and the sums
// with the customers.
func (v *verifier) people(ctx context.Context, days []Revision) error {
	want := report.CustomerSums{}
	digest := uint64(0)
	err := v.engine.Everybody(ctx, func(kept report.Customer, visits []report.Visit) error {
		for _, x := range visits {
			digest += v.digest(x)
		}
		want.AddCustomer(visits, 1)
		if is := report.CustomerOf(visits); wordCustomer(is) != wordCustomer(kept) {
			return v.differ(report.Difference{What: "customer " + kept.Key, Kept: wordCustomer(kept), Want: wordCustomer(is)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if digest != v.visits {
		if err := v.eachPerson(ctx, days); err != nil {
			return err
		}
	}
	have, err := v.engine.Sums(ctx, report.SumKinds()...)
	if err != nil {
		return err
	}
	for k := range want {
		if _, ok := have[k]; !ok {
			have[k] = report.CustomerSum{}
		}
	}
	for k, h := range have {
		if w := want[k]; w != h {
			if err := v.differ(report.Difference{What: wordSum(k), Kept: fmt.Sprint(h), Want: fmt.Sprint(w)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachPerson finds out whose visits differ between days and customers.
func (v *verifier) eachPerson(ctx context.Context, days []Revision) error {
	extra := map[string]int{} // visits a customer has more than the days
	err := v.engine.Everybody(ctx, func(c report.Customer, visits []report.Visit) error {
		extra[c.Key] += len(visits)
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range days {
		doc, err := v.read(ctx, PartVisits, r.Day)
		if err != nil {
			return err
		}
		visits, err := decodeVisits(doc)
		if err != nil {
			return err
		}
		for len(visits) > 0 {
			var want []report.Visit
			want, visits = cut(visits, visits[0].Customer)
			if err := v.person(ctx, r.Day, want, extra); err != nil {
				return err
			}
		}
	}
	for key, n := range extra {
		if n > 0 {
			if err := v.differ(report.Difference{What: "customer " + key, Kept: fmt.Sprint(n, " days more"), Want: "only days with orders"}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *verifier) person(ctx context.Context, d report.Day, want []report.Visit, extra map[string]int) error {
	key := want[0].Customer
	extra[key] -= len(want)
	have, err := v.engine.Visits(ctx, key)
	if err != nil {
		return err
	}
	have = slices.DeleteFunc(have, func(x report.Visit) bool { return x.Day != d })
	if slices.EqualFunc(have, want, sameVisit) {
		return nil
	}
	return v.differ(report.Difference{Day: d, What: "customer " + key, Kept: wordVisits(have), Want: wordVisits(want)})
}

func wordVisits(visits []report.Visit) string {
	if len(visits) == 0 {
		return "none"
	}
	return wordCustomer(report.CustomerOf(visits))
}

// wordCustomer leaves out where the customer lives.
func wordCustomer(c report.Customer) string {
	const form = "2006-01-02T15:04:05.000Z"
	return fmt.Sprintf("orders=%d returned=%d units=%d gross=%d net=%d first=%s last=%s", c.Orders, c.Returned, c.Units, c.Gross, c.Net,
		c.First.UTC().Format(form), c.Last.UTC().Format(form))
}

func wordSum(k report.SumKey) string {
	switch k.Kind {
	case report.SumOften:
		return fmt.Sprintf("customers with %d orders", int(k.A))
	case report.SumNewcomer:
		return fmt.Sprintf("customers new on %s", k.A)
	case report.SumCohort:
		return fmt.Sprintf("customers of %s in %s", k.A.Format("2006-01"), k.B.Format("2006-01"))
	case report.SumPlace:
		return fmt.Sprintf("customers of %q", k.Text)
	}
	return "all customers"
}
