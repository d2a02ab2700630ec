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

// Box seals and opens values under one key. The key is read on first use,
// because the data directory exists only once the application has started.
type Box struct {
	key  func() (string, error)
	once sync.Once
	aead cipher.AEAD
	err  error
}

// NewBox returns a box whose key is the text that key returns; any length is
// accepted and hashed to 256 bits.
func NewBox(key func() (string, error)) *Box { return &Box{key: key} }

// Key returns a source that answers value, or the content of the file at path
// when value is empty. A missing file is created with 130 random bits and mode
// 0600, so it is part of the data directory's backups.
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

func (b *Box) open() (cipher.AEAD, error) {
	b.once.Do(func() {
		key, err := b.key()
		if err != nil {
			b.err = err
			return
		}
		sum := sha256.Sum256([]byte(key))
		block, err := aes.NewCipher(sum[:])
		if err != nil {
			b.err = fmt.Errorf("secret: cipher: %w", err)
			return
		}
		b.aead, b.err = cipher.NewGCM(block)
	})
	return b.aead, b.err
}

// Sealed reports whether value has the form of a sealed one.
func Sealed(value string) bool { return strings.HasPrefix(value, prefix) }

// Seal encrypts plain. Purpose binds the result to its place (say
// "projects/ID/credentials"): moved elsewhere it does not open.
func (b *Box) Seal(purpose string, plain []byte) (string, error) {
	aead, err := b.open()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) // never fails, by its contract
	return prefix + base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, []byte(purpose))), nil
}

// Open decrypts a sealed value; ErrOpen when it is not one for this purpose.
func (b *Box) Open(purpose, sealed string) ([]byte, error) {
	aead, err := b.open()
	if err != nil {
		return nil, err
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(sealed, prefix))
	if err != nil || !Sealed(sealed) || len(raw) < aead.NonceSize() {
		return nil, ErrOpen
	}
	plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(purpose))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}
