package midtrans

// The statements of this plugin, in the SQL that SQLite and Postgres share.
const (
	// lockInvoice changes nothing; it takes the row's lock.
	lockInvoice = `UPDATE {{invoices}} SET [[status]] = [[status]] WHERE [[id]] = {:id}`

	// refundedOfInvoice is what was given back of the money that paid it. What a
	// payment brought beyond the invoice is given back first, and giving back a
	// duplicate touches no money that counts.
	refundedOfInvoice = `
SELECT COALESCE(SUM(CASE WHEN t.[[refunded]] > t.[[excess]] THEN t.[[refunded]] - t.[[excess]] ELSE 0 END), 0) FROM (
	SELECT
		-SUM(CASE WHEN [[kind]] = 'refund' THEN [[amount]] ELSE 0 END) AS [[refunded]],
		SUM(CASE WHEN [[kind]] = 'payment' THEN [[amount]] - [[applied]] ELSE 0 END) AS [[excess]],
		SUM([[applied]]) AS [[applied]]
	FROM {{ledger}} WHERE [[invoice]] = {:invoice} GROUP BY [[provider_txn_id]]
) t WHERE t.[[applied]] > 0`

	raiseDeliveries = `UPDATE {{webhook_inbox}} SET [[deliveries]] = [[deliveries]] + 1 WHERE [[id]] = {:id}`
)
