package main

import (
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"regexp"
	"strings"
	"testing"
)

// letter is a mail as its reader sees it.
type letter struct {
	header  mail.Header
	subject string
	text    string
	html    string
}

var (
	signedToken = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)
	recordID    = regexp.MustCompile(`\b[a-z0-9]{15}\b`)
	randomEmail = regexp.MustCompile(`(admin|client)-<ID>@`)
)

// print is the mail without what differs from run to run, such as the address of
// the site.
func (m *letter) print(site string) string {
	s := fmt.Sprintf("From: %s\nTo: %s\nReply-To: %s\nList-Unsubscribe: %t\nSubject: %s\n\n%s\n",
		m.address("From"), m.address("To"), m.header.Get("Reply-To"), m.header.Get("List-Unsubscribe") != "", m.subject, m.text)
	s = strings.ReplaceAll(s, site, "https://jasaweb.test")
	s = signedToken.ReplaceAllString(s, "<TOKEN>")
	s = recordID.ReplaceAllString(s, "<ID>")
	return randomEmail.ReplaceAllString(s, "$1@")
}

func (m *letter) address(field string) string {
	list, err := m.header.AddressList(field)
	if err != nil || len(list) != 1 {
		return fmt.Sprintf("%q: %v", m.header.Get(field), err)
	}
	return list[0].Name + " <" + list[0].Address + ">"
}

// readLetter reads a mail of two parts, the plain text first.
func readLetter(t *testing.T, path string) *letter {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	raw, err := mail.ReadMessage(f)
	if err != nil {
		t.Fatal(err)
	}
	m := &letter{header: raw.Header}
	if m.subject, err = new(mime.WordDecoder).DecodeHeader(raw.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(raw.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(raw.Body, params["boundary"])
	for _, into := range []*string{&m.text, &m.html} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		*into = strings.ReplaceAll(string(content), "\r\n", "\n")
	}
	return m
}

var (
	tags        = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`)
	webAddress  = regexp.MustCompile(`https?://\S+`)
	englishWord = regexp.MustCompile(`(?i)\b(the|your|you|please|invoice|paid|pay|password|reset|due|project|order|click|account|hello|receipt|refund)\b`)
	loud        = regexp.MustCompile(`!|\b[A-Z]{5,}\b`)
)

// check compares the two forms and looks for what no mail of ours holds.
func (m *letter) check(t *testing.T, lang string) {
	t.Helper()
	whole := html.UnescapeString(m.html)
	shown := strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(m.html, " "))), " ")
	for line := range strings.SplitSeq(m.text, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if address := webAddress.FindString(line); address != "" && strings.Contains(m.html, "href=") {
			if !strings.Contains(whole, address) {
				t.Errorf("%s: the HTML has no %s", m.subject, address)
			}
			line, _, _ = strings.Cut(line, ": http")
			line, _, _ = strings.Cut(line, "http")
		}
		label, value, _ := strings.Cut(line, ": ")
		for _, part := range []string{label, value} {
			if part = strings.TrimSuffix(part, ":"); part != "--" && !strings.Contains(shown, part) {
				t.Errorf("%s: the HTML does not say %q", m.subject, part)
			}
		}
	}
	for _, bad := range []string{"<img", "<script", " src=", "url(", "<no value>", "ZgotmplZ", "{{"} {
		if strings.Contains(m.html, bad) {
			t.Errorf("%s: the HTML holds %s", m.subject, bad)
		}
	}
	plain := webAddress.ReplaceAllString(m.subject+"\n"+m.text, "")
	if word := englishWord.FindString(plain); lang == "id" && word != "" {
		t.Errorf("%s: English in an Indonesian mail: %q", m.subject, word)
	}
	if shout := loud.FindString(plain); shout != "" && shout != "QRIS" {
		t.Errorf("%s: shouts %q", m.subject, shout)
	}
}
