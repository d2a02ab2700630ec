package links_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"jasaweb/collections/links"
)

const key = "kunci-uji-yang-panjangnya-cukup-32"

var (
	now  = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	soon = now.AddDate(0, 0, 30)
)

var faktur = links.Link{Purpose: links.Invoice, ID: "faktur1", Generation: "3", Expires: soon}

// check is nil if the token opens the record.
func check(s *links.Signer, token string, purpose links.Purpose, id string, now time.Time) error {
	l, err := s.Open(token, purpose, now)
	if err == nil && l.ID != id {
		err = links.ErrInvalid
	}
	return err
}

func signer(key string) *links.Signer {
	return links.NewSigner(func() (string, error) { return key, nil })
}

func TestATokenOpensWhatItNames(t *testing.T) {
	t.Parallel()
	s := signer(key)
	token, err := s.Sign(faktur, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{now, soon.Add(-time.Second)} {
		if err := check(s, token, links.Invoice, "faktur1", at); err != nil {
			t.Errorf("at %s: %v", at, err)
		}
	}
	if l, err := s.Open(token, links.Invoice, now); err != nil || l != faktur {
		t.Errorf("opened %+v, %v", l, err)
	}
	again, err := s.Sign(faktur, now)
	if err != nil || again == token {
		t.Errorf("two links cannot be told apart, %v", err)
	}
}

func TestATokenOpensNothingElse(t *testing.T) {
	t.Parallel()
	s := signer(key)
	token, err := s.Sign(faktur, now)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	for name, c := range map[string]struct {
		token   string
		purpose links.Purpose
		id      string
		at      time.Time
	}{
		"expired":         {token, links.Invoice, "faktur1", soon},
		"other record":    {token, links.Invoice, "faktur2", now},
		"no record":       {token, links.Invoice, "", now},
		"other purpose":   {token, links.Receipt, "faktur1", now},
		"nothing":         {"", links.Invoice, "faktur1", now},
		"no signature":    {parts[0] + "." + parts[1] + ".", links.Invoice, "faktur1", now},
		"cut":             {token[:len(token)-4], links.Invoice, "faktur1", now},
		"other key":       {sign(t, jwt.SigningMethodHS256, []byte("kunci-lain"), registered(nil)), links.Invoice, "faktur1", now},
		"alg none":        {sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, registered(nil)), links.Invoice, "faktur1", now},
		"alg HS512":       {sign(t, jwt.SigningMethodHS512, []byte(key), registered(nil)), links.Invoice, "faktur1", now},
		"no expiry":       {sign(t, jwt.SigningMethodHS256, []byte(key), registered(func(c *jwt.RegisteredClaims) { c.ExpiresAt = nil })), links.Invoice, "faktur1", now},
		"no subject":      {sign(t, jwt.SigningMethodHS256, []byte(key), registered(func(c *jwt.RegisteredClaims) { c.Subject = "" })), links.Invoice, "faktur1", now},
		"no audience":     {sign(t, jwt.SigningMethodHS256, []byte(key), registered(func(c *jwt.RegisteredClaims) { c.Audience = nil })), links.Invoice, "faktur1", now},
		"not yet allowed": {sign(t, jwt.SigningMethodHS256, []byte(key), registered(func(c *jwt.RegisteredClaims) { c.NotBefore = jwt.NewNumericDate(soon) })), links.Invoice, "faktur1", now},
	} {
		if err := check(s, c.token, c.purpose, c.id, c.at); !errors.Is(err, links.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	// The hand-made tokens above are refused for what is wrong with each, not for
	// the way in which they are made.
	good := sign(t, jwt.SigningMethodHS256, []byte(key), registered(nil))
	if err := check(s, good, links.Invoice, "faktur1", now); err != nil {
		t.Error(err)
	}
}

func registered(change func(*jwt.RegisteredClaims)) jwt.RegisteredClaims {
	c := jwt.RegisteredClaims{Subject: "faktur1", Audience: jwt.ClaimStrings{"invoice"}, ExpiresAt: jwt.NewNumericDate(soon)}
	if change != nil {
		change(&c)
	}
	return c
}

func sign(t *testing.T, method jwt.SigningMethod, key any, c jwt.Claims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(method, c).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestWithoutAKeyNothingIsSignedOrOpened(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	for name, s := range map[string]*links.Signer{
		"broken": links.NewSigner(func() (string, error) { return "", broken }), "empty": signer(""),
	} {
		if _, err := s.Sign(faktur, now); err == nil {
			t.Errorf("%s: signed", name)
		}
		if err := check(s, "x", links.Invoice, "faktur1", now); err == nil || errors.Is(err, links.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
