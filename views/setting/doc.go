// Package setting draws the pages of the shop's settings.
package setting
