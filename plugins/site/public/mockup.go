package public

import (
	"fmt"
	"hash/fnv"
	"html"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// palette is the colours of a design: background, surface, ink, accent, soft.
type palette struct{ back, surface, ink, accent, soft string }

// palettes by kind and style; the accents are the same as in demo.css.
var palettes = map[string][3]palette{
	"sekolah": {{"#F7FAF8", "#FFFFFF", "#12352A", "#0B6B4F", "#DCEFE6"}, {"#FFFBF2", "#FFFFFF", "#3A2A07", "#A85B00", "#FBE7C4"}, {"#F5F8FF", "#FFFFFF", "#14264F", "#2A4B9B", "#DDE6FA"}},
	"berita":  {{"#FFFFFF", "#FFFFFF", "#1B1B1B", "#B3261E", "#F6E1DF"}, {"#F6F7F9", "#FFFFFF", "#15202B", "#1F5E8C", "#DCE9F3"}, {"#FBFAF4", "#FFFFFF", "#26301C", "#4C6B1F", "#E6EED8"}},
	"company": {{"#FFFFFF", "#F6F7FA", "#141A2A", "#334E9E", "#E2E7F5"}, {"#FAF7F5", "#FFFFFF", "#2E1B16", "#9A3F25", "#F4DFD7"}, {"#101614", "#1A2320", "#E9F1ED", "#5CCBA1", "#20342C"}},
}

// styleOf picks one of the three styles of a kind: in the order of the gallery,
// so that neighbours differ; without an order by the name.
func styleOf(record *core.Record) int {
	if order := record.GetInt("sort_order"); order > 0 {
		return (order - 1) % 3
	}
	h := fnv.New32a()
	h.Write([]byte(record.GetString("name")))
	return int(h.Sum32() % 3)
}

// sketch collects the shapes of a drawing of 640 by 400.
type sketch struct {
	b strings.Builder
	p palette
}

func (s *sketch) box(x, y, w, h, r int, fill string) {
	fmt.Fprintf(&s.b, `<rect x="%d" y="%d" width="%d" height="%d" rx="%d" fill="%s"/>`, x, y, w, h, r, fill)
}

func (s *sketch) text(x, y, size int, fill, text string) {
	fmt.Fprintf(&s.b, `<text x="%d" y="%d" font-size="%d" fill="%s">%s</text>`, x, y, size, fill, html.EscapeString(text))
}

// lines are a paragraph that is too small to read.
func (s *sketch) lines(x, y, w, n int) {
	for i := range n {
		width := w
		if i == n-1 {
			width = w * 3 / 5
		}
		s.b.WriteString(fmt.Sprintf(`<rect x="%d" y="%d" width="%d" height="5" rx="2" fill="%s" opacity=".28"/>`, x, y+i*11, width, s.p.ink))
	}
}

// picture is a landscape in the colours of the design.
func (s *sketch) picture(x, y, w, h int) {
	s.box(x, y, w, h, 6, s.p.soft)
	fmt.Fprintf(&s.b, `<circle cx="%d" cy="%d" r="%d" fill="%s" opacity=".55"/>`, x+w*3/4, y+h/3, h/9, s.p.accent)
	fmt.Fprintf(&s.b, `<path d="M%d %dl%d -%d %d %d %d -%d %d %dz" fill="%s" opacity=".4"/>`, x, y+h, w*3/10, h/2, w/5, h/4, w/5, h/3, w*3/10, h*7/12, s.p.accent)
}

func (s *sketch) header(name string) {
	s.box(0, 0, 640, 44, 0, s.p.surface)
	s.box(24, 13, 18, 18, 5, s.p.accent)
	s.text(52, 28, 15, s.p.ink, name)
	for i := range 4 {
		s.b.WriteString(fmt.Sprintf(`<rect x="%d" y="19" width="38" height="6" rx="3" fill="%s" opacity=".35"/>`, 428+i*50, s.p.ink))
	}
}

func (s *sketch) cards(y, h, n int) {
	width := (592 - (n-1)*16) / n
	for i := range n {
		x := 24 + i*(width+16)
		s.box(x, y, width, h, 8, s.p.surface)
		s.picture(x+10, y+10, width-20, h/2-6)
		s.lines(x+10, y+h/2+14, width-20, 3)
	}
}

func (s *sketch) list(x, y, w, n int) {
	for i := range n {
		s.box(x, y+i*46, 56, 36, 5, s.p.soft)
		s.lines(x+66, y+6+i*46, w-66, 2)
	}
}

// headlines of the drawings, by kind: what such a site would say.
var headlines = map[string]string{"sekolah": "SPMB 2027 dibuka", "berita": "Pasar pagi kembali ramai", "company": "Rapi dan tepat waktu"}

// sketchOf is the picture of a design.
func sketchOf(record *core.Record) string {
	kind, style := record.GetString("category"), styleOf(record)
	s := &sketch{p: palettes[kind][style]}
	s.box(0, 0, 640, 400, 0, s.p.back)
	s.header(record.GetString("name"))
	drawings[kind][style](s, headlines[kind])
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" font-family="Plus Jakarta Sans,Arial,sans-serif" font-weight="700">` + s.b.String() + `</svg>`
}

var drawings = map[string][3]func(s *sketch, headline string){
	"sekolah": {drawSplit, drawNotice, drawCentred},
	"berita":  {drawLead, drawGrid, drawMagazine},
	"company": {drawSplit, drawTall, drawCentred},
}

func drawSplit(s *sketch, headline string) {
	s.text(24, 104, 24, s.p.ink, headline)
	s.lines(24, 126, 250, 3)
	s.box(24, 172, 112, 32, 8, s.p.accent)
	s.picture(330, 64, 286, 150)
	s.cards(238, 140, 3)
}

func drawNotice(s *sketch, headline string) {
	s.box(0, 44, 640, 28, 0, s.p.accent)
	s.text(24, 63, 12, s.p.surface, headline)
	s.picture(24, 90, 360, 180)
	s.list(408, 92, 208, 4)
	s.cards(288, 100, 4)
}

func drawCentred(s *sketch, headline string) {
	s.box(0, 44, 640, 170, 0, s.p.soft)
	fmt.Fprintf(&s.b, `<text x="320" y="116" font-size="30" text-anchor="middle" fill="%s">%s</text>`, s.p.ink, html.EscapeString(headline))
	s.lines(200, 136, 240, 2)
	s.box(264, 168, 112, 30, 15, s.p.accent)
	s.cards(236, 144, 4)
}

func drawLead(s *sketch, headline string) {
	s.box(0, 44, 640, 4, 0, s.p.accent)
	s.picture(24, 66, 380, 196)
	s.text(24, 296, 24, s.p.ink, headline)
	s.lines(24, 314, 380, 4)
	s.list(428, 68, 188, 7)
}

func drawGrid(s *sketch, headline string) {
	s.box(0, 44, 640, 26, 0, s.p.accent)
	s.picture(24, 88, 290, 130)
	s.text(334, 118, 19, s.p.ink, headline)
	s.lines(334, 136, 282, 5)
	s.cards(236, 144, 3)
}

func drawMagazine(s *sketch, headline string) {
	s.picture(0, 44, 640, 150)
	s.box(24, 150, 330, 76, 8, s.p.surface)
	s.text(44, 184, 19, s.p.ink, headline)
	s.lines(44, 200, 280, 2)
	s.cards(246, 134, 3)
}

func drawTall(s *sketch, headline string) {
	s.picture(24, 64, 220, 312)
	s.text(274, 108, 27, s.p.ink, headline)
	s.lines(274, 128, 342, 4)
	s.box(274, 186, 122, 32, 8, s.p.accent)
	s.list(274, 242, 342, 3)
}
