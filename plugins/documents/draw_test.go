package documents

import (
	"bytes"
	"compress/zlib"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"pgregory.net/rapid"

	"jasaweb/collections"
	"jasaweb/collections/idr"
)

// sample is a paid bill with everything on it.
func sample() *bill {
	return &bill{
		number: "INV/2026/XI/0042", status: collections.Paid,
		issued:  time.Date(2026, 11, 22, 17, 30, 0, 0, time.UTC), // the 23rd in WIB
		due:     time.Date(2026, 11, 26, 16, 59, 59, 0, time.UTC),
		paid:    time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC),
		changed: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC),
		amount:  6_660_000, dpp: 5_500_000, ppn: 660_000, taxRate: 12, instalment: 1, instalments: 2, byQRIS: true,
		agency: agency{
			name: "CV Jasa Web Nusantara", address: "Jl. Merdeka No. 17, Lantai 3\nBandung 40111, Jawa Barat", npwp: "01.234.567.8-901.000",
			email: "halo@jasaweb.test", phone: "+62 22 1234567",
			bankName: "Bank Contoh", bankAccount: "123-456-7890", bankHolder: "CV Jasa Web Nusantara",
		},
		client:  client{name: "SD Negeri 1 Sukamaju", email: "tu@sdn1.test", phone: "0812-3456-7890"},
		project: "Website SD Negeri 1 Sukamaju", kind: "sekolah", tier: "Paket Lengkap", site: "https://jasaweb.test",
	}
}

// longest is a bill whose texts are as long as their fields allow.
func longest() *bill {
	b := sample()
	b.agency.name = strings.TrimSpace(strings.Repeat("Perusahaan ", 18))
	b.agency.address = strings.TrimSpace(strings.Repeat("Jalan Panjang Sekali ", 47))
	b.client.name = strings.Repeat("W", 255)
	b.client.email = strings.Repeat("alamat", 40) + "@contoh.test"
	b.project = strings.Repeat("Ñandú ", 42)
	b.tier = strings.Repeat("Paket ", 40)
	b.amount, b.dpp, b.ppn = 9_999_999_999, 8_258_258_258, 990_990_991
	return b
}

// returned is a bill of which parts went back.
func returned(b *bill) *bill {
	b.returns = []moneyBack{
		{at: time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC), amount: 400_000}, // December in WIB
		{at: time.Date(2026, 12, 14, 3, 0, 0, 0, time.UTC), amount: 60_000, byBank: true},
	}
	return b
}

func unpaid(b *bill) *bill {
	b.status, b.paid, b.byQRIS = collections.Unpaid, time.Time{}, false
	return b
}

func untaxed(b *bill) *bill {
	b.amount, b.dpp, b.ppn, b.taxRate = 2_500_000, 0, 0, 0
	return b
}

var streams = regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`)

// read returns the text of a PDF of ours, one line per piece that was drawn,
// and how many pages it has.
func read(t testing.TB, pdf []byte) (string, int) {
	t.Helper()
	if !bytes.HasPrefix(pdf, []byte("%PDF-1.")) || !bytes.HasSuffix(bytes.TrimSpace(pdf), []byte("%%EOF")) {
		t.Fatalf("not a PDF: %.40q", pdf)
	}
	var b strings.Builder
	pages := 0
	for _, stream := range streams.FindAllSubmatch(pdf, -1) {
		z, err := zlib.NewReader(bytes.NewReader(stream[1]))
		if err != nil {
			continue // a table of the font
		}
		content, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(content, []byte("BT ")) {
			continue
		}
		pages++
		for _, piece := range pieces.FindAllSubmatch(content, -1) {
			b.WriteString(decode(piece[1]) + "\n")
		}
	}
	return b.String(), pages
}

var pieces = regexp.MustCompile(`(?s)\(((?:[^()\\]|\\.)*)\) ?Tj`)

// decode reads a PDF string of UTF-16.
func decode(s []byte) string {
	raw := []byte{}
	for n := 0; n < len(s); n++ {
		if s[n] == '\\' {
			n++
			if s[n] == 'r' {
				raw = append(raw, '\r')
				continue
			}
		}
		raw = append(raw, s[n])
	}
	units := []uint16{}
	for n := 0; n+1 < len(raw); n += 2 {
		units = append(units, uint16(raw[n])<<8|uint16(raw[n+1]))
	}
	return string(utf16.Decode(units))
}

var drawings = map[string]func() *sheet{
	"invoice-unpaid":  func() *sheet { return unpaid(untaxed(sample())).drawInvoice("id") },
	"invoice-ppn":     func() *sheet { return unpaid(sample()).drawInvoice("id") },
	"invoice-paid":    func() *sheet { return sample().drawInvoice("id") },
	"invoice-paid-en": func() *sheet { return sample().drawInvoice("en") },
	"invoice-cancelled": func() *sheet {
		b := unpaid(untaxed(sample()))
		b.status, b.due, b.instalments = collections.InvoiceCancelled, time.Time{}, 1
		return b.drawInvoice("id")
	},
	"invoice-refunded": func() *sheet {
		b := sample()
		b.returns, b.returnedWholly = []moneyBack{{at: b.paid.AddDate(0, 0, 9), amount: b.amount}}, true
		return b.drawInvoice("id")
	},
	"invoice-returned-in-parts": func() *sheet { return returned(sample()).drawInvoice("id") },
	"invoice-longest":           func() *sheet { return longest().drawInvoice("id") },
	"receipt":                   func() *sheet { return sample().drawReceipt("id") },
	"receipt-en":                func() *sheet { return sample().drawReceipt("en") },
	"receipt-small":             func() *sheet { b := untaxed(sample()); b.byTransfer = true; return b.drawReceipt("id") },
	"receipt-refunded": func() *sheet {
		b := sample()
		b.returns, b.returnedWholly = []moneyBack{{at: b.paid.AddDate(0, 0, 9), amount: b.amount}}, true
		return b.drawReceipt("id")
	},
	"receipt-returned-in-parts":    func() *sheet { return returned(sample()).drawReceipt("id") },
	"receipt-returned-in-parts-en": func() *sheet { return returned(sample()).drawReceipt("en") },
	"receipt-longest":              func() *sheet { return longest().drawReceipt("id") },
}

// The words of every kind of document, as golden files; UPDATE_GOLDEN=1 writes
// them, and PDFs beside a developer's eyes are in the directory $DRAW_TO.
func TestGoldenWords(t *testing.T) {
	t.Parallel()
	for name, draw := range drawings {
		pdf, err := draw().bytes()
		if err != nil {
			t.Fatal(name, err)
		}
		if dir := os.Getenv("DRAW_TO"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, _ := read(t, pdf)
		path := filepath.Join("testdata", name+".golden")
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s says\n%s", name, got)
		}
	}
}

func TestWordsAreWhole(t *testing.T) {
	t.Parallel()
	say := func(s *sheet) string {
		pdf, err := s.bytes()
		if err != nil {
			t.Fatal(err)
		}
		words, _ := read(t, pdf)
		return strings.Join(strings.Fields(words), " ")
	}
	b := sample()
	for _, want := range []string{
		b.agency.name, "Jl. Merdeka No. 17, Lantai 3 Bandung 40111", b.agency.npwp, b.number, b.client.name, b.project, b.tier,
		"Rp6.000.000", "Rp5.500.000", "PPN 12% (efektif 11%) Rp660.000", "Rp6.660.000", "Enam juta enam ratus enam puluh ribu rupiah",
		"23 November 2026", "26 November 2026", "1 dari 2", "LUNAS 24 November 2026",
	} {
		if got := say(b.drawInvoice("id")); !strings.Contains(got, want) {
			t.Errorf("the invoice does not say %q: %s", want, got)
		}
	}
	for _, want := range []string{"IDR 6,660,000", "VAT (PPN) 12% (effective 11%) IDR 660,000", "PAID 24 November 2026", "1 of 2"} {
		if got := say(b.drawInvoice("en")); !strings.Contains(got, want) {
			t.Errorf("the English invoice does not say %q: %s", want, got)
		}
	}
	if got := say(b.drawInvoice("id")); strings.Contains(got, b.agency.bankAccount) {
		t.Error("a paid invoice asks for a transfer")
	}
	if got := say(unpaid(sample()).drawInvoice("id")); !strings.Contains(got, b.agency.bankAccount) || strings.Contains(got, "LUNAS") {
		t.Errorf("an unpaid invoice says %s", got)
	}
	if got := say(unpaid(untaxed(sample())).drawInvoice("id")); strings.Contains(got, "PPN") || strings.Contains(got, "DPP") {
		t.Errorf("an invoice without tax speaks of it: %s", got)
	}
	b.amount = idr.Dutiable
	if got := say(b.drawReceipt("id")); strings.Contains(got, "Meterai") {
		t.Error("a receipt over Rp5.000.000 has a place for stamp duty")
	}
	b.amount++
	if got := say(b.drawReceipt("id")); !strings.Contains(got, "Meterai") {
		t.Error("a receipt over more than Rp5.000.000 has no place for stamp duty")
	}
}

// Whatever a name holds, the document is drawn, and no line leaves its column.
func TestAnyNameFits(t *testing.T) {
	t.Parallel()
	s := newSheet("uji", "uji", "id", time.Time{}, time.Time{})
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringN(0, 255, -1).Draw(t, "name")
		column := rapid.Float64Range(20, width).Draw(t, "column")
		s.use(strong)
		for _, row := range s.wrap(name, column) {
			if got := s.pdf.GetStringWidth(row); got > column {
				t.Fatalf("%q is %.1f mm wide in a column of %.1f", row, got, column)
			}
		}
		s.put(left, top, column, strong, name)
		if s.pdf.Err() {
			t.Fatalf("%q: %v", name, s.pdf.Error())
		}
	})
	if _, err := s.bytes(); err != nil {
		t.Error(err)
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Café Ñandú":          "Café Ñandú",
		"Cafe\u0301":          "Café",
		"a\x00b\r\n\tc":       "a b c",
		"\u202egnp.exe\u200d": "gnp.exe",
		"Toko 🏪 李":            "Toko � �",
		"Ελλάδα Київ":         "Ελλάδα Київ",
		"\xff\xfe":            "��",
		"":                    "",
	} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestFileNamesAreSafe(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"INV/2026/XI/0001": "invoice-INV-2026-XI-0001.pdf", "../..\"\r\n": "invoice.pdf", "": "invoice.pdf",
	} {
		if got := fileName("invoice", number); got != want {
			t.Errorf("fileName(%q) = %q, want %q", number, got, want)
		}
	}
}

func BenchmarkInvoice(b *testing.B) {
	for b.Loop() {
		if _, err := sample().drawInvoice("id").bytes(); err != nil {
			b.Fatal(err)
		}
	}
}
