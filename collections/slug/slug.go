// Package slug makes the part of an address that names a text: lower-case
// letters, digits and single hyphens.
package slug

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// MaxLength is how many characters a slug has at most.
const MaxLength = 100

// Make returns the slug of a title: accents go, everything between words is one
// hyphen, and what is too long is cut at a word. It is empty for a title
// without a letter or digit that has a Latin form.
func Make(title string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(norm.NFKD.String(title)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			gap = false
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’': // Jum'at is one word
		default:
			gap = true
		}
	}
	return cut(b.String(), MaxLength)
}

// Numbered returns the n-th choice for a slug that is taken: judul, judul-2, …
func Numbered(base string, n int) string {
	if n < 2 {
		return base
	}
	suffix := "-" + strconv.Itoa(n)
	return cut(base, MaxLength-len(suffix)) + suffix
}

func cut(s string, length int) string {
	if len(s) <= length {
		return s
	}
	head := s[:length]
	if s[length] != '-' { // in the middle of a word
		if i := strings.LastIndexByte(head, '-'); i > 0 {
			head = head[:i]
		}
	}
	return strings.TrimRight(head, "-")
}
