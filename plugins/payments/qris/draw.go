package qris

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/boombuler/barcode/qr"
)

// quietZone is the blank border, in modules, without which scanners do not find
// the code.
const quietZone = 4

// maxScale bounds the memory of one picture: 177 modules at 32 pixels are 35 MB.
const maxScale = 32

// matrix is a code without its border; true is black.
type matrix [][]bool

// encodeMatrix lays the content out as a code. Level M survives a creased print
// and a dirty screen and still keeps the modules large.
func encodeMatrix(content string) (matrix, error) {
	if content == "" {
		return nil, errors.New("qris: draw: nothing to draw")
	}
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		// The library's message repeats the content, which may be long.
		return nil, fmt.Errorf("qris: draw: %d bytes do not fit a code", len(content))
	}
	side := code.Bounds().Dx()
	m := make(matrix, side)
	for y := range m {
		m[y] = make([]bool, side)
		for x := range m[y] {
			m[y][x] = color.GrayModel.Convert(code.At(x, y)).(color.Gray).Y < 128
		}
	}
	return m, nil
}

// SVG draws the code as one black path on a white square, in the dark theme too:
// scanners need dark on light. The unit is one module. There is no style
// attribute, so a strict content security policy shows it inline.
func SVG(payload string) ([]byte, error) {
	modules, err := encodeMatrix(payload)
	if err != nil {
		return nil, err
	}
	full := len(modules) + 2*quietZone
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="Kode QRIS" shape-rendering="crispEdges">`, full, full)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="`, full, full)
	for y, row := range modules {
		for x := 0; x < len(row); x++ {
			start := x
			for x < len(row) && row[x] {
				x++
			}
			if x > start {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", start+quietZone, y+quietZone, x-start, x-start)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.Bytes(), nil
}

// PNG draws the code with scale pixels a module, 1 to 32. 8 is large enough to
// be scanned from a screenshot.
func PNG(payload string, scale int) ([]byte, error) {
	if scale < 1 || scale > maxScale {
		return nil, fmt.Errorf("qris: draw: scale %d is not 1 to %d", scale, maxScale)
	}
	modules, err := encodeMatrix(payload)
	if err != nil {
		return nil, err
	}
	inner, side := len(modules)*scale, (len(modules)+2*quietZone)*scale
	picture := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range inner {
		for x := range inner {
			if modules[y/scale][x/scale] {
				picture.SetColorIndex(x+quietZone*scale, y+quietZone*scale, 1)
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return nil, fmt.Errorf("qris: draw: %w", err)
	}
	return b.Bytes(), nil
}
