package observability

// tally is a table counted by one column of few values.
type tally struct{ name, help, label, query string }

var tallies = []tally{
	{"jasaweb_jobs", "Jobs by state.", "state",
		`SELECT [[state]] AS [[label]], COUNT(*) AS [[value]] FROM {{jobs}} GROUP BY [[state]]`},
	{"jasaweb_invoices", "Invoices by status.", "status",
		`SELECT [[status]] AS [[label]], COUNT(*) AS [[value]] FROM {{invoices}} GROUP BY [[status]]`},
	{"jasaweb_payment_attempts", "QR codes by status.", "status",
		`SELECT [[status]] AS [[label]], COUNT(*) AS [[value]] FROM {{payment_attempts}} GROUP BY [[status]]`},
	{"jasaweb_money_exceptions", "Findings about money by state.", "state",
		`SELECT [[state]] AS [[label]], COUNT(*) AS [[value]] FROM {{money_exceptions}} GROUP BY [[state]]`},
	{"jasaweb_ledger_rupiah", "Booked rupiah by kind of entry.", "kind",
		`SELECT [[kind]] AS [[label]], SUM([[amount]]) AS [[value]] FROM {{ledger}} GROUP BY [[kind]]`},
}

// applied are the names of the migrations that ran.
const applied = `SELECT [[file]] FROM {{_migrations}}`
