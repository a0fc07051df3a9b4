// Package report turns figures into answers: sums with their change, series
// over time, rankings, cohorts, forecasts and what stands out. Everything in
// it is a pure function of figures and of the days they are asked for; it
// knows no storage, no HTML and no clock.
//
// What a figure counts is said once, here: gross counts every order that is
// not archived, net leaves cancelled, returned and refunded ones out
// (order.Status.CountsAsRevenue), amounts are paise of Indian rupees, and a day
// is the business day of the shop's zone.
package report
