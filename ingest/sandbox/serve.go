package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Routes serves all platforms under their prefixes and, for scripts, the world
// itself: GET / says what is where, GET /ledger/{platform} is the ledger as
// JSON, PUT /faults?platform=NAME takes a fault spec as its body. A platform
// that buys from the seller too does so on POST /purchases/{platform}, withdraws
// on DELETE /purchases/{platform}/{number}, and lists them on GET.
func (w *World) Routes() http.Handler {
	mux := http.NewServeMux()
	for _, p := range w.platforms {
		mux.Handle(p.prefix+"/", http.StripPrefix(p.prefix, p.api))
	}
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(rw, w.Listing(w.addresses(r.Host)))
	})
	mux.HandleFunc("GET /ledger/{platform}", func(rw http.ResponseWriter, r *http.Request) {
		entries := w.Ledger(r.PathValue("platform"))
		if entries == nil {
			http.Error(rw, ErrPlatform.Error(), http.StatusNotFound)
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(entries) // the client went away
	})
	mux.HandleFunc("PUT /faults", w.putFaults)
	w.purchaseRoutes(mux)
	return mux
}

func (w *World) putFaults(rw http.ResponseWriter, r *http.Request) {
	spec, err := io.ReadAll(io.LimitReader(r.Body, 4096))
	if err == nil {
		var f Faults
		if f, err = ParseFaults(string(spec)); err == nil {
			err = w.SetFaults(r.URL.Query().Get("platform"), f)
		}
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	rw.WriteHeader(http.StatusNoContent)
}

func (w *World) addresses(host string) map[string]string {
	urls := map[string]string{}
	for _, p := range w.platforms {
		urls[p.name] = "http://" + host + p.prefix
	}
	return urls
}

// Serve listens on addr, a loopback address such as 127.0.0.1:9090 or :0 for
// any free port on it, and serves Routes until stop is called or the context
// ends; both cut calls that take longer than a few seconds to finish. It
// returns the base URL of each platform.
func (w *World) Serve(ctx context.Context, addr string) (baseURLs map[string]string, stop func(), err error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, nil, fmt.Errorf("sandbox: address %q: %w", addr, err)
	}
	if host == "" {
		host = "127.0.0.1" // the credentials are known to everybody: never to a network by default
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, nil, fmt.Errorf("sandbox: %w", err)
	}
	srv := &http.Server{Handler: w.Routes(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l) // ends when it is shut down; a broken listener shows as refused calls
	}()
	unhook := context.AfterFunc(ctx, func() { _ = srv.Close() }) // whatever is still open is cut
	stop = func() {
		unhook()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if err := srv.Shutdown(grace); err != nil && !errors.Is(err, http.ErrServerClosed) {
			_ = srv.Close() // the grace is over
		}
		<-done
	}
	return w.addresses(l.Addr().String()), stop, nil
}

// Listing is a text that says where each platform is served and how to sign in.
func (w *World) Listing(baseURLs map[string]string) string {
	var b strings.Builder
	for _, p := range w.platforms {
		base, ok := baseURLs[p.name]
		if !ok {
			continue
		}
		c, s := w.Channel(p.name, base)
		fmt.Fprintf(&b, "%s  %s\n  adapter %s, %d orders, faults %s\n", p.name, base, c.Adapter, p.shop.Len(), p.shop.Faults())
		for _, set := range [...]map[string]string{c.Options, s.Credentials} {
			for _, k := range slices.SortedFunc(maps.Keys(set), cmp.Compare[string]) {
				fmt.Fprintf(&b, "  %s = %s\n", k, set[k])
			}
		}
		for _, secret := range s.Webhook {
			fmt.Fprintf(&b, "  webhook secret = %s\n", secret)
		}
	}
	return b.String()
}
