// Package chart draws figures as SVG that the style sheet colours and paper
// prints. Geometry is worked out here from plain whole numbers; the components
// place it with attributes only, since the content security policy allows no
// style in markup.
//
// Positions along a chart are percentages and heights are pixels, so that a
// chart fills whatever width it gets while its words stay 12 pixels high.
// It knows nothing about orders, days or storage.
package chart
