package idr

// Part is one bill over a part of a price.
type Part struct {
	Taxed
	AtStart bool // work waits for it
}

// Terms are what an order costs and how it is paid. Whoever names an amount of an
// order, before it is made or on its bills, takes it from here.
type Terms struct {
	Taxed        // the whole
	Parts []Part // what work waits for, then the rest
}

// NewTerms divides a net price (rupiah, before PPN at rate percent) into what is
// due at the start and what is due at review, each in the fewest parts whose total
// is at most limit. Price, base and tax of the parts add up to those of the whole.
func NewTerms(price, depositPercent, rate, limit int64) Terms {
	t := Terms{Taxed: Tax(price, rate)}
	// The tax of a part among others can be a rupiah above the tax of it alone.
	for room := limit; room >= limit-1; room-- {
		if t.Parts = divideTerms(price, depositPercent, rate, room); t.largest() <= limit {
			break
		}
	}
	return t
}

func divideTerms(price, depositPercent, rate, limit int64) []Part {
	total := func(net int64) int64 { return Tax(net, rate).Total }
	start := (price*depositPercent + 99) / 100 // a deposit is never rounded down to nothing
	nets := Split(start, total, limit)
	atStart := len(nets)
	nets = append(nets, Split(price-start, total, limit)...)
	parts := []Part{}
	for n, taxed := range TaxParts(rate, nets...) {
		parts = append(parts, Part{Taxed: taxed, AtStart: n < atStart})
	}
	return parts
}

func (t Terms) largest() (most int64) {
	for _, p := range t.Parts {
		most = max(most, p.Total)
	}
	return most
}

// Deposit is what work waits for, with tax.
func (t Terms) Deposit() (sum int64) {
	for _, p := range t.Parts {
		if p.AtStart {
			sum += p.Total
		}
	}
	return sum
}
