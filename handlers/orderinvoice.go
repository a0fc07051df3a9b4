package handlers

import (
	"context"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

func (s *Server) fillInvoice(context.Context, account.User, order.Order, *views.OrderView) error {
	return nil
}
