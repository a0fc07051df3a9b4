package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
)

// newOrderBody is what POST /api/orders takes.
type newOrderBody struct {
	Channel         string              `json:"channel"`
	PlatformOrderID string              `json:"platformOrderId"`
	OrderNumber     string              `json:"orderNumber"`
	OrderedAt       time.Time           `json:"orderedAt"`
	Status          order.Status        `json:"status"`
	PaymentMethod   order.PaymentMethod `json:"paymentMethod"`
	Customer        newCustomerBody     `json:"customer"`
	Items           []newItemBody       `json:"items"`
	Discount        order.Money         `json:"discount"`
	Shipping        order.Money         `json:"shipping"`
	Subtotal        order.Money         `json:"subtotal"`
	Tax             order.Money         `json:"tax"`
	Total           order.Money         `json:"total"`
	ShipBy          *time.Time          `json:"shipBy"`
	Tags            []string            `json:"tags"`
}

type newCustomerBody struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Email   string      `json:"email"`
	Phone   string      `json:"phone"`
	Address addressBody `json:"address"`
}

type newItemBody struct {
	SKU       string      `json:"sku"`
	ProductID string      `json:"productId"`
	Title     string      `json:"title"`
	Quantity  int         `json:"quantity"`
	UnitPrice order.Money `json:"unitPrice"`
	Discount  order.Money `json:"discount"`
	Tax       order.Money `json:"tax"`
	Total     order.Money `json:"total"`
}

func (b newOrderBody) order() desk.New {
	k := b.Customer
	n := desk.New{Channel: b.Channel, PlatformOrderID: b.PlatformOrderID, OrderNumber: b.OrderNumber, OrderedAt: b.OrderedAt, Status: b.Status,
		Payment: b.PaymentMethod, Customer: order.Customer{ID: k.ID, Name: k.Name, Email: k.Email, Phone: k.Phone, Address: order.Address(k.Address)},
		Discount: b.Discount, Shipping: b.Shipping, Subtotal: b.Subtotal, Tax: b.Tax, Total: b.Total, Tags: b.Tags}
	if b.ShipBy != nil {
		n.ShipBy = *b.ShipBy
	}
	for _, it := range b.Items {
		n.Items = append(n.Items, order.Item{SKU: it.SKU, ProductID: it.ProductID, Title: it.Title, Quantity: it.Quantity,
			UnitPrice: it.UnitPrice, Discount: it.Discount, Tax: it.Tax, Total: it.Total})
	}
	return n
}

// apiCreateOrder writes an order down that no platform has reported.
func (s *Server) apiCreateOrder(c echo.Context) error {
	var in newOrderBody
	if err := readJSON(c, &in); err != nil {
		return err
	}
	n := in.order()
	if key := c.Request().Header.Get(headerOnceKey); key != "" {
		// Should this process end between the order and the answer that is kept,
		// the repeat meets the order instead of making another one.
		n.Seed = digest("order", string(userOf(c).ID), key)[:16]
	}
	o, err := s.orderDesk.Create(c.Request().Context(), s.who(c), n)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, "/api/orders/"+o.ID.String())
	return withTag(c, http.StatusCreated, o.Version, orderFor(userOf(c), o))
}
