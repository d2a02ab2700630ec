package programtest

import (
	"bytes"
	"encoding/json"
	"image"
	imagepng "image/png"
	"testing"
)

// PNG is the smallest beginning that is recognised as a picture.
const PNG = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"

// Picture is a drawing of 200 × 200 pixels.
func Picture(t testing.TB) []byte {
	t.Helper()
	b := &bytes.Buffer{}
	if err := imagepng.Encode(b, image.NewRGBA(image.Rect(0, 0, 200, 200))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// JSON is v as JSON.
func JSON(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
