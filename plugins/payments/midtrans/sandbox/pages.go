package sandbox

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v5"

	"jasaweb/collections/idr"
	"jasaweb/collections/wib"
	"jasaweb/plugins/payments/qris"
)

//go:embed pages
var pageFiles embed.FS

// page is what a template gets. Only the fields of its own page are set.
type page struct {
	Title   string
	Message string // a line above the content, empty for none
	Failed  bool   // the message is bad news

	Transactions  []Transaction
	Wallet        *wallet
	Scanned       string
	Code          *code
	Notifications []Delivery
	Rules         []ruleView
	Options       []optionView
}

// wallet is the mock wallet of one transaction.
type wallet struct {
	Transaction
	Code    *code
	QR      template.HTML
	Left    int64 // rupiah that can still be refunded
	Issuers []string
	Can     map[string]bool // actions that the status allows
}

// code is a decoded QR string, as a wallet would show it.
type code struct {
	MerchantName, MerchantCity, NMID, Acquirer, Reference string
	Amount                                                string
}

// parseViews reads the templates.
func parseViews() (*template.Template, error) {
	views, err := template.New("").Funcs(template.FuncMap{
		"rupiah": idr.Format,
		"gross":  grossRupiah,
		"clock":  wib.FormatProvider,
		"label":  func(status string) string { return statusLabels[status] },
		"state":  func(state string) string { return stateLabels[state] },
		"last":   func(a []Attempt) Attempt { return a[len(a)-1] },
		"newest": newestFirst[Transaction],
		"latest": newestFirst[Delivery],
		"wib":    func(t *time.Time) string { return wib.FormatProvider(*t) },
	}).ParseFS(pageFiles, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	return views, nil
}

var statusLabels = map[string]string{
	StatusPending: "Menunggu", StatusSettlement: "Lunas", StatusExpire: "Kedaluwarsa", StatusCancel: "Dibatalkan",
	StatusDeny: "Ditolak", StatusPartialRefund: "Refund sebagian", StatusRefund: "Refund penuh", StatusChargeback: "Chargeback",
}

var stateLabels = map[string]string{
	DeliveryWaiting: "Menunggu", DeliveryDelivered: "Terkirim", DeliveryFailed: "Gagal",
}

// grossRupiah shows an amount of the API as people write it.
func grossRupiah(gross string) (string, error) {
	amount, err := idr.ParseGross(gross)
	return idr.Format(amount), err
}

func newestFirst[T any](list []T) []T {
	turned := make([]T, len(list))
	for i, entry := range list {
		turned[len(list)-1-i] = entry
	}
	return turned
}

// pageHeaders secures every answer of a page.
func pageHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c *echo.Context) error {
		securePage(c.Response().Header())
		return next(c)
	}
}

// securePage lets a page load its own style and nothing else: what it shows was
// written by someone else.
func securePage(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // with no-referrer, forms would post without an origin
	h.Set("Cache-Control", "no-store")
}

func (s *Server) showStyle(c *echo.Context) error {
	style, err := pageFiles.ReadFile("pages/style.css")
	if err != nil {
		return fmt.Errorf("sandbox: style: %w", err)
	}
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", style)
}

func (s *Server) showTransactions(c *echo.Context) error {
	return c.Render(http.StatusOK, "transactions", page{Title: "Transaksi", Transactions: s.State().Transactions})
}

// walletNotes are the messages that an action leaves on the wallet.
var walletNotes = map[string]string{
	"pay":        "Pembayaran berhasil.",
	"fail":       "Pembayaran gagal di aplikasi. Kode tetap bisa dibayar, dan merchant tidak diberi tahu.",
	"late":       "Pembayaran masuk setelah kedaluwarsa.",
	"deny":       "Pembayaran ditolak.",
	"expire":     "Transaksi kedaluwarsa.",
	"refund":     "Dana dikembalikan.",
	"chargeback": "Chargeback diajukan.",
}

func (s *Server) showWallet(c *echo.Context) error {
	return s.renderWallet(c, http.StatusOK, walletNotes[c.QueryParam("done")], false)
}

func (s *Server) renderWallet(c *echo.Context, status int, message string, failed bool) error {
	s.mu.Lock()
	s.expireOverdue()
	t := s.index[c.Param("id")]
	if t == nil {
		s.mu.Unlock()
		return echo.ErrNotFound
	}
	w := &wallet{Transaction: t.describe(), Left: t.gross - t.refunded(), Issuers: Issuers}
	s.mu.Unlock()
	w.Can = map[string]bool{
		StatusPending: w.TransactionStatus == StatusPending, StatusExpire: w.TransactionStatus == StatusExpire,
		StatusRefund:     w.TransactionStatus == StatusSettlement || w.TransactionStatus == StatusPartialRefund,
		StatusChargeback: w.TransactionStatus == StatusSettlement,
	}
	svg, err := qris.SVG(w.QRString)
	if err != nil {
		return fmt.Errorf("sandbox: wallet: %w", err)
	}
	w.QR = template.HTML(svg) // of our own making: numbers only
	if w.Code, err = decode(w.QRString); err != nil {
		return fmt.Errorf("sandbox: wallet: %w", err)
	}
	return c.Render(status, "wallet", page{Title: "Dompet simulasi", Message: message, Failed: failed, Wallet: w})
}

// useWallet does what a button of the wallet says.
func (s *Server) useWallet(c *echo.Context) error {
	id, action := c.Param("id"), c.FormValue("action")
	if err := s.press(id, action, c.FormValue); err != nil {
		if errors.Is(err, ErrNotFound) {
			return echo.ErrNotFound
		}
		return s.renderWallet(c, http.StatusConflict, "Tidak bisa: "+reason(err), true)
	}
	return c.Redirect(http.StatusSeeOther, "/pay/"+url.PathEscape(id)+"?done="+action)
}

// errUnknownAction is a form that is not ours.
var errUnknownAction = errors.New("sandbox: unknown action")

func (s *Server) press(id, action string, form func(string) string) error {
	switch action {
	case "pay":
		return s.PayFrom(id, form("issuer"))
	case "fail":
		return nil // the attempt stays between the payer and the app
	case "late":
		return s.PayLate(id)
	case "deny":
		return s.Deny(id)
	case "expire":
		return s.Expire(id)
	case "chargeback":
		return s.Chargeback(id)
	case "refund":
		if form("amount") == "" {
			return s.Refund(id, 0)
		}
		amount, err := idr.Parse(form("amount"))
		if err != nil || amount < 1 {
			return ErrRefundAmount
		}
		return s.Refund(id, amount)
	}
	return errUnknownAction
}

// reason says in Indonesian why an action failed.
func reason(err error) string {
	switch {
	case errors.Is(err, ErrNotModifiable):
		return "status transaksi tidak mengizinkannya."
	case errors.Is(err, ErrRefundAmount):
		return "nominal refund tidak sah."
	}
	return "permintaan tidak dikenal."
}

// decode reads a QR string as a wallet does.
func decode(qrString string) (*code, error) {
	p, err := qris.Parse(qrString)
	if err != nil {
		return nil, err
	}
	d := &code{
		MerchantName: p.MerchantName(), MerchantCity: p.MerchantCity(), NMID: p.NMID(), Acquirer: p.Acquirer(),
		Reference: p.Reference(), Amount: "tidak disebut",
	}
	if amount, err := p.Amount(); err == nil {
		d.Amount = idr.Format(amount)
	}
	return d, nil
}

func (s *Server) showScanner(c *echo.Context) error {
	return c.Render(http.StatusOK, "scan", page{Title: "Pindai"})
}

// scanCode opens the wallet of a pasted code. A code of somebody else is only
// decoded.
func (s *Server) scanCode(c *echo.Context) error {
	pasted := strings.TrimSpace(c.FormValue("qr_string"))
	decoded, err := decode(pasted)
	if err != nil {
		message := "Ini bukan kode QRIS yang utuh."
		if errors.Is(err, qris.ErrChecksum) {
			message = "Checksum kode ini salah: isinya berubah atau terpotong."
		}
		return c.Render(http.StatusUnprocessableEntity, "scan", page{Title: "Pindai", Message: message, Failed: true, Scanned: pasted})
	}
	s.mu.Lock()
	t := s.index[decoded.Reference]
	s.mu.Unlock()
	if t == nil || t.qrString != pasted {
		return c.Render(http.StatusNotFound, "scan", page{
			Title: "Pindai", Message: "Kode ini bukan dari simulator ini.", Failed: true, Scanned: pasted, Code: decoded,
		})
	}
	return c.Redirect(http.StatusSeeOther, "/pay/"+url.PathEscape(t.id))
}

func (s *Server) showNotifications(c *echo.Context) error {
	return c.Render(http.StatusOK, "notifications", page{Title: "Notifikasi", Notifications: s.Deliveries()})
}

func (s *Server) resendNotification(c *echo.Context) error {
	id, err := strconv.Atoi(c.Param("id"))
	if err != nil {
		return echo.ErrNotFound
	}
	if _, err := s.Resend(id); err != nil {
		return echo.ErrNotFound
	}
	return c.Redirect(http.StatusSeeOther, "/notifications")
}
