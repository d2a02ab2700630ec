package public

import (
	"bytes"
	"compress/zlib"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"jasaweb/collections"
	"jasaweb/plugins/internal/view"
)

// jakarta is Plus Jakarta Sans ExtraBold, latin (OFL 1.1, npm
// @fontsource/plus-jakarta-sans 5.3.0). "make vendor" fetches it again.
//
//go:embed fonts/plus-jakarta-sans-800.woff
var jakarta []byte

// The size that link previews ask for.
const cardWidth, cardHeight = 1200, 630

// cards draws the pictures of link previews. A face is not safe for two at once.
type cards struct {
	mu          sync.Mutex
	title, name font.Face
}

func newCards() (*cards, error) {
	raw, err := unwrapWOFF(jakarta)
	if err != nil {
		return nil, err
	}
	parsed, err := sfnt.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("public: font: %w", err)
	}
	c := &cards{}
	if c.title, err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: 72, DPI: 72}); err != nil {
		return nil, fmt.Errorf("public: font: %w", err)
	}
	if c.name, err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: 36, DPI: 72}); err != nil {
		return nil, fmt.Errorf("public: font: %w", err)
	}
	return c, nil
}

// draw writes the title on a card of the agency.
func (c *cards) draw(title, agency string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	paper, leaf, white, turmeric := color.RGBA{0x0B, 0x6B, 0x4F, 255}, color.RGBA{0x08, 0x55, 0x3F, 255}, color.RGBA{0xFB, 0xFA, 0xF6, 255}, color.RGBA{0xF2, 0xB3, 0x3D, 255}
	img := image.NewPaletted(image.Rect(0, 0, cardWidth, cardHeight), blends(paper, leaf, white, turmeric))
	fill := func(x0, y0, x1, y1 int, c color.Color) {
		draw.Draw(img, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(0, 0, cardWidth, cardHeight, paper)
	const blades = 1050
	for n := range 3 { // of the leaf
		fill(blades+n*50, 0, blades+25+n*50, cardHeight, leaf)
	}
	fill(80, 92, 200, 104, turmeric)
	lines := wrap(c.title, title, blades-80-30, 4)
	for n, line := range lines {
		write(img, c.title, white, 80, 210+n*86, line)
	}
	write(img, c.name, white, 80, cardHeight-72, agency)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img); err != nil {
		return nil, fmt.Errorf("public: picture: %w", err)
	}
	return b.Bytes(), nil
}

// blends are the colours with what smooth edges need between white and the
// grounds; a palette keeps the file small.
func blends(grounds0, grounds1, white, accent color.RGBA) color.Palette {
	palette := color.Palette{accent}
	for _, ground := range []color.RGBA{grounds0, grounds1} {
		for n := range 16 {
			mix := func(a, b uint8) uint8 { return uint8((int(a)*(15-n) + int(b)*n) / 15) }
			palette = append(palette, color.RGBA{mix(ground.R, white.R), mix(ground.G, white.G), mix(ground.B, white.B), 255})
		}
	}
	return palette
}

func write(img draw.Image, face font.Face, c color.Color, x, y int, text string) {
	d := font.Drawer{Dst: img, Src: image.NewUniform(c), Face: face, Dot: fixed.P(x, y)}
	d.DrawString(text)
}

// wrap breaks text into at most limit lines of the width in pixels, and after
// every sentence.
func wrap(face font.Face, text string, width, limit int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := lines[len(lines)-1]
		candidate := strings.TrimSpace(last + " " + word)
		if last == "" || !strings.HasSuffix(last, ".") && font.MeasureString(face, candidate).Ceil() <= width {
			lines[len(lines)-1] = candidate
			continue
		}
		if len(lines) == limit {
			lines[limit-1] += " …"
			break
		}
		lines = append(lines, word)
	}
	return lines
}

// unwrapWOFF turns a font of the web (WOFF 1.0) into the SFNT inside: its tables
// are packed with zlib one by one.
func unwrapWOFF(woff []byte) ([]byte, error) {
	broken := errors.New("public: the font is no WOFF file")
	if len(woff) < 44 || string(woff[:4]) != "wOFF" {
		return nil, broken
	}
	tables := int(binary.BigEndian.Uint16(woff[12:]))
	out := make([]byte, 12+16*tables)
	copy(out, woff[4:8]) // flavour
	binary.BigEndian.PutUint16(out[4:], uint16(tables))
	for n := range tables {
		entry := woff[44+20*n:]
		offset, packed, size := binary.BigEndian.Uint32(entry[4:]), binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
		if uint64(offset)+uint64(packed) > uint64(len(woff)) {
			return nil, broken
		}
		table := woff[offset : offset+packed]
		if packed < size {
			z, err := zlib.NewReader(bytes.NewReader(table))
			if err != nil {
				return nil, fmt.Errorf("public: font: %w", err)
			}
			if table, err = io.ReadAll(z); err != nil {
				return nil, fmt.Errorf("public: font: %w", err)
			}
		}
		record := out[12+16*n:]
		copy(record, entry[:4])
		copy(record[4:8], entry[16:20]) // checksum
		binary.BigEndian.PutUint32(record[8:], uint32(len(out)))
		binary.BigEndian.PutUint32(record[12:], size)
		out = append(out, table...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out, nil
}

// card answers with the picture of a page: only pages that exist have one, so
// that nobody can have us draw what they like.
func (p *plugin) card(r *view.Request) (*view.Page, error) {
	lang, path := r.Request.PathValue("lang"), strings.TrimSuffix(r.Request.PathValue("path"), ".png")
	if !slices.Contains(view.Languages, lang) {
		return nil, collections.ErrNotFound
	}
	r.Lang = lang
	agency, err := collections.FindAgency(p.app)
	if err != nil {
		return nil, err
	}
	title, err := p.cardTitle(r, path)
	if err != nil {
		return nil, err
	}
	img, err := p.og.draw(title, agency.Name())
	if err != nil {
		return nil, err
	}
	view.Headers(r)
	r.Response.Header().Set("Cross-Origin-Resource-Policy", "cross-origin") // others show it
	r.Response.Header().Set("Cache-Control", "public, max-age=86400")
	return nil, r.Blob(http.StatusOK, "image/png", img)
}

func (p *plugin) cardTitle(r *view.Request, path string) (string, error) {
	section, rest, _ := strings.Cut(path, "/")
	switch {
	case path == "jasaweb":
		return r.T("home.heading"), nil
	case section == "layanan" && slices.Contains(kinds, rest):
		return r.T("service." + rest + ".title"), nil
	case section == "blog":
		post, err := collections.FindPublicPost(p.app, rest)
		if err != nil {
			return "", err
		}
		title, _ := translated(r, post, "title")
		return title, nil
	}
	return "", collections.ErrNotFound
}
