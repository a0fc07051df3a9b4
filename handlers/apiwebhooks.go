package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/order/orderjson"
	"github.com/palmonas/palmonas-crm/outbound"
)

// webhookJSON is an outbound webhook as the API tells of one, never its secret.
type webhookJSON struct {
	ID            string           `json:"id"`
	Name          string           `json:"name"`
	URL           string           `json:"url"`
	Events        []outbound.Event `json:"events"`
	Customer      bool             `json:"customer"`
	Enabled       bool             `json:"enabled"`
	Stopped       string           `json:"stopped,omitempty"`
	FailingSince  orderjson.Time   `json:"failingSince"`
	LastSuccessAt orderjson.Time   `json:"lastSuccessAt"`
	CreatedAt     orderjson.Time   `json:"createdAt"`
	Version       int64            `json:"version"`
}

func asWebhookJSON(w outbound.Subscription) webhookJSON {
	return webhookJSON{ID: w.ID, Name: w.Name, URL: w.URL, Events: w.Events, Customer: w.Customer, Enabled: w.Enabled, Stopped: w.Stopped,
		FailingSince: orderjson.Time{Time: w.FailingSince}, LastSuccessAt: orderjson.Time{Time: w.LastSuccess},
		CreatedAt: orderjson.Time{Time: w.Created}, Version: w.Version}
}

func (s *Server) apiListWebhooks(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	service, err := s.hooks()
	if err != nil {
		return err
	}
	all, err := service.List(c.Request().Context())
	if err != nil {
		return err
	}
	out := make([]webhookJSON, len(all))
	for i, w := range all {
		out[i] = asWebhookJSON(w)
	}
	return c.JSON(http.StatusOK, map[string]any{"webhooks": out})
}

// webhookBody is what POST /api/webhooks and PUT /api/webhooks/:id take.
type webhookBody struct {
	Name     string           `json:"name"`
	URL      string           `json:"url"`
	Events   []outbound.Event `json:"events"`
	Customer bool             `json:"customer"`
	Enabled  *bool            `json:"enabled"`
	Version  int64            `json:"version"`
}

func (b webhookBody) wish() outbound.Wish {
	return outbound.Wish{Name: b.Name, URL: b.URL, Events: b.Events, Customer: b.Customer, Enabled: b.Enabled == nil || *b.Enabled}
}

func (s *Server) apiCreateWebhook(c echo.Context) error {
	var in webhookBody
	if err := readJSON(c, &in); err != nil {
		return err
	}
	if in.Version != 0 {
		return fieldFault("version", "What does not exist yet has no version.")
	}
	service, err := s.hooks()
	if err != nil {
		return err
	}
	if err := mayTell(userOf(c), in.wish(), false); err != nil {
		return err
	}
	w, secret, err := service.Create(c.Request().Context(), in.wish())
	if err != nil {
		return err
	}
	if err := s.noteHook(c, "webhook.create", w.ID); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, "/api/webhooks/"+w.ID)
	return withTag(c, http.StatusCreated, w.Version, map[string]any{"webhook": asWebhookJSON(w), "secret": secret})
}

func (s *Server) apiWebhook(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	service, err := s.hooks()
	if err != nil {
		return err
	}
	w, err := service.Get(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return withTag(c, http.StatusOK, w.Version, asWebhookJSON(w))
}

func (s *Server) apiChangeWebhook(c echo.Context) error {
	var in webhookBody
	if err := readJSON(c, &in); err != nil {
		return err
	}
	version, err := seenVersion(c, in.Version)
	if err != nil {
		return err
	}
	service, err := s.hooks()
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	before, err := service.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	if err := mayTell(userOf(c), in.wish(), before.Customer); err != nil {
		return err
	}
	w, err := service.Change(ctx, before.ID, version, in.wish())
	if err != nil {
		return staleTag(c, err)
	}
	if err := s.noteHook(c, "webhook.update", w.ID); err != nil {
		return err
	}
	return withTag(c, http.StatusOK, w.Version, asWebhookJSON(w))
}

func (s *Server) apiDeleteWebhook(c echo.Context) error {
	return s.apiHookAct(c, "webhook.delete", http.StatusNoContent, func(service *outbound.Service, id string) error {
		return service.Delete(c.Request().Context(), id)
	})
}

func (s *Server) apiPingWebhook(c echo.Context) error {
	return s.apiHookAct(c, "webhook.ping", http.StatusAccepted, func(service *outbound.Service, id string) error {
		return service.SendPing(c.Request().Context(), id)
	})
}

func (s *Server) apiRedeliver(c echo.Context) error {
	return s.apiHookAct(c, "webhook.redeliver", http.StatusAccepted, func(service *outbound.Service, id string) error {
		return service.Redeliver(c.Request().Context(), id, c.Param("delivery"))
	})
}

// apiHookAct is for writes that carry nothing but their address.
func (s *Server) apiHookAct(c echo.Context, action string, status int, do func(*outbound.Service, string) error) error {
	if err := noBody(c); err != nil {
		return err
	}
	service, err := s.hooks()
	if err != nil {
		return err
	}
	id := c.Param("id")
	if err := do(service, id); err != nil {
		return err
	}
	if err := s.noteHook(c, action, id); err != nil {
		return err
	}
	return c.NoContent(status)
}

// deliveryJSON is one message of a webhook.
type deliveryJSON struct {
	ID         string         `json:"id"`
	Event      outbound.Event `json:"event"`
	Order      string         `json:"order"`
	State      outbound.State `json:"state"`
	Attempts   int            `json:"attempts"`
	Status     int            `json:"status"`
	Error      string         `json:"error"`
	CreatedAt  orderjson.Time `json:"createdAt"`
	NextAt     orderjson.Time `json:"nextAt"`
	FinishedAt orderjson.Time `json:"finishedAt"`
}

// apiDeliveries lists a webhook's newest messages: those that wait first.
func (s *Server) apiDeliveries(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	service, err := s.hooks()
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	w, err := service.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	all, err := service.Deliveries(ctx, w.ID, shownDeliveries)
	if err != nil {
		return err
	}
	out := make([]deliveryJSON, len(all))
	for i, d := range all {
		out[i] = deliveryJSON{ID: d.ID, Event: d.Event, Order: d.Order, State: d.State, Attempts: d.Attempts, Status: d.Status, Error: d.Error,
			CreatedAt: orderjson.Time{Time: d.Created}, NextAt: orderjson.Time{Time: d.Next}, FinishedAt: orderjson.Time{Time: d.Finished}}
	}
	return c.JSON(http.StatusOK, map[string]any{"deliveries": out})
}
