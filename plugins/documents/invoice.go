package documents

import (
	"strings"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/plugins/internal/text"
)

// drawInvoice draws the invoice in lang.
func (b *bill) drawInvoice(lang string) *sheet {
	s := newSheet(b.number, b.agency.name, lang, b.issued, b.changed)
	s.letterhead(b.agency, wordInvoice.In(lang), b.number)
	b.drawParties(s)
	b.drawItem(s)
	b.drawTotals(s)
	s.inWords(b.amount)
	if b.status == collections.Unpaid {
		b.drawHowToPay(s)
	}
	return s
}

// letterhead writes who sends the document, and what it is.
func (s *sheet) letterhead(a agency, title, number string) {
	const nameWidth, titleWidth = 104.0, 62.0
	y := s.put(left, s.y, nameWidth, strong.sized(15).colored(brand), a.name)
	y = s.put(left, y+1, nameWidth, small, a.address)
	if a.npwp != "" {
		y = s.put(left, y, nameWidth, small, "NPWP "+a.npwp)
	}
	y = s.put(left, y, nameWidth, small, join(" · ", a.email, a.phone))
	end := s.put(right-titleWidth, s.y, titleWidth, strong.sized(20).aligned("R"), title)
	end = s.put(right-titleWidth, end+0.5, titleWidth, body.aligned("R"), number)
	s.y = max(y, end) + 4
	s.rule()
	s.y += 6
}

// drawParties writes who owes the bill beside its dates.
func (b *bill) drawParties(s *sheet) {
	const clientWidth, labelX, labelWidth = 92.0, 118.0, 26.0
	y := s.put(left, s.y, clientWidth, small, wordBillTo.In(s.lang))
	y = s.put(left, y+0.5, clientWidth, strong.sized(10.5), b.client.name)
	y = s.put(left, y, clientWidth, body, b.client.email)
	y = s.put(left, y, clientWidth, body, b.client.phone)
	due := ""
	switch {
	case !b.due.IsZero():
		due = text.Date(b.due, s.lang)
	case b.status == collections.Unpaid:
		due = wordDueLater.In(s.lang)
	}
	end := s.y
	for _, row := range [][2]string{
		{wordIssued.In(s.lang), text.Date(b.issued, s.lang)}, {wordDue.In(s.lang), due}, {wordPart.In(s.lang), b.part(s.lang)},
	} {
		if row[1] == "" {
			continue
		}
		label := s.put(labelX, end, labelWidth, body.colored(grey), row[0])
		end = max(label, s.put(labelX+labelWidth, end, right-labelX-labelWidth, body, row[1])) + 1
	}
	s.y = max(y, end) + 7
}

// drawItem writes the one line of the bill.
func (b *bill) drawItem(s *sheet) {
	const pad, textWidth = 3.0, 122.0
	height := body.height() + 2*pad + s.measure(textWidth, strong, b.item(s.lang)) + s.measure(textWidth, body, b.project) + 2*pad
	s.need(height)
	s.box(left, s.y, width, body.height()+2*2, pale)
	s.put(left+pad, s.y+2, textWidth, strong, wordItem.In(s.lang))
	s.y = s.put(left, s.y+2, width-pad, strong.aligned("R"), wordAmount.In(s.lang)) + 2 + pad
	s.put(left, s.y, width-pad, body.aligned("R"), text.Rupiah(b.net(), s.lang))
	y := s.put(left+pad, s.y, textWidth, strong, b.item(s.lang))
	s.y = s.put(left+pad, y, textWidth, body, b.project) + pad
	s.rule()
	s.y += 3
}

// drawTotals writes the sums on the right and the stamp on the left of them.
func (b *bill) drawTotals(s *sheet) {
	const pad, x = 3.0, 104.0
	rows := [][2]string{}
	if b.ppn > 0 {
		rows = append(rows,
			[2]string{wordNet.In(s.lang), text.Rupiah(b.net(), s.lang)},
			[2]string{wordDPP.In(s.lang), text.Rupiah(b.dpp, s.lang)},
			[2]string{b.tax(s.lang), text.Rupiah(b.ppn, s.lang)})
	}
	s.need(52)
	start := s.y
	for _, row := range rows {
		s.put(x+pad, s.y, 60, body, row[0])
		s.y = s.put(x, s.y, right-x-pad, body.aligned("R"), row[1]) + 1
	}
	s.box(x, s.y, right-x, 10, pale)
	total := strong.sized(12)
	s.put(x+pad, s.y+2.2, 30, total, wordTotal.In(s.lang))
	s.y = s.put(x, s.y+2.2, right-x-pad, total.aligned("R"), text.Rupiah(b.amount, s.lang)) + 4
	page, end := s.pdf.PageNo(), s.y
	if mark, c := b.mark(s.lang); mark != "" {
		s.stamp(left+6, start+4, c, mark)
		end = start + 30
	}
	for _, r := range b.returns {
		s.need(2*body.height() + 1)
		y := s.put(x+pad, s.y, 50, body.colored(red), r.what(s.lang)+"\n"+text.Date(r.at, s.lang))
		s.put(x, s.y, right-x-pad, body.colored(red).aligned("R"), text.Rupiah(r.amount, s.lang))
		s.y = y + 1
	}
	if s.pdf.PageNo() == page {
		s.y = max(s.y, end)
	}
	s.y += 3
}

// mark returns the words of the stamp, the first line large, or "".
func (b *bill) mark(lang string) (string, color) {
	switch {
	case b.status == collections.InvoiceCancelled:
		return wordCancelled.In(lang), red
	case b.status == collections.Paid && b.returnedWholly:
		return wordReturned.In(lang), red
	case b.status == collections.Paid:
		return wordPaid.In(lang) + "\n" + text.Date(b.paid, lang), green
	}
	return "", color{}
}

// stamp draws the words in a frame, tilted like a rubber stamp.
func (s *sheet) stamp(x, y float64, c color, words string) {
	const stampWidth = 62.0
	head, rest, _ := strings.Cut(words, "\n")
	large, under := strong.sized(19).colored(c).aligned("C"), strong.sized(9).colored(c).aligned("C")
	height := large.height() + s.measure(stampWidth, under, rest) + 4
	s.pdf.TransformBegin()
	s.pdf.TransformRotate(7, x+stampWidth/2, y+height/2)
	s.pdf.SetDrawColor(c[0], c[1], c[2])
	s.pdf.SetLineWidth(0.9)
	s.pdf.RoundedRect(x, y, stampWidth, height, 2, "1234", "D")
	s.put(x, s.put(x, y+2, stampWidth, large, head), stampWidth, under, rest)
	s.pdf.TransformEnd()
}

// inWords repeats the amount in words, which forgers find harder to change.
func (s *sheet) inWords(amount int64) {
	const pad = 3.0
	words := "# " + sentence(idr.Terbilang(amount)) + " #"
	height := small.height() + s.measure(width-2*pad, strong, words) + 2*pad
	s.need(height)
	s.box(left, s.y, width, height, pale)
	y := s.put(left+pad, s.y+pad, width, small, wordInWords.In(s.lang))
	s.put(left+pad, y, width-2*pad, strong, words)
	s.y += height + 7
}

// drawHowToPay writes the ways in which an open bill can be paid.
func (b *bill) drawHowToPay(s *sheet) {
	ways := []string{}
	if b.amount <= idr.QRISCap {
		ways = append(ways, phrase{
			ID: "QRIS: masuk ke " + b.site + ", buka tagihan ini, lalu pindai kode QR dengan aplikasi bank atau dompet digital apa pun.",
			EN: "QRIS: sign in at " + b.site + ", open this invoice and scan the QR code with any banking or wallet app.",
		}.In(s.lang))
	}
	if a := b.agency; a.bankAccount != "" {
		account := join(" ", a.bankName, a.bankAccount)
		ways = append(ways, phrase{
			ID: "Transfer bank: " + join(" a.n. ", account, a.bankHolder) + ". Cantumkan " + b.number + " pada berita transfer.",
			EN: "Bank transfer: " + join(", account holder ", account, a.bankHolder) + ". State " + b.number + " as the reference.",
		}.In(s.lang))
	}
	if len(ways) == 0 {
		return
	}
	const indent = 5.0
	height := strong.height() + 1
	for _, way := range ways {
		height += s.measure(width-indent, body, way) + 1
	}
	s.need(height)
	s.y = s.put(left, s.y, width, strong, wordHowToPay.In(s.lang)) + 1
	for _, way := range ways {
		s.put(left, s.y, indent, body, "•")
		s.y = s.put(left+indent, s.y, width-indent, body, way) + 1
	}
}

// join puts sep between the parts that say something.
func join(sep string, parts ...string) string {
	said := []string{}
	for _, part := range parts {
		if part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, sep)
}
