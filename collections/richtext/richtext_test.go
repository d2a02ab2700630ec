package richtext_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"jasaweb/collections/richtext"
)

func TestWhatAnEditorWritesStays(t *testing.T) {
	t.Parallel()
	for _, clean := range []string{
		"",
		"<h2>Judul</h2><p>Isi <strong>tebal</strong> dan <em>miring</em>.</p>",
		`<ul><li>satu</li><li>dua</li></ul><ol><li>tiga</li></ol>`,
		`<p><a href="/kontak">Hubungi kami</a></p>`,
		`<p><a href="mailto:halo@contoh.test">surel</a> <a href="tel:+6281234567890">telepon</a></p>`,
		`<figure><img src="/api/files/posts/abc/foto.jpg" alt="Kantor" width="800" height="600" loading="lazy"><figcaption>Kantor</figcaption></figure>`,
		`<table><thead><tr><th scope="col">Paket</th></tr></thead><tbody><tr><td colspan="2">Rp1.000.000</td></tr></tbody></table>`,
		`<blockquote><p>Kutipan &amp; “tanda petik”</p></blockquote>`,
		`<p lang="en">English</p>`,
		`<iframe src="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ" title="Video" width="560" height="315" loading="lazy" allowfullscreen=""></iframe>`,
		`<iframe src="https://player.vimeo.com/video/76979871"></iframe>`,
	} {
		if got := richtext.Clean(clean); got != clean {
			t.Errorf("%s\nbecame %s", clean, got)
		}
	}
}

func TestWhatCouldDoHarmGoes(t *testing.T) {
	t.Parallel()
	for dirty, want := range map[string]string{
		`<p onclick="x()">a</p>`:                                     `<p>a</p>`,
		`a<script>alert(1)</script>b`:                                `ab`,
		`<img src=x onerror=alert(1)>`:                               `<img src="x">`,
		`<a href="javascript:alert(1)">a</a>`:                        `a`,
		`<a href=" jAvAsCrIpT&#58;alert(1)">a</a>`:                   `a`,
		`<a href="data:text/html,x">a</a>`:                           `a`,
		`<img src="data:image/png;base64,AAAA">`:                     ``,
		`<p style="position:fixed" class="btn" id="login">a</p>`:     `<p>a</p>`,
		`<form action="/login"><input name="password"></form>`:       ``,
		`<iframe src="https://jahat.test/"></iframe>`:                ``,
		`<iframe src="https://www.youtube.com.jahat.test/embed/a">`:  ``,
		`<iframe src="https://www.youtube.com/embed/a/../../x">`:     ``,
		`<iframe srcdoc="<script>alert(1)</script>"></iframe>`:       ``,
		`<object data="x"></object><embed src="x"><base href="//x">`: ``,
		`<svg><script>alert(1)</script><circle/></svg>`:              ``,
		`<math><mi//xlink:href="data:x,<script>alert(4)</script>">`:  ``,
		`<style>body{display:none}</style>a`:                         `a`,
		`<meta http-equiv="refresh" content="0;url=//x">`:            ``,
		`<!-- <b>komentar</b> -->a`:                                  `a`,
		`<p>2 < 3 & 4 > 1</p>`:                                       `<p>2 &lt; 3 &amp; 4 &gt; 1</p>`,
	} {
		got := richtext.Clean(dirty)
		if strings.HasPrefix(want, "<img") || want == "" {
			if strings.Contains(got, "alert") || strings.Contains(got, "iframe") || strings.Contains(got, "onerror") {
				t.Errorf("%s\nbecame %s", dirty, got)
			}
		}
		if got != want {
			t.Errorf("%s\nbecame %s\nwant   %s", dirty, got, want)
		}
	}
}

// pieces are what hostile and careless HTML is made of.
var pieces = []string{
	"<p>", "</p>", "<a href=", "\"", "'", ">", "<", "javascript:alert(1)", "https://contoh.test/?a=1&b=2", "<script>", "</script>", "<!--", "-->",
	"<iframe src=\"", "https://www.youtube.com/embed/x?a=1&b=2", "</iframe>", "<style>", "</style>", "<textarea>", "<title>", "<noscript>", "</noscript>",
	"<svg>", "<math>", "<table>", "<td>", "<img src=", " onerror=x ", "&lt;", "&amp;", "&amp;lt;", "&#60;", "&#x3c;script&#x3e;", "\x00", "\xff",
	"<![CDATA[", "]]>", "<plaintext>", "<xmp>", "</xmp>", "teks biasa", " ", "\n", "<b", "/>", "<a target=_blank href=//x rel=opener>", "<ul><li>", "é", "<?php ?>",
}

// Cleaning twice is cleaning once, and nothing that runs is left.
func TestCleaningSettles(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dirty := strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(pieces), rapid.String()), 0, 25).Draw(t, "html"), "")
		clean := richtext.Clean(dirty)
		if again := richtext.Clean(clean); again != clean {
			t.Fatalf("%q\ncleaned %q\nagain   %q", dirty, clean, again)
		}
		for _, tag := range []string{"<script", "<style", "<svg", "<math", "<form", "<object", "<textarea", "<!--"} {
			if strings.Contains(strings.ToLower(clean), tag) {
				t.Fatalf("%q left %q", dirty, clean)
			}
		}
	})
}

func TestPlainTextOfHTML(t *testing.T) {
	t.Parallel()
	for clean, want := range map[string]string{
		"<h2>Judul</h2><p>Isi <strong>te</strong>bal.</p><ul><li>satu</li><li>dua</li></ul>": "Judul Isi tebal. satu dua",
		"<p>2 &lt; 3 &amp; “x”</p>": "2 < 3 & “x”",
		"a<br>b":                    "a b",
		"":                          "",
	} {
		if got := richtext.Plain(clean); got != want {
			t.Errorf("Plain(%q) = %q, want %q", clean, got, want)
		}
	}
	for text, want := range map[string]string{
		"pendek": "pendek", "dua belas ekor ayam, dan satu": "dua belas ekor ayam…", strings.Repeat("x", 40): strings.Repeat("x", 23) + "…",
	} {
		if got := richtext.Shorten(text, 24); got != want {
			t.Errorf("Shorten(%q) = %q, want %q", text, got, want)
		}
	}
	if richtext.Minutes("") != 1 || richtext.Minutes(strings.Repeat("kata ", 300)) != 2 || richtext.Minutes(strings.Repeat("kata ", 1000)) != 5 {
		t.Error("reading time")
	}
}
