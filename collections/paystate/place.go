package paystate

// Place says what of money that has come pays the invoice; for the rest there is
// a reason to ask people. It is one rule for money of the provider and for money
// that people write down.
func (i Invoice) Place(amount int64) (applied int64, rest ExceptionKind) {
	switch i.State {
	case InvoiceCancelled:
		return 0, LateMoney
	case InvoicePaid:
		return 0, DuplicateMoney
	}
	return min(amount, i.Owed()), OverpaidMoney
}

// Owed is what the invoice still lacks, in rupiah.
func (i Invoice) Owed() int64 { return max(i.Amount-i.Applied, 0) }
