package midtrans

import (
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"
)

// Keys are the server keys whose signatures count: the current one, then the
// previous one while Midtrans changes it.
type Keys []string

// ParseKeys reads "current" or "current,previous".
func ParseKeys(list string) Keys {
	keys := Keys{}
	for key := range strings.SplitSeq(list, ",") {
		if key = strings.TrimSpace(key); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// Current returns the key that requests are made with; "" without keys.
func (k Keys) Current() string {
	if len(k) == 0 {
		return ""
	}
	return k[0]
}

// Verify reports whether signature is Midtrans' for exactly these received
// texts, and by which key: "current", "previous", "key3" … The signature is the
// plain SHA-512 of the texts and the key, not an HMAC. Every key is tried, in
// constant time each. An empty key is none: with it anyone could sign.
func (k Keys) Verify(orderID, code, gross, signature string) (string, bool) {
	got, err := hex.DecodeString(signature)
	if err != nil {
		return "", false
	}
	id := ""
	for n, key := range k {
		want := digest(orderID, code, gross, key)
		if subtle.ConstantTimeCompare(got, want[:]) == 1 && key != "" && id == "" {
			id = keyID(n)
		}
	}
	return id, id != ""
}

// Sign returns the signature that Midtrans would send with key.
func Sign(orderID, code, gross, key string) string {
	sum := digest(orderID, code, gross, key)
	return hex.EncodeToString(sum[:])
}

func digest(orderID, code, gross, key string) [sha512.Size]byte {
	return sha512.Sum512([]byte(orderID + code + gross + key))
}

func keyID(n int) string {
	switch n {
	case 0:
		return "current"
	case 1:
		return "previous"
	}
	return fmt.Sprintf("key%d", n+1)
}
