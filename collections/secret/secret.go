// Package secret encrypts small values at rest and keeps the keys for it.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// prefix names the format: AES-256-GCM, 12-byte random nonce before the
// ciphertext, raw URL base64. Another cipher gets another prefix.
const prefix = "v1."

// ErrOpen says that a value was not sealed by this key for this purpose.
var ErrOpen = errors.New("secret: value cannot be opened")

// Box seals values under its key and opens those that the key, or one of the
// previous keys, has sealed. The keys are read on first use, because the data
// directory exists only once the application has started.
type Box struct {
	keys  func() (string, error)
	once  sync.Once
	aeads []cipher.AEAD // the current one first
	err   error
}

// NewBox returns a box for what keys returns: "current", or
// "current,previous,…" while a key changes. Any length is accepted and hashed to
// 256 bits.
func NewBox(keys func() (string, error)) *Box { return &Box{keys: keys} }

// Key returns a source that answers value, or the content of the file at path
// when value is empty. A missing file is created with 260 random bits and mode 0600.
func Key(value string, path func() string) func() (string, error) {
	if value != "" {
		return func() (string, error) { return value, nil }
	}
	return func() (string, error) { return keyFile(path()) }
}

func keyFile(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err == nil {
		if key := strings.TrimSpace(string(raw)); key != "" {
			return key, nil
		}
		return "", fmt.Errorf("secret: key file %s is empty", filepath.Base(path))
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("secret: read key: %w", err)
	}
	return createKeyFile(path)
}

// createKeyFile writes the whole key under another name first and links it into
// place: a second process, or a crash in between, sees no key or a complete one.
func createKeyFile(path string) (string, error) {
	key := rand.Text() + rand.Text() // as long as a key given as JWT_SECRET must be, so that it can move there
	tmp, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return "", fmt.Errorf("secret: create key: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(key + "\n")
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return "", fmt.Errorf("secret: write key: %w", err)
	}
	err = os.Link(tmp.Name(), path)
	if errors.Is(err, os.ErrExist) { // somebody else was first; theirs is the key
		return keyFile(path)
	}
	if err != nil {
		return "", fmt.Errorf("secret: place key: %w", err)
	}
	return key, nil
}

// list reads "current,previous,…". A key of before there were lists may have commas
// itself: what follows each comma, as a whole, is a previous key, too.
func list(keys string) []string {
	current, rest, _ := strings.Cut(keys, ",")
	all := []string{strings.TrimSpace(current)}
	if rest != "" {
		all = append(all, keys)
	}
	for rest != "" {
		all = append(all, strings.TrimSpace(rest))
		current, rest, _ = strings.Cut(rest, ",")
		all = append(all, strings.TrimSpace(current))
	}
	return all
}

func (b *Box) ciphers() ([]cipher.AEAD, error) {
	b.once.Do(func() {
		keys, err := b.keys()
		if err == nil {
			b.aeads, err = ciphersOf(list(keys)...)
		}
		b.err = err
	})
	return b.aeads, b.err
}

func ciphersOf(keys ...string) ([]cipher.AEAD, error) {
	aeads := []cipher.AEAD{}
	for _, key := range keys {
		sum := sha256.Sum256([]byte(key))
		block, err := aes.NewCipher(sum[:])
		if err != nil {
			return nil, fmt.Errorf("secret: cipher: %w", err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, fmt.Errorf("secret: cipher: %w", err)
		}
		aeads = append(aeads, aead)
	}
	return aeads, nil
}

// Sealed reports whether value has the form of a sealed one.
func Sealed(value string) bool { return strings.HasPrefix(value, prefix) }

// Seal encrypts plain under the current key. Purpose binds the result to its place
// (say "projects/ID/credentials"): moved elsewhere it does not open.
func (b *Box) Seal(purpose string, plain []byte) (string, error) {
	aeads, err := b.ciphers()
	if err != nil {
		return "", err
	}
	aead := aeads[0]
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) // never fails, by its contract
	return prefix + base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, []byte(purpose))), nil
}

// Open decrypts a sealed value; ErrOpen when it is not one for this purpose.
func (b *Box) Open(purpose, sealed string) ([]byte, error) {
	plain, _, err := b.openWith(purpose, sealed)
	return plain, err
}

// Current reports whether the value was sealed under the current key and not under
// a previous one; ErrOpen when no key opens it.
func (b *Box) Current(purpose, sealed string) (bool, error) {
	_, current, err := b.openWith(purpose, sealed)
	return current, err
}

// openWith also says whether the current key did it.
func (b *Box) openWith(purpose, sealed string) (plain []byte, current bool, err error) {
	aeads, err := b.ciphers()
	if err != nil {
		return nil, false, err
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(sealed, prefix))
	if err != nil || !Sealed(sealed) {
		return nil, false, ErrOpen
	}
	for i, aead := range aeads {
		if len(raw) < aead.NonceSize() {
			return nil, false, ErrOpen
		}
		plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(purpose))
		if err == nil {
			return plain, i == 0, nil
		}
	}
	return nil, false, ErrOpen
}
