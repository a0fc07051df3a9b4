package report

import "strconv"

// ReasonWords words the reason of an anomaly; name gives a channel's name.
func ReasonWords(a Anomaly, name func(id string) string) string {
	r := a.Reason
	share := strconv.Itoa(int(r.Share)) + " % of it"
	switch r.Kind {
	case ChannelStale:
		return "The channel " + name(r.Channel) + " has not been read since: orders may still come."
	case PlatformDown:
		return "Not one order came in: the platform or the shop on it may have been down."
	case OneChannel:
		return "The channel " + name(r.Channel) + " made up " + share + "."
	case OneProduct:
		what := r.Title
		if what == "" {
			what = r.SKU
		}
		return "One product made up " + share + ": " + what + "."
	case PriceChange:
		if a.Score < 0 {
			return "As many orders as usual, but smaller ones: prices, discounts or the mix of products changed."
		}
		return "As many orders as usual, but larger ones: prices or the mix of products changed."
	}
	return "No single channel, product or price explains it."
}
