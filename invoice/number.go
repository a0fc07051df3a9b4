package invoice

import (
	"fmt"
	"time"
)

// Series is the run of numbers that an invoice of a moment belongs to: they are
// consecutive within a financial year, April to March (rule 46(b) of the CGST
// Rules). loc is the seller's zone.
func (c Company) Series(at time.Time, loc *time.Location) string {
	at = at.In(loc)
	year := at.Year()
	if at.Month() < time.April {
		year--
	}
	return fmt.Sprintf("%s/%02d-%02d", c.Prefix, year%100, (year+1)%100)
}

// Number is the n-th number of a series.
func Number(series string, n int) string { return fmt.Sprintf("%s/%05d", series, n) }
