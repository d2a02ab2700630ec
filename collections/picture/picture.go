// Package picture looks at uploaded pictures before anything decodes them: how
// many pixels they unfold to, and what they tell beside the picture. It never
// decodes more than a header, other than to turn a picture that lies on its side.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // formats that thumbs are made of
	_ "image/jpeg"
	_ "image/png"
	"io"

	"golang.org/x/image/riff"
	"golang.org/x/image/vp8"
	"golang.org/x/image/vp8l"
)

// MaxPixels is what a picture may unfold to. A file of 2 MB can hold 240 million
// pixels, and a decoder takes four bytes and more for each: 25 million are larger
// than the photo of a good telephone and need 100 MB.
const MaxPixels = 25_000_000

// ErrTooLarge refuses a picture of more than MaxPixels.
var ErrTooLarge = errors.New("picture: more than 25 million pixels")

// Check reads the header of a picture and refuses one that is too large. What is
// no picture, or a broken one, is nobody's danger: a decoder stops at its header.
func Check(r io.Reader) error {
	width, height := size(r)
	if int64(width)*int64(height) > MaxPixels {
		return fmt.Errorf("%w: %d × %d", ErrTooLarge, width, height)
	}
	return nil
}

// size returns the pixels that a decoder would make room for, 0 for no picture.
func size(r io.Reader) (width, height int) {
	head := make([]byte, 12)
	n, err := io.ReadFull(r, head)
	if err != nil {
		return 0, 0
	}
	r = io.MultiReader(bytes.NewReader(head[:n]), r)
	if string(head[:4]) == "RIFF" && string(head[8:]) == "WEBP" {
		return sizeOfWebP(r)
	}
	c, _, err := image.DecodeConfig(r)
	if err != nil {
		return 0, 0
	}
	return c.Width, c.Height
}

// sizeOfWebP looks at the frame itself: the canvas in front of it (VP8X), which
// image.DecodeConfig returns, may be smaller.
func sizeOfWebP(r io.Reader) (width, height int) {
	_, chunks, err := riff.NewReader(r)
	if err != nil {
		return 0, 0
	}
	for {
		id, length, content, err := chunks.Next()
		if err != nil {
			return 0, 0
		}
		switch string(id[:]) {
		case "VP8 ":
			d := vp8.NewDecoder()
			d.Init(content, int(length))
			h, err := d.DecodeFrameHeader()
			if err != nil {
				return 0, 0
			}
			return h.Width, h.Height
		case "VP8L":
			c, err := vp8l.DecodeConfig(content)
			if err != nil {
				return 0, 0
			}
			return c.Width, c.Height
		}
	}
}
