package api

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"jasaweb/tests/programtest"
)

var (
	signedToken = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)
	recordID    = regexp.MustCompile(`\b[a-z0-9]{15}\b`)
	randomEmail = regexp.MustCompile(`(admin|client)-<ID>@`)
)

// printLetter is the mail without what differs from run to run, such as the address of
// the site.
func printLetter(m *programtest.Letter, site string) string {
	s := fmt.Sprintf("From: %s\nTo: %s\nReply-To: %s\nList-Unsubscribe: %t\nSubject: %s\n\n%s\n",
		m.Address("From"), m.Address("To"), m.Header.Get("Reply-To"), m.Header.Get("List-Unsubscribe") != "", m.Subject, m.Text)
	s = strings.ReplaceAll(s, site, "https://jasaweb.test")
	s = signedToken.ReplaceAllString(s, "<TOKEN>")
	s = recordID.ReplaceAllString(s, "<ID>")
	return randomEmail.ReplaceAllString(s, "$1@")
}

var (
	tags        = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`)
	englishWord = regexp.MustCompile(`(?i)\b(the|your|you|please|invoice|paid|pay|password|reset|due|project|order|click|account|hello|receipt|refund)\b`)
	loud        = regexp.MustCompile(`!|\b[A-Z]{5,}\b`)
)

// checkLetter compares the two forms and looks for what no mail of ours holds.
func checkLetter(t *testing.T, m *programtest.Letter, lang string) {
	t.Helper()
	whole := html.UnescapeString(m.HTML)
	shown := strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(m.HTML, " "))), " ")
	for line := range strings.SplitSeq(m.Text, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if address := programtest.WebAddress.FindString(line); address != "" && strings.Contains(m.HTML, "href=") {
			if !strings.Contains(whole, address) {
				t.Errorf("%s: the HTML has no %s", m.Subject, address)
			}
			line, _, _ = strings.Cut(line, ": http")
			line, _, _ = strings.Cut(line, "http")
		}
		label, value, _ := strings.Cut(line, ": ")
		for _, part := range []string{label, value} {
			if part = strings.TrimSuffix(part, ":"); part != "--" && !strings.Contains(shown, part) {
				t.Errorf("%s: the HTML does not say %q", m.Subject, part)
			}
		}
	}
	for _, bad := range []string{"<img", "<script", " src=", "url(", "<no value>", "ZgotmplZ", "{{"} {
		if strings.Contains(m.HTML, bad) {
			t.Errorf("%s: the HTML holds %s", m.Subject, bad)
		}
	}
	plain := programtest.WebAddress.ReplaceAllString(m.Subject+"\n"+m.Text, "")
	if word := englishWord.FindString(plain); lang == "id" && word != "" {
		t.Errorf("%s: English in an Indonesian mail: %q", m.Subject, word)
	}
	if shout := loud.FindString(plain); shout != "" && shout != "QRIS" {
		t.Errorf("%s: shouts %q", m.Subject, shout)
	}
}
