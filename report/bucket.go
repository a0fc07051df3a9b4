package report

import (
	"math/bits"
	"time"
)

// Bucket is a duration on a logarithmic scale: exact minutes below 16, then 16
// steps to each doubling, so that the middle of a bucket is never off by more
// than 3.2 percent. It ends at half a year.
type Bucket uint8

// BucketOf finds the bucket of a duration; a negative one counts as none.
func BucketOf(d time.Duration) Bucket {
	m := uint64(max(d/time.Minute, 0))
	if m < 16 {
		return Bucket(m)
	}
	e := bits.Len64(m) - 5 // m>>e lies in 16..31
	return Bucket(min(uint64(16+16*e)+m>>e-16, 255))
}

// Middle is the duration that stands for all those in the bucket.
func (b Bucket) Middle() time.Duration {
	from, width := b.span()
	return time.Duration(from)*time.Minute + time.Duration(width)*time.Minute/2
}

func (b Bucket) span() (from, width uint64) {
	if b < 16 {
		return uint64(b), 1
	}
	e := uint64(b)/16 - 1
	return (16 + uint64(b)%16) << e, 1 << e
}

// Spread is a histogram of durations. The zero Spread is empty; Spreads add up.
type Spread [256]uint32

// Add counts orders into the spread.
func (s *Spread) Add(b Bucket, orders uint32) { s[b] += orders }

// Merge adds another spread to this one.
func (s *Spread) Merge(o *Spread) {
	for i, n := range o {
		s[i] += n
	}
}

// Orders is how many orders the spread counts.
func (s *Spread) Orders() int {
	n := 0
	for _, c := range s {
		n += int(c)
	}
	return n
}

// Quantile is the duration that the part q (0 to 1) of the orders stays within,
// to the precision of a Bucket; ok is false when the spread is empty.
func (s *Spread) Quantile(q float64) (d time.Duration, ok bool) {
	total := s.Orders()
	if total == 0 {
		return 0, false
	}
	rank := int(q*float64(total-1)) + 1
	for b, c := range s {
		if rank -= int(c); rank <= 0 {
			return Bucket(b).Middle(), true
		}
	}
	return Bucket(len(s) - 1).Middle(), true
}
