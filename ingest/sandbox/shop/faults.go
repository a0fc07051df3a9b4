package shop

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Faults are the ways in which a platform misbehaves. Shares lie in 0 to 1;
// the zero value misbehaves in no way.
type Faults struct {
	TooMany     float64       // calls answered 429 whatever the bucket says
	ServerError float64       // calls answered 500
	HTML        float64       // calls answered 200 with a web page
	Slow        time.Duration // delay of an answer,
	SlowShare   float64       // of this share of the calls
	Hang        float64       // calls never answered
	Drop        float64       // connections cut inside the answer, after a write took effect
	Duplicate   float64       // pages that list an order twice
	Overlap     int           // orders that each page repeats of the one before
	Repeat      float64       // pages whose "next" leads to themselves
	Expire      float64       // page tokens that are dead when they come back
	Unparsable  float64       // orders that cannot be read
	Unknown     float64       // orders with a status word nobody knows
	Skew        time.Duration // of the platform's clock
	Revoked     bool          // credentials no longer work
}

// share are the faults that are given as a share, by their name in a spec.
func (f *Faults) share(name string) *float64 {
	switch name {
	case "429":
		return &f.TooMany
	case "500":
		return &f.ServerError
	case "html":
		return &f.HTML
	case "hang":
		return &f.Hang
	case "drop":
		return &f.Drop
	case "duplicate":
		return &f.Duplicate
	case "repeat":
		return &f.Repeat
	case "expire":
		return &f.Expire
	case "unparsable":
		return &f.Unparsable
	case "unknown":
		return &f.Unknown
	}
	return nil
}

var shareNames = [...]string{"429", "500", "html", "hang", "drop", "duplicate", "repeat", "expire", "unparsable", "unknown"}

// FaultWords explains the spec that ParseFaults reads.
const FaultWords = "429, 500, html, hang, drop, duplicate, repeat, expire, unparsable, unknown as a share such as 429=0.1; slow=2s or slow=2s@0.1; skew=-10m; overlap or overlap=5; revoked"

// ParseFaults reads a comma-separated spec such as "429=0.1,slow=2s,overlap".
// The empty text and "none" mean no faults.
func ParseFaults(spec string) (Faults, error) {
	var f Faults
	for part := range strings.SplitSeq(spec, ",") {
		name, value, given := strings.Cut(strings.TrimSpace(part), "=")
		if name == "" || name == "none" {
			continue
		}
		if err := f.set(name, value, given); err != nil {
			return Faults{}, fmt.Errorf("fault %q: %w (known: %s)", part, err, FaultWords)
		}
	}
	return f, nil
}

func (f *Faults) set(name, value string, given bool) (err error) {
	switch name {
	case "revoked":
		f.Revoked = true
		if given {
			f.Revoked, err = strconv.ParseBool(value)
		}
	case "overlap":
		f.Overlap = 5
		if given {
			f.Overlap, err = strconv.Atoi(value)
		}
		if f.Overlap < 0 {
			err = fmt.Errorf("%d is negative", f.Overlap)
		}
	case "skew":
		f.Skew, err = time.ParseDuration(value)
	case "slow":
		d, share, partly := strings.Cut(value, "@")
		if f.Slow, err = time.ParseDuration(d); err != nil {
			return err
		}
		f.SlowShare = 1
		if partly {
			f.SlowShare, err = parseShare(share)
		}
	default:
		p := f.share(name)
		if p == nil {
			return fmt.Errorf("unknown")
		}
		*p, err = parseShare(value)
	}
	return err
}

func parseShare(text string) (float64, error) {
	p, err := strconv.ParseFloat(text, 64)
	if err != nil || !(p >= 0 && p <= 1) {
		return 0, fmt.Errorf("%q is not a share between 0 and 1", text)
	}
	return p, nil
}

// String is the spec of the faults; ParseFaults reads it back.
func (f Faults) String() string {
	var parts []string
	for _, name := range shareNames {
		if p := *f.share(name); p > 0 {
			parts = append(parts, name+"="+strconv.FormatFloat(p, 'g', -1, 64))
		}
	}
	if f.Slow > 0 {
		s := "slow=" + f.Slow.String()
		if f.SlowShare != 1 {
			s += "@" + strconv.FormatFloat(f.SlowShare, 'g', -1, 64)
		}
		parts = append(parts, s)
	}
	if f.Overlap > 0 {
		parts = append(parts, "overlap="+strconv.Itoa(f.Overlap))
	}
	if f.Skew != 0 {
		parts = append(parts, "skew="+f.Skew.String())
	}
	if f.Revoked {
		parts = append(parts, "revoked")
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ",")
}

// Faults are the faults in force.
func (s *Shop) Faults() Faults { return *s.faults.Load() }

// SetFaults replaces the faults in force.
func (s *Shop) SetFaults(f Faults) { s.faults.Store(&f) }

// Roll draws with a probability. The same calls in the same order draw alike.
func (s *Shop) Roll(p float64) bool {
	if p <= 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dice.Float64() < p
}

// Unparsable reports whether an order is one of those that are served in a
// form that cannot be read. It is the same order each time.
func (s *Shop) Unparsable(o Order) bool { return s.marked(o, "unparsable", s.Faults().Unparsable) }

// Unknown reports whether an order is served with an unknown status word.
func (s *Shop) Unknown(o Order) bool { return s.marked(o, "unknown", s.Faults().Unknown) }

func (s *Shop) marked(o Order, what string, share float64) bool {
	if share <= 0 {
		return false
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %s", s.cfg.Seed, what, o.ID)
	x := h.Sum64()
	x ^= x >> 29
	x *= 0xbf58476d1ce4e5b9
	return float64(x>>11)/(1<<53) < share
}

// Double lists the first order of the page twice when the faults ask for it. The
// page stays in order.
func (s *Shop) Double(page []Order) []Order {
	if len(page) == 0 || !s.Roll(s.Faults().Duplicate) {
		return page
	}
	return slices.Insert(slices.Clone(page), 1, page[0])
}
