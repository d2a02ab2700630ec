package documents

import (
	"fmt"

	"jasaweb/collections/idr"
	"jasaweb/plugins/internal/text"
)

// drawReceipt draws the receipt (kuitansi) of the paid bill in lang.
func (b *bill) drawReceipt(lang string) *sheet {
	s := newSheet(b.receiptNumber(), b.agency.name, lang, b.issued, b.changed)
	s.letterhead(b.agency, wordReceipt.In(lang), b.receiptNumber())
	purpose := join("\n", b.item(lang), b.project)
	if part := b.part(lang); part != "" {
		purpose += "\n" + wordPart.In(lang) + " " + part
	}
	for _, row := range [][2]string{
		{wordFrom.In(lang), b.client.name},
		{wordSum.In(lang), sentence(idr.Terbilang(b.amount))},
		{wordFor.In(lang), purpose},
		{wordReference.In(lang), b.number},
		{wordPaidOn.In(lang), text.Date(b.paid, lang)},
		{wordMethod.In(lang), b.method(lang)},
	} {
		s.entry(row[0], row[1])
	}
	if b.ppn > 0 {
		s.entry(wordDPP.In(lang), text.Rupiah(b.dpp, lang))
		s.entry(b.tax(lang), text.Rupiah(b.ppn, lang))
	}
	for _, r := range b.returns {
		s.entry(r.what(lang), join(", ", text.Rupiah(r.amount, lang), text.Date(r.at, lang)))
	}
	if len(b.returns) > 0 {
		s.entry(wordKept.In(lang), text.Rupiah(b.amount-b.returned(), lang))
	}
	b.drawSignature(s)
	return s
}

// entry writes one line of the receipt: what it is, and what it says. Nothing
// is written about what is not known.
func (s *sheet) entry(label, value string) {
	const valueX = 62.0
	if value == "" {
		return
	}
	s.need(s.measure(right-valueX, strong, value))
	y := s.put(left, s.y, valueX-left-3, body.colored(grey), label)
	s.y = max(y, s.put(valueX, s.y, right-valueX, strong, value)) + 2.5
}

// drawSignature writes the amount, the place for the duty stamp, and who
// received the money where and when.
func (b *bill) drawSignature(s *sheet) {
	const blockWidth, blockHeight = 76.0, 52.0
	s.need(blockHeight)
	s.y += 6
	amount := strong.sized(17)
	s.box(left, s.y, 78, 15, pale)
	s.put(left, s.y+3.3, 78, amount.aligned("C"), text.Rupiah(b.amount, s.lang))
	x := right - blockWidth
	y := s.put(x, s.y, blockWidth, body.aligned("C"), text.Date(b.paid, s.lang)) + 2
	if b.amount > idr.Dutiable {
		const stampWidth, stampHeight = 34.0, 22.0
		stampX := x + (blockWidth-stampWidth)/2
		s.pdf.SetDrawColor(line[0], line[1], line[2])
		s.pdf.SetLineWidth(0.3)
		s.pdf.SetDashPattern([]float64{1.2, 1}, 0)
		s.pdf.Rect(stampX, y, stampWidth, stampHeight, "D")
		s.pdf.SetDashPattern(nil, 0)
		s.put(stampX, y+6, stampWidth, small.aligned("C"), wordStamp.In(s.lang))
		y += stampHeight + 2
	} else {
		y += 18 // room for a signature
	}
	s.y = s.put(x, y, blockWidth, strong.aligned("C"), b.agency.name)
}

// tax names PPN by its rate, which is of the base, and by what it is of the price.
func (b *bill) tax(lang string) string {
	return fmt.Sprintf("%s %d%% (%s %s)", wordPPN.In(lang), b.taxRate, wordEffective.In(lang), idr.Effective(b.taxRate, lang))
}
