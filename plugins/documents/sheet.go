package documents

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

//go:embed fonts/DejaVuSans.ttf
var regular []byte

//go:embed fonts/DejaVuSans-Bold.ttf
var bold []byte

// Measures of an A4 sheet in millimetres.
const (
	left   = 18.0
	right  = 192.0
	top    = 18.0
	bottom = 275.0 // of the text; the footer is below
	width  = right - left
)

// color is red, green and blue, 0 to 255.
type color [3]int

var (
	black = color{28, 28, 32}
	grey  = color{100, 104, 112}
	pale  = color{240, 242, 246}
	line  = color{205, 210, 218}
	brand = color{11, 107, 79} // of the site
	green = color{22, 128, 70}
	red   = color{176, 32, 32}
)

// style is how text looks.
type style struct {
	size  float64 // points
	bold  bool
	color color
	align string // "L", "R" or "C"
}

// height returns the height of a line of the style in millimetres.
func (s style) height() float64 { return s.size * 0.3528 * 1.35 }

var (
	body   = style{size: 9.5, color: black, align: "L"}
	strong = style{size: 9.5, bold: true, color: black, align: "L"}
	small  = style{size: 8, color: grey, align: "L"}
)

func (s style) aligned(align string) style { s.align = align; return s }
func (s style) sized(points float64) style { s.size = points; return s }
func (s style) colored(c color) style      { s.color = c; return s }

// sheet draws on A4. Its errors stay in the pdf until bytes asks for them.
type sheet struct {
	pdf  *fpdf.Fpdf
	lang string
	y    float64 // where the next block begins
}

// newSheet starts a document. All that it says about itself comes from the
// bill, so that the same bill always gives the same bytes.
func newSheet(title, author, lang string, created, changed time.Time) *sheet {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(created.UTC())
	pdf.SetModificationDate(changed.UTC())
	pdf.SetProducer("JasaWeb", true)
	pdf.SetTitle(printable(title), true)
	pdf.SetAuthor(printable(author), true)
	pdf.SetLang(lang)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(left, top, left)
	pdf.SetCellMargin(0)
	pdf.AddUTF8FontFromBytes("sans", "", regular)
	pdf.AddUTF8FontFromBytes("sans", "B", bold)
	s := &sheet{pdf: pdf, lang: lang}
	pdf.SetFooterFunc(func() {
		s.put(left, 283, width, small, wordAutomatic.In(lang))
		s.put(left, 283, width, small.aligned("R"), fmt.Sprintf(wordPageOf.In(lang), pdf.PageNo()))
	})
	s.newPage()
	return s
}

func (s *sheet) newPage() {
	s.pdf.AddPage()
	s.y = top
}

// need begins a new page unless height millimetres are left on this one.
func (s *sheet) need(height float64) {
	if s.y+height > bottom && s.y > top {
		s.newPage()
	}
}

func (s *sheet) use(st style) {
	weight := ""
	if st.bold {
		weight = "B"
	}
	s.pdf.SetFont("sans", weight, st.size)
	s.pdf.SetTextColor(st.color[0], st.color[1], st.color[2])
}

// put writes text into a column at x, y, broken where it is too wide, and
// returns where it ends.
func (s *sheet) put(x, y, width float64, st style, text string) float64 {
	s.use(st)
	for _, row := range s.wrap(text, width) {
		s.pdf.SetXY(x, y)
		s.pdf.CellFormat(width, st.height(), row, "", 0, st.align+"M", false, 0, "")
		y += st.height()
	}
	return y
}

// measure returns the height that put needs for text.
func (s *sheet) measure(width float64, st style, text string) float64 {
	s.use(st)
	return float64(len(s.wrap(text, width))) * st.height()
}

// wrap breaks text into lines of at most width millimetres in the current font:
// between words, and inside a word that is wider than a whole line.
func (s *sheet) wrap(text string, width float64) []string {
	rows := []string{}
	for paragraph := range strings.SplitSeq(text, "\n") {
		row := ""
		for word := range strings.FieldsSeq(printable(paragraph)) {
			if row != "" && s.pdf.GetStringWidth(row+" "+word) <= width {
				row += " " + word
				continue
			}
			if row != "" {
				rows = append(rows, row)
			}
			for row = ""; s.pdf.GetStringWidth(word) > width; {
				head := s.head(word, width)
				rows, word = append(rows, head), word[len(head):]
			}
			row = word
		}
		if row != "" {
			rows = append(rows, row)
		}
	}
	return rows
}

// head returns the longest beginning of word that fits, one character at least.
func (s *sheet) head(word string, width float64) string {
	end := 0
	for at, r := range word {
		next := at + len(string(r))
		if at > 0 && s.pdf.GetStringWidth(word[:next]) > width {
			break
		}
		end = next
	}
	return word[:end]
}

// rule draws a thin line over the whole width.
func (s *sheet) rule() {
	s.pdf.SetDrawColor(line[0], line[1], line[2])
	s.pdf.SetLineWidth(0.25)
	s.pdf.Line(left, s.y, right, s.y)
}

// box fills a rectangle behind what follows.
func (s *sheet) box(x, y, width, height float64, c color) {
	s.pdf.SetFillColor(c[0], c[1], c[2])
	s.pdf.Rect(x, y, width, height, "F")
}

// bytes finishes the document.
func (s *sheet) bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := s.pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("documents: write PDF: %w", err)
	}
	return b.Bytes(), nil
}

// fonts are the parsed fonts, for asking which characters they have.
var fonts = sync.OnceValues(func() ([2]*sfnt.Font, error) {
	var parsed [2]*sfnt.Font
	for n, content := range [][]byte{regular, bold} {
		font, err := sfnt.Parse(content)
		if err != nil {
			return parsed, err
		}
		parsed[n] = font
	}
	return parsed, nil
})

// printable returns text as the fonts can show it: composed, without control
// and direction characters, and with � for what no font has. fpdf fails on a
// character beyond its table, and people's names must not break their bills.
func printable(text string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(text) {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			b.WriteByte(' ')
		case unicode.In(r, unicode.Cf, unicode.Variation_Selector):
		case !covered(r):
			b.WriteRune(unicode.ReplacementChar)
		default:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// covered reports whether both weights can show r. fpdf addresses characters
// with two bytes.
func covered(r rune) bool {
	parsed, err := fonts()
	if err != nil || r > 0xFFFF {
		return false
	}
	for _, font := range parsed {
		if glyph, err := font.GlyphIndex(nil, r); err != nil || glyph == 0 {
			return false
		}
	}
	return true
}
