package analytics

import (
	"strconv"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
)

// notableTone is good news, bad news, or neither.
func notableTone(a report.Anomaly) string {
	if a.Score < 0 {
		return "danger"
	}
	return "info"
}

// notableWords says what happened, such as "Flipkart: 12 orders instead of
// about 48".
func notableWords(a report.Anomaly) string {
	now, usual := strconv.Itoa(int(a.Actual))+" orders", "about "+strconv.Itoa(int(a.Expected+.5))
	if a.Measure == report.MeasureGross {
		now, usual = views.Money(order.INR(int64(a.Actual)))+" gross", "about "+views.Money(order.INR(int64(a.Expected/100+.5)*100))
	}
	return now + " instead of " + usual
}

// reasonWords is the reason as far as figures can tell.
func (v FrameView) reasonWords(a report.Anomaly) string { return report.ReasonWords(a, v.channelName) }

func (v FrameView) notableLink(a report.Anomaly) string {
	return v.to(report.Part{Range: report.Range{From: a.Day, To: a.Day}, Platform: a.Platform})
}
