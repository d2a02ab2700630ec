// Package links makes signed links: tokens that open one document for whoever
// holds them, without a session and until a day that they carry. They are JSON
// web tokens, signed with HMAC-SHA256 under one key of this program.
package links

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Purpose says what a link opens; one for an invoice does not open its receipt.
type Purpose string

// The purposes.
const (
	Invoice Purpose = "invoice"
	Receipt Purpose = "receipt"
	Pay     Purpose = "pay" // see the invoice, get its QR code, send a proof of transfer
	// Unsubscribe switches off one kind of mail; its subject is the user's id, a
	// slash and the type of notification.
	Unsubscribe Purpose = "unsubscribe"
)

// ErrInvalid says that a token does not open what was asked for. It does not
// tell a holder why: expired, forged and foreign look the same from outside.
var ErrInvalid = errors.New("links: the token does not open this")

// Signer makes and checks tokens under one key. The key is read on first use,
// because the data directory exists only once the application has started.
type Signer struct{ key func() (string, error) }

// NewSigner returns a signer whose key is the text that key returns.
func NewSigner(key func() (string, error)) *Signer {
	return &Signer{key: sync.OnceValues(key)}
}

// Link is what a token says: it names a record and tells nothing about it.
type Link struct {
	Purpose Purpose
	ID      string // of what it opens
	// Generation ends links: what the token opens counts up, and a token of an
	// earlier generation is refused by whoever opens it. Empty where nothing counts.
	Generation string
	Expires    time.Time
}

// claims are the registered ones, and the generation.
type claims struct {
	Generation string `json:"gen,omitempty"`
	jwt.RegisteredClaims
}

// Sign returns the token of a link, good from now on.
func (s *Signer) Sign(l Link, now time.Time) (string, error) {
	key, err := s.bytes()
	if err != nil {
		return "", err
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{l.Generation, jwt.RegisteredClaims{
		ID: rand.Text(), Subject: l.ID, Audience: jwt.ClaimStrings{string(l.Purpose)},
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(l.Expires),
	}}).SignedString(key)
	if err != nil {
		return "", fmt.Errorf("links: sign: %w", err)
	}
	return token, nil
}

// Open returns what token opens for the purpose at the time now, and ErrInvalid if
// it opens nothing. Any other error is about the key.
func (s *Signer) Open(token string, purpose Purpose, now time.Time) (Link, error) {
	key, err := s.bytes()
	if err != nil {
		return Link{}, err
	}
	read := &claims{}
	_, err = jwt.ParseWithClaims(token, read, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithAudience(string(purpose)),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(func() time.Time { return now }),
	)
	if err != nil {
		return Link{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if read.Subject == "" {
		return Link{}, ErrInvalid
	}
	return Link{Purpose: purpose, ID: read.Subject, Generation: read.Generation, Expires: read.ExpiresAt.UTC()}, nil
}

func (s *Signer) bytes() ([]byte, error) {
	key, err := s.key()
	if err == nil && key == "" {
		err = errors.New("the key is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("links: key: %w", err)
	}
	return []byte(key), nil
}

// keptDays is for how many days a link stays good, counted from the day on which
// what it opens falls due or the link is made, whichever is later.
const keptDays = 30

// Until returns until when a link made now opens what falls due at due (zero:
// not yet known), as exactly as a token says it.
func Until(now, due time.Time) time.Time {
	if due.After(now) {
		now = due
	}
	return now.AddDate(0, 0, keptDays).Truncate(time.Second)
}
