package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/disintegration/imaging"
)

// jpegQuality is for pictures that had to be turned; others are not coded again.
const jpegQuality = 92

// Strip returns the picture without what it tells beside the picture: where and
// when it was taken, with which telephone, by whom. Colours are kept. A JPEG that
// says that it lies on its side is turned first. What is no JPEG, PNG or WebP, or
// cannot be read to its end, comes back as it is.
func Strip(raw []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xff\xd8\xff")):
		return stripJPEG(raw)
	case bytes.HasPrefix(raw, []byte("\x89PNG\r\n\x1a\n")):
		return stripPNG(raw), nil
	case len(raw) >= 12 && string(raw[:4]) == "RIFF" && string(raw[8:12]) == "WEBP":
		return stripWebP(raw), nil
	}
	return raw, nil
}

// Markers of JPEG (ITU T.81, table B.1).
const (
	markerSOS  = 0xda
	markerEOI  = 0xd9
	markerCOM  = 0xfe
	markerAPP0 = 0xe0
	markerAPP2 = 0xe2
	markerAPPE = 0xee
)

func stripJPEG(raw []byte) ([]byte, error) {
	out := append(make([]byte, 0, len(raw)), raw[:2]...)
	turned := 1
	for i := 2; ; {
		if i+2 > len(raw) || raw[i] != 0xff {
			return raw, nil
		}
		marker := raw[i+1]
		if marker == 0xff { // filling
			i++
			continue
		}
		if marker == markerEOI {
			out = append(out, 0xff, markerEOI) // and nothing behind it: some telephones add a second picture
			break
		}
		if i+4 > len(raw) {
			return raw, nil
		}
		length := int(binary.BigEndian.Uint16(raw[i+2:]))
		if length < 2 || i+2+length > len(raw) {
			return raw, nil
		}
		segment := raw[i : i+2+length]
		i += len(segment)
		switch content := segment[4:]; {
		case marker == markerAPP0, marker == markerAPPE, marker == markerAPP2 && bytes.HasPrefix(content, []byte("ICC_PROFILE\x00")):
			out = append(out, segment...) // density, and what the colours are
		case marker > markerAPP0 && marker <= 0xef, marker == markerCOM:
			if exif, ok := bytes.CutPrefix(content, []byte("Exif\x00\x00")); ok {
				turned = orientation(exif)
			}
		case marker == markerSOS:
			end := endOfScan(raw, i)
			if end < 0 {
				return raw, nil
			}
			out = append(append(out, segment...), raw[i:end]...)
			i = end
		default:
			out = append(out, segment...)
		}
	}
	if turned < 2 || turned > 8 {
		return out, nil
	}
	return upright(raw, out)
}

// endOfScan returns where the marker behind a scan is, -1 if there is none.
func endOfScan(raw []byte, i int) int {
	for ; i+1 < len(raw); i++ {
		if next := raw[i+1]; raw[i] == 0xff && next != 0 && (next < 0xd0 || next > 0xd7) && next != 0xff {
			return i
		}
	}
	return -1
}

// orientation reads the tag 0x0112 of the first directory (TIFF 6.0; Exif 2.3,
// 4.6.4), 1 where there is none.
func orientation(exif []byte) int {
	if len(exif) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if exif[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(exif[4:]))
	if at+2 > int64(len(exif)) {
		return 1
	}
	entries := exif[at+2:]
	for range order.Uint16(exif[at:]) {
		if len(entries) < 12 {
			return 1
		}
		if order.Uint16(entries) == 0x0112 {
			return int(order.Uint16(entries[8:]))
		}
		entries = entries[12:]
	}
	return 1
}

// upright codes the picture anew, turned as it says; one that cannot be decoded
// only loses what it tells.
func upright(raw, stripped []byte) ([]byte, error) {
	if err := Check(bytes.NewReader(raw)); err != nil {
		return nil, err
	}
	img, err := imaging.Decode(bytes.NewReader(raw), imaging.AutoOrientation(true))
	if err != nil {
		return stripped, nil
	}
	var b bytes.Buffer
	if err := imaging.Encode(&b, img, imaging.JPEG, imaging.JPEGQuality(jpegQuality)); err != nil {
		return nil, fmt.Errorf("picture: turn: %w", err)
	}
	return b.Bytes(), nil
}

// told are the chunks of PNG that are words, times and metadata (PNG 3, 11.3).
var told = map[string]bool{"eXIf": true, "tEXt": true, "zTXt": true, "iTXt": true, "tIME": true}

func stripPNG(raw []byte) []byte {
	out := append(make([]byte, 0, len(raw)), raw[:8]...)
	for i := 8; ; {
		if i+12 > len(raw) {
			return raw
		}
		length := int64(binary.BigEndian.Uint32(raw[i:]))
		end := int64(i) + 12 + length
		if end > int64(len(raw)) {
			return raw
		}
		kind := string(raw[i+4 : i+8])
		if !told[kind] {
			out = append(out, raw[i:end]...)
		}
		if kind == "IEND" {
			return out
		}
		i = int(end)
	}
}

// Flags of a VP8X chunk (RFC 9649, 2.7.1).
const flagEXIF, flagXMP = 0x08, 0x04

func stripWebP(raw []byte) []byte {
	out := append(make([]byte, 0, len(raw)), raw[:12]...)
	for i := 12; i < len(raw); {
		if i+8 > len(raw) {
			return raw
		}
		length := int64(binary.LittleEndian.Uint32(raw[i+4:]))
		end := int64(i) + 8 + length + length%2
		if end > int64(len(raw)) {
			return raw
		}
		chunk := raw[i:end]
		switch string(chunk[:4]) {
		case "EXIF", "XMP ":
		case "VP8X":
			out = append(out, chunk...)
			if length > 0 {
				out[len(out)-len(chunk)+8] &^= flagEXIF | flagXMP
			}
		default:
			out = append(out, chunk...)
		}
		i = int(end)
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}
