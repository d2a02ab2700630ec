// Package richtext is the HTML that people of the agency write into articles
// and pages: what of it is kept, and how it reads without its tags.
package richtext

import (
	"html"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	parser "golang.org/x/net/html"
)

// videoFrame is the only kind of player that a text may show in a frame. The pages'
// Content-Security-Policy has to name the same hosts.
var videoFrame = regexp.MustCompile(`^https://(www\.youtube-nocookie\.com/embed/|www\.youtube\.com/embed/|player\.vimeo\.com/video/)[A-Za-z0-9_-]+(\?[A-Za-z0-9_=&;%-]*)?$`)

var (
	number = regexp.MustCompile(`^[0-9]{1,4}$`)
	align  = regexp.MustCompile(`^(left|right|center)$`)
	target = regexp.MustCompile(`^_blank$`)
)

// policy is what may stay. There is no style, no class and no id: a text cannot
// dress up as a part of the page, or take the name of something a script looks
// for. Pictures and links have http, https or no scheme at all.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "b", "em", "i", "u", "s", "del", "ins", "sub", "sup",
		"small", "mark", "abbr", "code", "pre", "kbd", "blockquote", "figure", "figcaption", "dl", "dt", "dd", "div", "span",
		"details", "summary", "table", "caption", "thead", "tbody", "tfoot", "tr")
	p.AllowLists()
	p.AllowStandardURLs() // http, https, mailto; adds rel="nofollow"
	p.AllowURLSchemes("tel")
	p.RequireNoFollowOnLinks(false)
	p.RequireNoReferrerOnFullyQualifiedLinks(true)
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("target").Matching(target).OnElements("a")
	p.AllowAttrs("title").Matching(bluemonday.Paragraph).OnElements("a", "abbr", "img", "iframe")
	p.AllowAttrs("cite").OnElements("blockquote")
	p.AllowAttrs("lang").Matching(regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)).Globally()
	p.AllowAttrs("src").OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("width", "height").Matching(number).OnElements("img", "iframe")
	p.AllowAttrs("loading").Matching(regexp.MustCompile(`^lazy$`)).OnElements("img", "iframe")
	p.AllowAttrs("src").Matching(videoFrame).OnElements("iframe")
	p.AllowAttrs("allowfullscreen").OnElements("iframe")
	p.AllowAttrs("colspan", "rowspan").Matching(number).OnElements("td", "th")
	p.AllowAttrs("scope").Matching(regexp.MustCompile(`^(col|row)(group)?$`)).OnElements("th")
	p.AllowAttrs("align").Matching(align).OnElements("td", "th")
	p.AllowElements("td", "th")
	return p
})

// Clean returns the HTML without anything that could run, frame a stranger or
// change the page around it. Cleaning twice is cleaning once.
func Clean(dirty string) string {
	clean := policy().Sanitize(dirty)
	// What is left of one tag can close or open another; a few rounds settle it.
	for range maxRounds {
		again := policy().Sanitize(clean)
		if again == clean {
			return clean
		}
		clean = again
	}
	// Nothing that never settles was written by an honest editor.
	return html.EscapeString(Plain(clean))
}

const maxRounds = 4

// inline are the elements that do not separate words.
var inline = map[string]bool{
	"span": true, "strong": true, "b": true, "em": true, "i": true, "u": true, "s": true, "a": true, "sub": true, "sup": true,
	"small": true, "mark": true, "code": true, "kbd": true, "abbr": true, "del": true, "ins": true,
}

// Plain returns the text of clean HTML on one line, for excerpts, descriptions
// and search. It is text, not HTML: escape it again where it is shown.
func Plain(clean string) string {
	var b strings.Builder
	for z := parser.NewTokenizer(strings.NewReader(clean)); ; {
		switch z.Next() {
		case parser.ErrorToken: // the end
			return strings.Join(strings.Fields(b.String()), " ")
		case parser.TextToken:
			b.Write(z.Text())
		default:
			name, _ := z.TagName()
			if !inline[string(name)] {
				b.WriteByte(' ')
			}
		}
	}
}

// Shorten returns the text in at most the given number of characters, cut at a
// word and then ended with an ellipsis.
func Shorten(text string, characters int) string {
	runes := []rune(text)
	if len(runes) <= characters {
		return text
	}
	head := string(runes[:characters-1])
	if i := strings.LastIndexByte(head, ' '); i > len(head)/2 {
		head = head[:i]
	}
	return strings.TrimRight(head, " ,.;:–-") + "…"
}

// Minutes is how long the text takes to read at 200 words a minute, at least 1.
func Minutes(clean string) int {
	return max(1, (len(strings.Fields(Plain(clean)))+100)/200)
}
