package documents

import (
	"fmt"
	"strings"

	"jasaweb/collections"
)

type phrase = collections.Text

// The words of the documents in both languages.
var (
	wordInvoice   = phrase{ID: "TAGIHAN", EN: "INVOICE"}
	wordReceipt   = phrase{ID: "KUITANSI", EN: "RECEIPT"}
	wordBillTo    = phrase{ID: "Ditagihkan kepada", EN: "Billed to"}
	wordIssued    = phrase{ID: "Tanggal", EN: "Date"}
	wordDue       = phrase{ID: "Jatuh tempo", EN: "Due date"}
	wordDueLater  = phrase{ID: "Saat website siap diperiksa", EN: "When the website is reviewed"}
	wordPart      = phrase{ID: "Angsuran", EN: "Instalment"}
	wordItem      = phrase{ID: "Uraian", EN: "Description"}
	wordAmount    = phrase{ID: "Jumlah", EN: "Amount"}
	wordNet       = phrase{ID: "Harga", EN: "Price"}
	wordDPP       = phrase{ID: "DPP nilai lain (11/12)", EN: "Tax base (DPP, 11/12)"}
	wordPPN       = phrase{ID: "PPN", EN: "VAT (PPN)"}
	wordEffective = phrase{ID: "efektif", EN: "effective"}
	wordTotal     = phrase{ID: "Total", EN: "Total"}
	wordRefunded  = phrase{ID: "Sudah dikembalikan", EN: "Refunded"}
	wordTakenBack = phrase{ID: "Ditarik bank pembayar", EN: "Taken back by the bank"}
	wordKept      = phrase{ID: "Setelah pengembalian", EN: "After refunds"}
	wordInWords   = phrase{ID: "Terbilang", EN: "In words (Indonesian)"}
	wordHowToPay  = phrase{ID: "Cara pembayaran", EN: "How to pay"}
	wordPaid      = phrase{ID: "LUNAS", EN: "PAID"}
	wordCancelled = phrase{ID: "DIBATALKAN", EN: "CANCELLED"}
	wordReturned  = phrase{ID: "DIKEMBALIKAN", EN: "REFUNDED"}
	wordFrom      = phrase{ID: "Sudah terima dari", EN: "Received from"}
	wordSum       = phrase{ID: "Uang sejumlah", EN: "The sum of"}
	wordFor       = phrase{ID: "Untuk pembayaran", EN: "In payment of"}
	wordPaidOn    = phrase{ID: "Tanggal bayar", EN: "Paid on"}
	wordMethod    = phrase{ID: "Cara bayar", EN: "Paid by"}
	wordReference = phrase{ID: "Untuk tagihan", EN: "For invoice"}
	wordTransfer  = phrase{ID: "transfer bank", EN: "bank transfer"}
	wordAnd       = phrase{ID: " dan ", EN: " and "}
	wordOf        = phrase{ID: " dari ", EN: " of "}
	wordStamp     = phrase{ID: "e-Meterai\nRp10.000", EN: "e-Meterai\n(stamp duty)\nIDR 10,000"}
	wordAutomatic = phrase{
		ID: "Dokumen ini dibuat oleh sistem dan sah tanpa tanda tangan.",
		EN: "This document was made by a computer and is valid without a signature.",
	}
	wordPageOf = phrase{ID: "Halaman %d", EN: "Page %d"}
)

var kinds = map[string]phrase{
	"sekolah": {ID: "Pembuatan website sekolah", EN: "School website"},
	"berita":  {ID: "Pembuatan portal berita", EN: "News website"},
	"company": {ID: "Pembuatan website perusahaan", EN: "Company website"},
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

// what says how the money went back.
func (r moneyBack) what(lang string) string {
	if r.byBank {
		return wordTakenBack.In(lang)
	}
	return wordRefunded.In(lang)
}

// receiptNumber is the invoice's number in the series of receipts, so that it
// needs no counter of its own: KW/2026/XI/0001.
func (b *bill) receiptNumber() string {
	return "KW/" + strings.TrimPrefix(b.number, "INV/")
}
