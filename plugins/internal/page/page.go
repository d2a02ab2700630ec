// Package page is the one table of the addresses at which our pages and documents
// are, for those who lead people there without serving them: notices, mails, the
// links that are signed. A test of the whole program compares what notices lead to with the routes.
package page

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"jasaweb/collections"
	"jasaweb/collections/links"
)

// The patterns of pages, as the router knows them.
const (
	Portal         = "/portal"
	Account        = "/portal/akun"
	Invoice        = "/portal/tagihan/{id}"
	Project        = "/portal/web/{id}"
	ForgotPassword = "/lupa-sandi"
	NewPassword    = "/lupa-sandi/baru"
	Dashboard      = "/_/"
)

// Of is the address of a pattern's page about one record.
func Of(pattern, id string) string { return strings.Replace(pattern, "{id}", url.PathEscape(id), 1) }

// notices is what notices lead to, by the first key that their payload has: a page
// of the portal for clients ("" if there is none), and for admins the record of a
// collection in the dashboard.
var notices = []struct{ key, page, collection string }{
	{collections.PayloadInvoice, Invoice, collections.Invoices},
	{collections.PayloadProject, Project, collections.Projects},
	{collections.PayloadMessage, "", collections.ContactMessages},
}

// OfNotice is the page that a notification is about, for a client; empty if there
// is none.
func OfNotice(n *collections.Notification) string {
	for _, to := range notices {
		if id := n.Detail(to.key); id != "" && to.page != "" {
			return Of(to.page, id)
		}
	}
	if n.Type() == collections.NoticeAccount {
		return Account
	}
	return ""
}

// OfNoticeForAdmins is the page that a notification is about, for an admin.
func OfNoticeForAdmins(n *collections.Notification) string {
	for _, to := range notices {
		if id := n.Detail(to.key); id != "" {
			return Dashboard + "#/collections?" + url.Values{"collection": {to.collection}, "record": {id}}.Encode()
		}
	}
	if n.Type() == collections.NoticeAccount {
		return Account
	}
	return Dashboard
}

// Signed returns the address of a link, below site.
func Signed(signer *links.Signer, site string, l links.Link, now time.Time) (string, error) {
	token, err := signer.Sign(l, now)
	if err != nil {
		return "", err
	}
	switch l.Purpose {
	case links.Invoice:
		return site + "/api/invoices/" + url.PathEscape(l.ID) + "/pdf?token=" + token, nil
	case links.Receipt:
		return site + "/api/invoices/" + url.PathEscape(l.ID) + "/receipt.pdf?token=" + token, nil
	case links.Pay:
		return site + "/i/" + token, nil
	case links.Unsubscribe:
		return site + "/api/notifications/unsubscribe?token=" + token, nil
	}
	return "", fmt.Errorf("page: no address for purpose %s", l.Purpose)
}
