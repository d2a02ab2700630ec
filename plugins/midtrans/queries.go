package midtrans

// The statements of this plugin, in the SQL that SQLite and Postgres share.
const (
	// lockInvoice changes nothing; it takes the row's lock.
	lockInvoice = `UPDATE {{invoices}} SET [[status]] = [[status]] WHERE [[id]] = {:id}`

	appliedToInvoice = `SELECT COALESCE(SUM([[applied]]), 0) FROM {{ledger}} WHERE [[invoice]] = {:invoice}`

	// refundedOfInvoice is what was given back of attempts that paid it.
	refundedOfInvoice = `
SELECT COALESCE(-SUM(r.[[amount]]), 0) FROM {{ledger}} r
WHERE r.[[kind]] = 'refund' AND r.[[invoice]] = {:invoice} AND EXISTS (
	SELECT 1 FROM {{ledger}} p
	WHERE p.[[attempt]] = r.[[attempt]] AND p.[[kind]] = 'payment' AND p.[[applied]] > 0
)`

	raiseDeliveries = `UPDATE {{webhook_inbox}} SET [[deliveries]] = [[deliveries]] + 1 WHERE [[id]] = {:id}`
)
