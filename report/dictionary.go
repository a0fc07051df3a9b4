package report

import "sync"

// Dictionary numbers the words in figures, so that adding up a million of them
// compares numbers. It only grows. It is safe for concurrent use.
type Dictionary struct {
	mu       sync.RWMutex
	channels numbered[Channel]
	states   numbered[string]
	products numbered[Product]
}

// NewDictionary returns an empty dictionary.
func NewDictionary() *Dictionary { return &Dictionary{} }

// Names is what the dictionary holds by now. Numbers given out before are valid
// in it.
func (d *Dictionary) Names() Names {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return Names{Channels: d.channels.words, States: d.states.words, Products: d.products.words}
}

// Channel returns the number of a channel.
func (d *Dictionary) Channel(c Channel) uint32 { return number(d, &d.channels, c) }

// State returns the number of a state's name.
func (d *Dictionary) State(name string) uint32 { return number(d, &d.states, name) }

// Product returns the number of a product.
func (d *Dictionary) Product(p Product) uint32 { return number(d, &d.products, p) }

// numbered is words and their places; words is only appended to, so that
// copies of the slice stay valid.
type numbered[W comparable] struct {
	words []W
	at    map[W]uint32
}

func number[W comparable](d *Dictionary, list *numbered[W], w W) uint32 {
	d.mu.RLock()
	n, ok := list.at[w]
	d.mu.RUnlock()
	if ok {
		return n
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if n, ok = list.at[w]; ok {
		return n
	}
	if list.at == nil {
		list.at = map[W]uint32{}
	}
	n = uint32(len(list.words))
	list.words, list.at[w] = append(list.words, w), n
	return n
}
