package midtrans

import (
	"encoding/json"
	"regexp"
	"strings"
)

// redacted replaces a personal value in a stored body.
const redacted = "[redacted]"

// personal are the parts of key names whose values tell about a person, and the
// signature, which would let a stored body be sent again.
var personal = []string{"email", "phone", "name", "address", "customer", "signature", "city", "postal"}

// personalText finds e-mail addresses and Indonesian mobile numbers in free
// text, in a field whose name says nothing of them.
var personalText = regexp.MustCompile(`[^\s<>]+@[^\s<>]+|(?:\+62|\b62|\b0)[ -]?8\d{1,2}[ -]?\d{3,4}[ -]?\d{3,6}\b`)

// redact returns the body for storage: the same JSON without personal data.
// A body that is no JSON object is not kept at all.
func redact(body []byte) (clean string) {
	defer func() { // what cannot be cleaned is not kept
		if recover() != nil {
			clean = ""
		}
	}()
	var value map[string]any
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber() // amounts keep their characters
	if err := dec.Decode(&value); err != nil {
		return ""
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // or one sign became six, and the body outgrew its column
	if err := enc.Encode(redactValue("", value)); err != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func redactValue(key string, value any) any {
	if isPersonal(key) {
		return redacted
	}
	switch v := value.(type) {
	case map[string]any:
		clean := make(map[string]any, len(v))
		for k, inner := range v {
			clean[personalText.ReplaceAllString(k, redacted)] = redactValue(k, inner)
		}
		return clean
	case []any:
		for n, inner := range v {
			v[n] = redactValue(key, inner)
		}
		return v
	case string:
		return personalText.ReplaceAllString(v, redacted)
	}
	return value
}

func isPersonal(key string) bool {
	key = strings.ToLower(key)
	for _, part := range personal {
		if strings.Contains(key, part) {
			return true
		}
	}
	return false
}
