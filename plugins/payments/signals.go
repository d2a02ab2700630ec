package payments

import "jasaweb/plugins/internal/signal"

func (p *plugin) signals() []signal.Signal {
	return []signal.Signal{
		{
			Name: "jasaweb_invoices", Unit: "invoices", Group: "payments", Polarity: signal.Neutral,
			Help: "Invoices by status.", Labels: []string{"status"}, Read: signal.Query(p.app, invoicesByStatus),
		},
		{
			Name: "jasaweb_payment_attempts", Unit: "attempts", Group: "payments", Polarity: signal.Neutral,
			Help: "QR codes by status.", Labels: []string{"status"}, Read: signal.Query(p.app, attemptsByStatus),
		},
		{
			Name: "jasaweb_money_exceptions", Unit: "findings", Group: "payments", Polarity: signal.HigherIsWorse,
			Help: "Findings about money by state.", Labels: []string{"state"}, Read: signal.Query(p.app, exceptionsByState),
		},
		{
			Name: "jasaweb_ledger_rupiah", Unit: "rupiah", Group: "payments", Polarity: signal.HigherIsBetter,
			Help: "Booked rupiah by kind of entry.", Labels: []string{"kind"}, Read: signal.Query(p.app, bookedByKind),
		},
	}
}
