package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// sendHooks lets orders arrive, so many a second whether or not the servers keep
// up: each webhook's time counts from when it was due.
func (r *usersRun) sendHooks(ctx context.Context) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 64
	web := &http.Client{Transport: t, Timeout: 30 * time.Second}
	run := strings.ToLower(time.Now().Format("150405"))
	start := time.Now()
	var all sync.WaitGroup
	defer all.Wait()
	for i := 0; ; i++ {
		due := start.Add(time.Duration(float64(i) / r.o.hooks * float64(time.Second)))
		if !pause(ctx, time.Until(due)) {
			return
		}
		all.Go(func() {
			err := r.sendHook(context.WithoutCancel(ctx), web, r.o.bases[i%len(r.o.bases)], fmt.Sprintf("bench-%s-%d", run, i), hookBody(run, i))
			r.note("webhook", time.Since(due), err)
		})
	}
}

func (r *usersRun) sendHook(ctx context.Context, web *http.Client, base, id string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/webhooks/"+r.o.hookChannel, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	r.o.secret.Sign(req.Header, id, time.Now(), body)
	resp, err := web.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("webhook: %s", resp.Status)
	}
	return nil
}

// hookBody is an order of the website: four in five are new, each fifth one is
// an earlier order that was confirmed.
func hookBody(run string, i int) []byte {
	n, status := i, "created"
	if i%5 == 4 {
		n, status = i-4, "confirmed"
	}
	pick := func(words ...string) string { return words[rand.IntN(len(words))] } //nolint:gosec // spreads load
	now := time.Now().UTC().Format(time.RFC3339Nano)
	price := 49_900 + 10_000*(n%20)
	return fmt.Appendf(nil, `{"type":"order.updated","timestamp":%q,"data":{"order":{"id":"bench_%s_%d","number":"B-%s-%d","status":%q,`+
		`"currency":"INR","created_at":%q,"updated_at":%q,"payment":{"method":"cod","state":"pending"},`+
		`"customer":{"name":"%s %s","email":"bench%d@example.com","phone":"09%09d"},`+
		`"shipping_address":{"line1":"%d Lake Road","city":%q,"state":"MH","postal_code":"%06d","country":"IN"},`+
		`"lines":[{"id":"l1","sku":"RNG-%d","title":"Twist Ring","quantity":1,"unit_price_minor":%d,"discount_minor":0,"tax_minor":0,"total_minor":%d}],`+
		`"shipping_minor":0,"discount_minor":0,"tax_minor":0,"total_minor":%d}}}`,
		now, run, n, run, n, status, now, now, pick("Asha", "Ravi", "Meera", "Kiran"), pick("Sharma", "Iyer", "Shah", "Nair"), n%5000, n%1_000_000_000,
		n%90+1, pick("Pune", "Surat", "Kochi", "Jaipur"), 400_000+n%9999, n%40, price, price, price)
}
