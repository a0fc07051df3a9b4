package amazon

import (
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// reportType is the one report that this account makes.
const reportType = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"

// reports are those that were asked for.
type reports struct {
	mu   sync.Mutex
	base string
	all  []*reportRequest
}

// reportRequest is one of them; it is ready when it was looked at twice.
type reportRequest struct {
	from, to time.Time
	looks    int
}

func (r *reports) at(base string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.base = strings.TrimSuffix(base, "/")
}

// find is the report of an id such as R12.
func (r *reports) find(id string) (x reportRequest, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := strconv.Atoi(strings.TrimLeft(id, "RD"))
	if err != nil || n < 1 || n > len(r.all) {
		return reportRequest{}, false
	}
	r.all[n-1].looks++
	return *r.all[n-1], true
}

func (a *Account) createReport(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Type         string    `json:"reportType"`
		Marketplaces []string  `json:"marketplaceIds"`
		From         time.Time `json:"dataStartTime"`
		To           time.Time `json:"dataEndTime"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&b); err != nil {
		invalid(w, "the body is not valid JSON of this resource")
		return
	}
	switch {
	case b.Type != reportType:
		invalid(w, "reportType %q is not one of this account", b.Type)
		return
	case len(b.Marketplaces) != 1 || b.Marketplaces[0] != Marketplace:
		invalid(w, "marketplaceIds must be [%s]", Marketplace)
		return
	case b.From.IsZero() || !b.To.After(b.From):
		invalid(w, "dataEndTime must be after dataStartTime")
		return
	}
	a.reports.mu.Lock()
	a.reports.all = append(a.reports.all, &reportRequest{from: b.From, to: b.To})
	id := "R" + strconv.Itoa(len(a.reports.all))
	a.reports.mu.Unlock()
	reply(w, http.StatusAccepted, map[string]string{"reportId": id})
}

func (a *Account) getReport(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	x, ok := a.reports.find(id)
	if !ok {
		refuse(w, http.StatusNotFound, "NotFound", "The requested report does not exist.", id)
		return
	}
	body := map[string]string{"reportId": id, "reportType": reportType, "processingStatus": "IN_PROGRESS",
		"dataStartTime": stamp(x.from), "dataEndTime": stamp(x.to)}
	if x.looks > 1 {
		body["processingStatus"], body["reportDocumentId"] = "DONE", "D"+strings.TrimPrefix(id, "R")
	}
	reply(w, http.StatusOK, body)
}

func (a *Account) getDocument(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if _, ok := a.reports.find(id); !ok {
		refuse(w, http.StatusNotFound, "NotFound", "The requested document does not exist.", id)
		return
	}
	a.reports.mu.Lock()
	base := a.reports.base
	a.reports.mu.Unlock()
	reply(w, http.StatusOK, map[string]string{"reportDocumentId": id, "compressionAlgorithm": "GZIP", "url": base + "/files/" + id + "?sig=" + a.fileKey(id)})
}

// fileKey is the permission that a document's address carries.
func (a *Account) fileKey(id string) string {
	m := hmac.New(sha256.New, a.keys.sign)
	m.Write([]byte("file " + id))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// columns are those of the flat file.
const columns = "amazon-order-id\tmerchant-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tsales-channel\torder-channel\t" +
	"ship-service-level\tproduct-name\tsku\tasin\titem-status\tquantity\tcurrency\titem-price\titem-tax\tshipping-price\tshipping-tax\tgift-wrap-price\t" +
	"gift-wrap-tax\titem-promotion-discount\tship-promotion-discount\tship-city\tship-state\tship-postal-code\tship-country\tpromotion-ids\tis-business-order\n"

// file is a document: what changed in the report's range, a row for each line.
func (a *Account) file(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	x, ok := a.reports.find(id)
	if !ok || !hmac.Equal([]byte(r.URL.Query().Get("sig")), []byte(a.fileKey(id))) {
		http.Error(w, "AccessDenied", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	z := gzip.NewWriter(w)
	_, _ = fmt.Fprint(z, columns) // the client went away
	a.shop.Each(func(o shop.Order) {
		if o.Updated.Before(x.from) || !o.Updated.Before(x.to) {
			return
		}
		shipping := o.Shipping // stands in the first row
		for _, l := range o.Lines {
			_, _ = fmt.Fprint(z, row(o, l, shipping))
			shipping = 0
		}
	})
	_ = z.Close()
}

func row(o shop.Order, l shop.Line, shipping int64) string {
	status, by := fileWord(o), "Merchant"
	if o.ByPlatform {
		by = "Amazon"
	}
	quantity, currency, price, off, sent := l.Quantity, "INR", plain(l.Amount+l.Discount), plain(l.Discount), plain(shipping)
	if !o.Priced() {
		currency, price, off, sent = "", "", "", ""
	}
	if l.Cancelled {
		quantity = 0
	}
	cells := []string{o.ID, o.Number, stamp(o.Created), stamp(o.Updated), status, by, "Amazon.in", "", "Standard", l.Title, l.SKU, l.ASIN, "",
		strconv.Itoa(quantity), currency, price, "", sent, "", "", "", off, "", o.Customer.City, o.Customer.State, o.Customer.Pincode, "IN", "", "false"}
	return strings.Join(cells, "\t") + "\n"
}

// plain is an amount in rupees.
func plain(paise int64) string { return fmt.Sprintf("%d.%02d", paise/100, paise%100) }

// fileWord is an order's status as the flat file writes it.
func fileWord(o shop.Order) string {
	switch o.Status {
	case order.Pending:
		return "Pending"
	case order.Confirmed, order.Processing:
		return "Unshipped"
	case order.OutForDelivery:
		return "Shipped - Out for Delivery"
	case order.Delivered:
		return "Shipped - Delivered to Buyer"
	case order.Cancelled:
		return "Cancelled"
	case order.Returned, order.Refunded:
		return "Shipped - Returned to Seller"
	}
	return "Shipped"
}
