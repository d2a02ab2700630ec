package text

import (
	"errors"
	"strings"
)

// Phone is a telephone number in the form of E.164: +6281234567890.
type Phone string

// ErrPhone says that a text is no telephone number.
var ErrPhone = errors.New("text: not a telephone number")

const indonesia = "62"

// ParsePhone reads what people type: 0812…, 62812…, +62 812-…, 812…, (021) 555…,
// or a foreign number that starts with +. It returns ErrPhone for anything else;
// an empty text is one of those.
func ParsePhone(s string) (Phone, error) {
	digits, international, err := phoneDigits(s)
	if err != nil {
		return "", err
	}
	if rest, ok := strings.CutPrefix(digits, "00"+indonesia); ok && !international {
		digits, international = indonesia+rest, true // any other 00… is a slip of 0…
	}
	national := ""
	switch {
	case strings.HasPrefix(digits, indonesia) && (international || len(digits) > 10):
		national = strings.TrimPrefix(digits[len(indonesia):], "0") // +62 (0)812
	case international:
		return foreignPhone(digits)
	case strings.HasPrefix(digits, "0"):
		national = digits[1:]
	case strings.HasPrefix(digits, "8"):
		national = digits
	}
	if !nationalNumber(national) {
		return "", ErrPhone
	}
	return Phone("+" + indonesia + national), nil
}

// phoneDigits drops what people and address books put between the digits.
func phoneDigits(s string) (digits string, international bool, err error) {
	b := strings.Builder{}
	for _, r := range strings.TrimSpace(s) {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '+' && b.Len() == 0 && !international:
			international = true
		case strings.ContainsRune(" -.()/\u00a0\u202f\u2010\u2011\u2012\u2013\u2014", r):
		case r >= 0x200e && r <= 0x200f || r >= 0x202a && r <= 0x202e: // marks of writing direction
		default:
			return "", false, ErrPhone
		}
	}
	return b.String(), international, nil
}

// nationalNumber reports whether n can be an Indonesian number without its 0:
// 9 to 12 digits for a mobile (8…), 8 to 11 for a fixed line.
func nationalNumber(n string) bool {
	switch {
	case n == "" || n[0] == '0' || n[0] == '1':
		return false
	case n[0] == '8':
		return len(n) >= 9 && len(n) <= 12
	}
	return len(n) >= 8 && len(n) <= 11
}

func foreignPhone(digits string) (Phone, error) {
	if len(digits) < 8 || len(digits) > 15 || digits[0] == '0' {
		return "", ErrPhone
	}
	return Phone("+" + digits), nil
}

// national returns the number as dialled in Indonesia; empty for a foreign one.
func (p Phone) national() string {
	n, ok := strings.CutPrefix(string(p), "+"+indonesia)
	if !ok {
		return ""
	}
	return "0" + n
}

// The area codes of two digits; all others have three.
var shortAreas = []string{"021", "022", "024", "031", "061"}

// String returns the number as people read it: 0812-3456-7890, 021-5551234,
// and a foreign one as +6561234567.
func (p Phone) String() string {
	n := p.national()
	switch {
	case n == "":
		return string(p)
	case n[1] == '8' && len(n) == 10:
		return n[:4] + "-" + n[4:7] + "-" + n[7:]
	case n[1] == '8':
		return n[:4] + "-" + n[4:8] + "-" + n[8:]
	}
	for _, area := range shortAreas {
		if strings.HasPrefix(n, area) {
			return area + "-" + n[len(area):]
		}
	}
	return n[:4] + "-" + n[4:]
}

// WhatsApp returns the link that opens a chat with the number.
func (p Phone) WhatsApp() string { return "https://wa.me/" + strings.TrimPrefix(string(p), "+") }
