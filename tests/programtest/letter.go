package programtest

import (
	"fmt"
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

// Letter is a mail as its reader sees it.
type Letter struct {
	Header  mail.Header
	Subject string
	Text    string
	HTML    string
}

// Address is the only address of a header field, with its name.
func (m *Letter) Address(field string) string {
	list, err := m.Header.AddressList(field)
	if err != nil || len(list) != 1 {
		return fmt.Sprintf("%q: %v", m.Header.Get(field), err)
	}
	return list[0].Name + " <" + list[0].Address + ">"
}

// ReadLetter reads a mail of two parts, the plain text first.
func ReadLetter(t *testing.T, path string) *Letter {
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
	m := &Letter{Header: raw.Header}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(raw.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(raw.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(raw.Body, params["boundary"])
	for _, into := range []*string{&m.Text, &m.HTML} {
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

// WebAddress finds the links of a plain text.
var WebAddress = regexp.MustCompile(`https?://\S+`)
