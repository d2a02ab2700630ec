package slug_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"jasaweb/collections/slug"
)

func TestSlugsOfTitles(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"SPMB online: alur yang tidak bikin orang tua bingung": "spmb-online-alur-yang-tidak-bikin-orang-tua-bingung",
		"Memilih domain .sch.id atau .com":                     "memilih-domain-sch-id-atau-com",
		"  Jum'at,  17 Agustus — Libur!  ":                     "jumat-17-agustus-libur",
		"Kafé Ñandú":                                           "kafe-nandu",
		"ﬁle №5":                                               "file-no5",
		"Biaya 100% jujur":                                     "biaya-100-jujur",
		"日本語":                                                  "",
		"🎉":                                                    "",
		"---":                                                  "",
		"":                                                     "",
		"<script>alert(1)</script>":                            "script-alert-1-script",
		"../../etc/passwd":                                     "etc-passwd",
		strings.Repeat("panjang ", 30):                         strings.TrimSuffix(strings.Repeat("panjang-", 12), "-"),
		strings.Repeat("a", 150):                               strings.Repeat("a", 100),
		strings.Repeat("a", 100) + " b":                        strings.Repeat("a", 100),
	} {
		if got := slug.Make(title); got != want {
			t.Errorf("Make(%q) = %q, want %q", title, got, want)
		}
	}
	if got := slug.Numbered(strings.Repeat("a", 100), 12); got != strings.Repeat("a", 97)+"-12" {
		t.Error(got)
	}
}

// Whatever the title, the slug has the form that the collections ask for, and
// is its own slug.
func TestEverySlugHasTheForm(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^([a-z0-9]+(-[a-z0-9]+)*)?$`)
	rapid.Check(t, func(t *rapid.T) {
		made := slug.Make(rapid.String().Draw(t, "title"))
		n := rapid.IntRange(1, 9999).Draw(t, "n")
		numbered := slug.Numbered(slug.Make("x"+made), n)
		if !form.MatchString(made) || len(made) > slug.MaxLength || slug.Make(made) != made {
			t.Fatalf("slug %q", made)
		}
		if !form.MatchString(numbered) || len(numbered) > slug.MaxLength {
			t.Fatalf("numbered slug %q", numbered)
		}
	})
}
