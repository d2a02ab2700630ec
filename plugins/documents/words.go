package documents

import (
	"fmt"
	"strings"
	"time"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/wib"
)

type text = collections.Text

// The words of the documents in both languages.
var (
	wordInvoice   = text{ID: "INVOICE", EN: "INVOICE"}
	wordReceipt   = text{ID: "KUITANSI", EN: "RECEIPT"}
	wordBillTo    = text{ID: "Ditagihkan kepada", EN: "Billed to"}
	wordIssued    = text{ID: "Tanggal", EN: "Date"}
	wordDue       = text{ID: "Jatuh tempo", EN: "Due date"}
	wordDueLater  = text{ID: "Saat website ditinjau", EN: "When the website is reviewed"}
	wordPart      = text{ID: "Angsuran", EN: "Instalment"}
	wordItem      = text{ID: "Uraian", EN: "Description"}
	wordAmount    = text{ID: "Jumlah", EN: "Amount"}
	wordNet       = text{ID: "Harga", EN: "Price"}
	wordDPP       = text{ID: "DPP nilai lain (11/12)", EN: "Tax base (DPP, 11/12)"}
	wordPPN       = text{ID: "PPN", EN: "VAT (PPN)"}
	wordTotal     = text{ID: "Total", EN: "Total"}
	wordRefunded  = text{ID: "Sudah dikembalikan", EN: "Refunded"}
	wordInWords   = text{ID: "Terbilang", EN: "In words (Indonesian)"}
	wordHowToPay  = text{ID: "Cara pembayaran", EN: "How to pay"}
	wordPaid      = text{ID: "LUNAS", EN: "PAID"}
	wordCancelled = text{ID: "DIBATALKAN", EN: "CANCELLED"}
	wordReturned  = text{ID: "DIKEMBALIKAN", EN: "REFUNDED"}
	wordFrom      = text{ID: "Sudah terima dari", EN: "Received from"}
	wordSum       = text{ID: "Uang sejumlah", EN: "The sum of"}
	wordFor       = text{ID: "Untuk pembayaran", EN: "In payment of"}
	wordPaidOn    = text{ID: "Tanggal bayar", EN: "Paid on"}
	wordMethod    = text{ID: "Cara bayar", EN: "Paid by"}
	wordReference = text{ID: "Untuk invoice", EN: "For invoice"}
	wordTransfer  = text{ID: "transfer bank", EN: "bank transfer"}
	wordAnd       = text{ID: " dan ", EN: " and "}
	wordOf        = text{ID: " dari ", EN: " of "}
	wordStamp     = text{ID: "e-Meterai\nRp10.000", EN: "e-Meterai\n(stamp duty)\nRp10.000"}
	wordAutomatic = text{
		ID: "Dokumen ini dibuat oleh sistem dan sah tanpa tanda tangan.",
		EN: "This document was made by a computer and is valid without a signature.",
	}
	wordPageOf = text{ID: "Halaman %d", EN: "Page %d"}
)

var kinds = map[string]text{
	"sekolah": {ID: "Pembuatan website sekolah", EN: "School website"},
	"berita":  {ID: "Pembuatan website berita", EN: "News website"},
	"company": {ID: "Pembuatan website company profile", EN: "Company website"},
}

var months = [...]text{
	{ID: "Januari", EN: "January"}, {ID: "Februari", EN: "February"}, {ID: "Maret", EN: "March"}, {ID: "April", EN: "April"},
	{ID: "Mei", EN: "May"}, {ID: "Juni", EN: "June"}, {ID: "Juli", EN: "July"}, {ID: "Agustus", EN: "August"},
	{ID: "September", EN: "September"}, {ID: "Oktober", EN: "October"}, {ID: "November", EN: "November"}, {ID: "Desember", EN: "December"},
}

// date returns the day of t in WIB, in words: 22 November 2026.
func date(t time.Time, lang string) string {
	year, month, day := t.In(wib.Zone).Date()
	return fmt.Sprintf("%d %s %d", day, months[month-1].In(lang), year)
}

// money returns the amount as readers of lang write it: Rp1.500.000, or
// IDR 1,500,000 in English.
func money(amount int64, lang string) string {
	s := idr.Format(amount)
	if lang == "en" {
		s = strings.Replace(strings.ReplaceAll(s, ".", ","), "Rp", "IDR ", 1)
	}
	return s
}

// sentence starts s, which is ASCII or empty, with a capital letter.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// item says in one line what the bill is for, without the project's name.
func (b *bill) item(lang string) string {
	s := kinds[b.kind].In(lang)
	if b.tier != "" {
		s += " – " + b.tier
	}
	return strings.TrimPrefix(s, " – ")
}

// part says which of several bills over one price this is; empty if it is the
// only one.
func (b *bill) part(lang string) string {
	if b.instalments < 2 {
		return ""
	}
	return fmt.Sprintf("%d%s%d", b.instalment, wordOf.In(lang), b.instalments)
}

// method says how the bill was paid; empty if the ledger does not tell.
func (b *bill) method(lang string) string {
	ways := []string{}
	if b.byQRIS {
		ways = append(ways, "QRIS")
	}
	if b.byTransfer {
		ways = append(ways, wordTransfer.In(lang))
	}
	return sentence(strings.Join(ways, wordAnd.In(lang)))
}

// receiptNumber is the invoice's number in the series of receipts, so that it
// needs no counter of its own: KW/2026/XI/0001.
func (b *bill) receiptNumber() string {
	return "KW/" + strings.TrimPrefix(b.number, "INV/")
}
