package export

import (
	"context"
	"runtime"
	"sync"

	"github.com/palmonas/palmonas-crm/order"
)

// batch is how many orders go from the reader through an encoder to the writer
// at a time.
const batch = 200

// work is one batch on its way. The writer takes batches in the order in which
// they were read and waits for each to be encoded.
type work struct {
	orders []order.Order
	first  int
	text   []byte
	err    error
	done   chan struct{}
}

// pump reads on one goroutine, encodes on as many as there are processors, and
// writes on this one. The channels are short, so that few orders are in memory
// whatever their number. None of the goroutines outlives it.
func (r Run) pump(ctx context.Context, f format) (int, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	encoders := min(runtime.GOMAXPROCS(0), 4)
	queue, inOrder := make(chan *work), make(chan *work, encoders)
	var all sync.WaitGroup
	all.Go(func() {
		defer close(queue)
		defer close(inOrder)
		err := r.read(ctx, func(w *work) error {
			for _, to := range []chan<- *work{inOrder, queue} {
				select {
				case to <- w:
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
			return nil
		})
		if err != nil {
			stop(err)
		}
	})
	for range encoders {
		all.Go(func() {
			for w := range queue {
				w.encode(f, r.Masked)
			}
		})
	}
	n, err := r.write(ctx, f, inOrder)
	if err != nil {
		stop(err)
	}
	all.Wait()
	return n, context.Cause(ctx)
}

// write takes the batches in the order in which they were read.
func (r Run) write(ctx context.Context, f format, batches <-chan *work) (n int, err error) {
	for w := range batches {
		select {
		case <-w.done:
		case <-ctx.Done():
			return n, context.Cause(ctx)
		}
		if w.err != nil {
			return n, w.err
		}
		if err := f.write(w.text, w.first); err != nil {
			return n, err
		}
		n = w.first + len(w.orders)
		if r.Progress != nil {
			r.Progress(n)
		}
	}
	return n, nil
}

func (w *work) encode(f format, masked bool) {
	defer close(w.done)
	w.text = make([]byte, 0, 64<<10)
	for i, o := range w.orders {
		if masked {
			o = order.Masked(o)
		}
		if w.text, w.err = f.encode(w.text, o, w.first+i); w.err != nil {
			return
		}
	}
}

// read hands orders over in batches.
func (r Run) read(ctx context.Context, hand func(*work) error) error {
	next := &work{done: make(chan struct{})}
	send := func() error {
		w := next
		next = &work{first: w.first + len(w.orders), done: make(chan struct{})}
		return hand(w)
	}
	err := r.Orders.Each(ctx, r.Query, func(o order.Order) error {
		if next.orders = append(next.orders, o); len(next.orders) < batch {
			return nil
		}
		return send()
	})
	if err == nil && len(next.orders) > 0 {
		err = send()
	}
	return err
}
