package collections

// The statements of this package. They stay within the SQL that SQLite and
// Postgres share.
const (
	insertCounter = `INSERT INTO {{counters}} ([[id]], [[name]], [[value]]) VALUES ({:id}, {:name}, 0) ON CONFLICT ([[name]]) DO NOTHING`
	raiseCounter  = `UPDATE {{counters}} SET [[value]] = [[value]] + 1 WHERE [[name]] = {:name} RETURNING [[value]]`

	// PaymentOf names the payment that a row of the ledger is about.
	PaymentOf = `CASE WHEN [[provider_txn_id]] != '' THEN [[provider_txn_id]] WHEN [[payment_key]] != '' THEN [[payment_key]] ELSE [[dedupe_key]] END`

	// moneyOf is what each payment did for each invoice. What it brought beyond
	// the invoice and was used for another one since is no excess any more.
	moneyOf = `
SELECT
	[[invoice]],
	` + PaymentOf + ` AS [[txn]],
	MAX([[provider_txn_id]]) AS [[provider]],
	MAX([[attempt]]) AS [[attempt]],
	-SUM(CASE WHEN [[kind]] IN ('refund', 'chargeback') THEN [[amount]] ELSE 0 END) AS [[returned]],
	SUM(CASE WHEN [[kind]] = 'payment' THEN [[amount]] - [[applied]] - COALESCE((
		SELECT SUM(a.[[applied]]) FROM {{ledger}} a
		WHERE a.[[kind]] = 'adjust' AND a.[[provider_txn_id]] = {{ledger}}.[[provider_txn_id]] AND a.[[payment_key]] = {{ledger}}.[[payment_key]]
			AND (a.[[provider_txn_id]] != '' OR a.[[payment_key]] != '')
	), 0) ELSE 0 END) AS [[excess]],
	SUM([[applied]]) AS [[applied]]
FROM {{ledger}}`
	byPayment = `
GROUP BY [[invoice]], ` + PaymentOf + ` ORDER BY MIN([[at]]), 2`

	moneyOfInvoice  = moneyOf + ` WHERE [[invoice]] = {:invoice}` + byPayment
	moneyOfInvoices = moneyOf + ` WHERE [[invoice]] != ''` + byPayment

	// returnsOfInvoice are the movements by which money of an invoice went back.
	returnsOfInvoice = `
SELECT [[kind]], [[at]], -[[amount]] AS [[amount]], ` + PaymentOf + ` AS [[txn]]
FROM {{ledger}} WHERE [[invoice]] = {:invoice} AND [[kind]] IN ('refund', 'chargeback') ORDER BY [[at]], [[created]], [[id]]`

	// dueSince is when the job that waits for longest became due; empty when none is.
	dueSince = `
SELECT COALESCE(MIN([[run_at]]), '') FROM {{jobs}}
WHERE [[state]] IN ('queued', 'running') AND [[run_at]] <= {:now} AND [[lease]] <= {:now}`
)
