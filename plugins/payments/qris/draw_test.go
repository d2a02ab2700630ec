package qris

import (
	"bytes"
	"encoding/xml"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// scan reads a picture as a wallet's camera would.
func scan(t *testing.T, picture image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result.GetText()
}

var (
	run  = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)
	side = regexp.MustCompile(`viewBox="0 0 (\d+) (\d+)"`)
)

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// rasterise fills the path of an SVG of ours at scale pixels a module.
func rasterise(t *testing.T, svg string, scale int) image.Image {
	t.Helper()
	n := atoi(t, side.FindStringSubmatch(svg)[1])
	picture := image.NewGray(image.Rect(0, 0, n*scale, n*scale))
	draw.Draw(picture, picture.Bounds(), image.White, image.Point{}, draw.Src)
	for _, m := range run.FindAllStringSubmatch(svg, -1) {
		x, y, w := atoi(t, m[1]), atoi(t, m[2]), atoi(t, m[3])
		if m[3] != m[4] {
			t.Fatalf("the run %s is not closed", m[0])
		}
		if x < quietZone || y < quietZone || x+w > n-quietZone || y+1 > n-quietZone {
			t.Errorf("the run %s lies in the quiet zone", m[0])
		}
		draw.Draw(picture, image.Rect(x*scale, y*scale, (x+w)*scale, (y+1)*scale), image.Black, image.Point{}, draw.Src)
	}
	if rest := run.ReplaceAllString(strings.SplitN(strings.SplitN(svg, ` d="`, 2)[1], `"`, 2)[0], ""); rest != "" {
		t.Errorf("the path has more than runs: %.40q", rest)
	}
	return picture
}

func TestDrawnCodesScan(t *testing.T) {
	t.Parallel()
	full, err := Build(sale)
	if err != nil {
		t.Fatal(err)
	}
	short, err := Build(Sale{MerchantName: "A", MerchantCity: "B", PostalCode: "1", MerchantID: "G", Amount: 1, Reference: "r"})
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range []string{full, short, strings.Repeat("Z", 800)} {
		svg, err := SVG(payload)
		if err != nil {
			t.Fatal(err)
		}
		if got := scan(t, rasterise(t, string(svg), 4)); got != payload {
			t.Errorf("the SVG reads %q, want %q", got, payload)
		}
		drawn, err := PNG(payload, 4)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(drawn))
		if err != nil {
			t.Fatal(err)
		}
		if got := scan(t, picture); got != payload {
			t.Errorf("the PNG reads %q, want %q", got, payload)
		}
	}
}

func TestSVGIsOnePathThatAStrictPolicyShows(t *testing.T) {
	t.Parallel()
	payload, err := Build(sale)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := SVG(payload)
	if err != nil {
		t.Fatal(err)
	}
	svg := string(drawn)
	if err := xml.Unmarshal(drawn, new(struct{})); err != nil {
		t.Errorf("not XML: %v", err)
	}
	for text, want := range map[string]int{"<path": 1, `role="img"`: 1, "viewBox=": 1, "style": 0, "<script": 0, `fill="#fff"`: 1, `fill="#000"`: 1, "currentColor": 0} {
		if got := strings.Count(svg, text); got != want {
			t.Errorf("%q occurs %d times, want %d", text, got, want)
		}
	}
	if len(svg) > 32<<10 {
		t.Errorf("%d bytes", len(svg))
	}
}

func TestPNGHasAQuietZone(t *testing.T) {
	t.Parallel()
	drawn, err := PNG("000201", 3)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(drawn))
	if err != nil {
		t.Fatal(err)
	}
	n := picture.Bounds().Dx()
	if n != (21+2*quietZone)*3 {
		t.Fatalf("%d pixels wide", n)
	}
	for i := range n {
		for depth := range quietZone * 3 {
			for _, at := range []image.Point{{i, depth}, {depth, i}, {i, n - 1 - depth}, {n - 1 - depth, i}} {
				if picture.At(at.X, at.Y) != color.Color(color.RGBA{255, 255, 255, 255}) {
					t.Fatalf("%v in the quiet zone is %v", at, picture.At(at.X, at.Y))
				}
			}
		}
	}
}

func TestDrawingRefusesWhatCannotBeACode(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{"", strings.Repeat("a", 3000)} {
		if _, err := SVG(payload); err == nil {
			t.Errorf("SVG drew %d bytes", len(payload))
		}
		if _, err := PNG(payload, 4); err == nil {
			t.Errorf("PNG drew %d bytes", len(payload))
		}
	}
	for _, scale := range []int{-1, 0, 33} {
		if _, err := PNG("000201", scale); err == nil {
			t.Errorf("PNG drew at scale %d", scale)
		}
	}
}
