package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v5"
)

// maxBody is the largest request accepted, in bytes. A notification beyond the
// size that a receiver takes must still fit, so that it can be tested.
const maxBody = 256 << 10

// bind builds the web application: its whole surface on one screen.
func (s *Server) bind() error {
	views, err := parseViews()
	if err != nil {
		return err
	}
	e := echo.NewWithConfig(echo.Config{
		Logger: s.config.Logger, Renderer: &echo.TemplateRenderer{Template: views}, HTTPErrorHandler: s.answerError,
		NoGroupAutoRegister404Routes: true, // they would hide that a path exists for another method
		SchemeExtractor: func(r *http.Request) string { // no proxy stands in front
			if r.TLS != nil {
				return "https"
			}
			return "http"
		},
	})
	e.Use(limitBody)

	e.POST("/v2/charge", s.api(chargeCall, s.chargeTransaction))
	e.GET("/v2/:id/status", s.api(statusCall, s.transactionStatus))
	e.POST("/v2/:id/cancel", s.api(otherCall, s.cancelTransaction))
	e.POST("/v2/:id/expire", s.api(otherCall, s.expireTransaction))
	e.POST("/v2/:id/refund", s.api(otherCall, s.refundTransaction))
	e.POST("/v2/:id/refund/online/direct", s.api(otherCall, s.refundTransaction))
	e.GET("/v2/qris/:id/qr-code", s.qrCode(func(t *transaction) string { return t.id }))
	e.GET("/v4/qris/:id/qr-code", s.qrCode(func(t *transaction) string { return t.reference }))

	// Pages and control act for whoever has them open, so other sites must not
	// be able to post to them.
	sameOrigin := echo.WrapMiddleware(http.NewCrossOriginProtection().Handler)

	pages := e.Group("", sameOrigin, pageHeaders)
	pages.GET("/", s.showTransactions)
	pages.GET("/pay/:id", s.showWallet)
	pages.POST("/pay/:id", s.useWallet)
	pages.GET("/scan", s.showScanner)
	pages.POST("/scan", s.scanCode)
	pages.GET("/notifications", s.showNotifications)
	pages.POST("/notifications/:id/resend", s.resendNotification)
	pages.GET("/chaos", s.showChaos)
	pages.POST("/chaos", s.useChaos)
	pages.GET("/style.css", s.showStyle)

	sim := e.Group("/_sim", localOnly, sameOrigin)
	sim.POST("/tx/:id/pay", s.simPay)
	sim.POST("/tx/:id/deny", s.simDeny)
	sim.POST("/tx/:id/expire", s.simExpire)
	sim.POST("/tx/:id/refund", s.simRefund)
	sim.POST("/tx/:id/chargeback", s.simChargeback)
	sim.POST("/notify", s.simNotify)
	sim.GET("/chaos", s.simChaos)
	sim.POST("/chaos", s.simSetChaos)
	sim.POST("/clock/advance", s.simAdvance)
	sim.POST("/reset", s.simReset)
	sim.GET("/state", s.simState)
	sim.GET("/deliveries", s.simDeliveries)
	sim.GET("/totals", s.simTotals)

	s.echo = e
	return nil
}

// limitBody refuses requests that say they are too large and cuts off those that
// do not say it.
func limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c *echo.Context) error {
		r := c.Request()
		if r.ContentLength > maxBody {
			return echo.ErrStatusRequestEntityTooLarge
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, maxBody)
		return next(c)
	}
}

// answerError answers what no handler answered, each part of the application
// in its own form.
func (s *Server) answerError(c *echo.Context, err error) {
	if r, _ := echo.UnwrapResponse(c.Response()); r != nil && r.Committed {
		return
	}
	code := echo.StatusCode(err)
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooLarge:
		code = http.StatusRequestEntityTooLarge
	case code == 0:
		code = http.StatusInternalServerError
		s.config.Logger.Error("request", "path", c.Request().URL.Path, "error", err)
	}
	switch path := c.Request().URL.Path; {
	case strings.HasPrefix(path, "/v2/"), strings.HasPrefix(path, "/v4/"):
		status := s.httpStatus(reply{code: code})
		if code == http.StatusNotFound || code == http.StatusMethodNotAllowed {
			status = code
		}
		err = c.JSON(status, failure(code, apiMessage(code)).body)
	case strings.HasPrefix(path, "/_sim/"):
		err = c.JSON(code, map[string]string{"error": strings.TrimPrefix(controlMessage(err), "sandbox: ")})
	default:
		securePage(c.Response().Header())
		err = c.Render(code, "error", page{Title: "Galat " + strconv.Itoa(code), Message: pageMessage(code)})
	}
	if err != nil {
		s.config.Logger.Error("answer an error", "error", err)
	}
}

func apiMessage(code int) string {
	switch code {
	case http.StatusNotFound:
		return "The requested resource is not found"
	case http.StatusMethodNotAllowed:
		return "HTTP method is not allowed"
	case http.StatusRequestEntityTooLarge:
		return "The request cannot be processed due to malformed syntax in the request body."
	}
	return "Sorry, we encountered internal server error. We will fix this soon."
}

// controlMessage is what a developer gets to read.
func controlMessage(err error) string {
	if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		return he.Message
	}
	if code := echo.StatusCode(err); code != 0 {
		return http.StatusText(code)
	}
	return fmt.Sprint(err)
}

func pageMessage(code int) string {
	switch code {
	case http.StatusNotFound:
		return "Halaman atau transaksi ini tidak ada."
	case http.StatusMethodNotAllowed:
		return "Cara membuka halaman ini tidak benar."
	case http.StatusRequestEntityTooLarge:
		return "Kiriman terlalu besar."
	}
	return "Terjadi kesalahan di simulator."
}
