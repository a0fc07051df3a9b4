package chart

import "strings"

const (
	sparkWidth  = 100
	sparkHeight = 28
)

// sparkLine is the path of a small line; values run from 0, or from the lowest
// when that is below it.
func sparkLine(values []int64) string {
	if len(values) < 2 {
		return ""
	}
	var most int64 = 1
	for _, v := range values {
		most = max(most, v)
	}
	f := frame{top: 2, height: sparkHeight - 4, most: most}
	var s strings.Builder
	for i, v := range values {
		if i == 0 {
			s.WriteByte('M')
		} else {
			s.WriteByte('L')
		}
		s.WriteString(f1(float64(i)/float64(len(values)-1)*sparkWidth) + " " + f1(f.y(max(v, 0))))
	}
	return s.String()
}
