package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"golang.org/x/image/webp"
	"pgregory.net/rapid"
)

func drawn(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			img.Set(x, y, color.NRGBA{uint8(x * 20), uint8(y * 20), 90, 255})
		}
	}
	return img
}

func coded(t testing.TB, format string, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	err := map[string]func() error{
		"jpeg": func() error { return jpeg.Encode(&b, img, nil) },
		"png":  func() error { return png.Encode(&b, img) },
		"gif":  func() error { return gif.Encode(&b, img, nil) },
	}[format]()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a PNG that says that it is so large, with nothing in it.
func bomb(width, height uint32) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), width), height)
	head = append(head, 8, 0, 0, 0, 0)
	out := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13)
	return binary.BigEndian.AppendUint32(append(out, head...), crc32.ChecksumIEEE(head))
}

// lossless is a WebP with a VP8L frame of that size behind a canvas of one pixel.
func lossless(width, height uint32) []byte {
	frame := binary.LittleEndian.AppendUint32([]byte{0x2f}, (width-1)|(height-1)<<14)
	body := []byte("WEBPVP8X\x0a\x00\x00\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00VP8L")
	body = append(binary.LittleEndian.AppendUint32(body, uint32(len(frame))), frame...)
	body = append(body, 0)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func TestPicturesOfTooManyPixelsAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"as large as may be":        {bomb(5000, 5000), nil},
		"one row more":              {bomb(5000, 5001), ErrTooLarge},
		"a bomb of 15,500 × 15,500": {bomb(15_500, 15_500), ErrTooLarge},
		"more than 32 bits hold":    {bomb(0x7fffffff, 0x7fffffff), nil}, // no decoder takes it
		"WebP":                      {lossless(5000, 5000), nil},
		"WebP beside its canvas":    {lossless(5000, 5001), ErrTooLarge},
		"a small picture":           {coded(t, "jpeg", drawn(9, 7)), nil},
		"no picture":                {[]byte("%PDF-1.7 and so on"), nil},
		"nothing":                   {nil, nil},
		"half a header":             {bomb(15_500, 15_500)[:20], nil},
	} {
		if err := Check(bytes.NewReader(c.raw)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// exif is a segment with GPS words and an orientation.
func exif(order binary.AppendByteOrder, mark string, turned uint16) []byte {
	tiff := order.AppendUint32(order.AppendUint16([]byte(mark), 42), 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, tag := range []uint16{0x010f, 0x0112} {
		tiff = order.AppendUint16(order.AppendUint16(tiff, tag), 3)
		tiff = order.AppendUint16(order.AppendUint16(order.AppendUint32(tiff, 1), turned), 0)
	}
	return segment(0xe1, append([]byte("Exif\x00\x00"), append(tiff, "GPS -6.2,106.8"...)...))
}

func segment(marker byte, content []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2)), content...)
}

func with(raw []byte, at int, parts ...[]byte) []byte {
	out := append([]byte{}, raw[:at]...)
	for _, p := range parts {
		out = append(out, p...)
	}
	return append(out, raw[at:]...)
}

func TestJPEGKeepsThePictureAndNothingElse(t *testing.T) {
	t.Parallel()
	plain := coded(t, "jpeg", drawn(16, 8))
	profile := segment(0xe2, []byte("ICC_PROFILE\x00\x01\x01colours"))
	told := with(plain, 2, exif(binary.LittleEndian, "II", 1), segment(0xed, []byte("IPTC GPS")), segment(0xfe, []byte("by GPS")), profile, segment(0xe2, []byte("MPF\x00GPS")))
	told = append(told, "trailing GPS"...)
	got, err := Strip(told)
	if err != nil || bytes.Contains(got, []byte("GPS")) || !bytes.Equal(got, with(plain, 2, profile)) {
		t.Errorf("left: %q, %v", got[:min(len(got), 200)], err)
	}
	if got, err := Strip(plain); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("a picture that tells nothing was changed: %v", err)
	}
}

// A telephone held upright writes a picture that lies on its side, and says so.
func TestJPEGIsTurnedBeforeItForgetsHowItLies(t *testing.T) {
	t.Parallel()
	plain := coded(t, "jpeg", drawn(16, 8))
	for turned := range uint16(10) {
		for mark, order := range map[string]binary.AppendByteOrder{"II": binary.LittleEndian, "MM": binary.BigEndian} {
			got, err := Strip(with(plain, 2, exif(order, mark, turned)))
			if err != nil || bytes.Contains(got, []byte("GPS")) {
				t.Fatalf("orientation %d: %v", turned, err)
			}
			c, err := jpeg.DecodeConfig(bytes.NewReader(got))
			if upright := turned >= 5 && turned <= 8; err != nil || (c.Width == 8) != upright {
				t.Errorf("orientation %d in %s: %d × %d, %v", turned, mark, c.Width, c.Height, err)
			}
		}
	}
}

func TestPNGAndWebPLoseTheirWords(t *testing.T) {
	t.Parallel()
	plain := coded(t, "png", drawn(6, 4))
	chunk := func(kind, content string) []byte {
		body := append([]byte(kind), content...)
		return binary.BigEndian.AppendUint32(append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), body...), crc32.ChecksumIEEE(body))
	}
	if got, err := Strip(with(plain, 33, chunk("eXIf", "GPS"), chunk("tEXt", "GPS"), chunk("iTXt", "GPS"), chunk("zTXt", "GPS"), chunk("tIME", "GPS1234"))); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("PNG: %q, %v", got, err)
	}
	frame := lossless(3, 2)
	want, told := append([]byte{}, frame...), append(append([]byte{}, frame...), "EXIF\x03\x00\x00\x00GPS\x00XMP \x04\x00\x00\x00GPS1"...)
	want[20] = 0
	if got, err := Strip(told); err != nil || !bytes.Equal(got, want) {
		t.Errorf("WebP: %q, %v; want %q", got, err, want)
	}
	if _, err := webp.DecodeConfig(bytes.NewReader(want)); err != nil {
		t.Errorf("the WebP of this test is none: %v", err)
	}
}

// Whatever is sent, nothing fails and no picture that could be seen gets lost.
func TestStripTakesAnything(t *testing.T) {
	t.Parallel()
	whole := map[string][]byte{}
	for _, format := range []string{"jpeg", "png", "gif"} {
		whole[format] = coded(t, format, drawn(12, 10))
	}
	whole["webp"] = lossless(12, 10)
	rapid.Check(t, func(t *rapid.T) {
		raw := append([]byte{}, whole[rapid.SampledFrom([]string{"jpeg", "png", "gif", "webp"}).Draw(t, "format")]...)
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			raw[rapid.IntRange(0, len(raw)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		raw = raw[:rapid.IntRange(0, len(raw)).Draw(t, "length")]
		before, _, errBefore := image.Decode(bytes.NewReader(raw))
		got, err := Strip(raw)
		if err != nil {
			t.Fatal(err)
		}
		after, _, errAfter := image.Decode(bytes.NewReader(got))
		if errBefore == nil && (errAfter != nil || before.Bounds() != after.Bounds()) {
			t.Fatalf("a picture of %v became %v", before.Bounds(), errAfter)
		}
	})
}
