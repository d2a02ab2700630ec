package payments

import "jasaweb/collections"

// The statements of this plugin, in the SQL that SQLite and Postgres share.
const (
	// lockInvoice changes nothing; it takes the row's lock.
	lockInvoice = `UPDATE {{invoices}} SET [[status]] = [[status]] WHERE [[id]] = {:id}`

	// moneyOfPayment is all that the ledger says about one payment.
	moneyOfPayment = `
SELECT
	COALESCE(SUM(CASE WHEN [[kind]] = 'payment' THEN [[amount]] ELSE 0 END), 0) AS [[paid]],
	COALESCE(SUM([[applied]]), 0) AS [[applied]],
	COALESCE(-SUM(CASE WHEN [[kind]] = 'refund' THEN [[amount]] ELSE 0 END), 0) AS [[refunded]],
	COALESCE(-SUM(CASE WHEN [[kind]] = 'chargeback' THEN [[amount]] ELSE 0 END), 0) AS [[lost]]
FROM {{ledger}} WHERE [[provider_txn_id]] = {:txn} OR [[payment_key]] = {:txn}`

	// invoicesOfPayment are the invoices that a payment counts for: the one that
	// it was made for, then the others.
	invoicesOfPayment = `
SELECT [[invoice]] FROM {{ledger}} WHERE [[provider_txn_id]] = {:txn} AND [[applied]] > 0 AND [[invoice]] != ''
GROUP BY [[invoice]] ORDER BY CASE WHEN [[invoice]] = {:own} THEN 0 ELSE 1 END, [[invoice]]`

	// moneyOfPayments is moneyOfPayment for all of them.
	moneyOfPayments = `
SELECT
	` + collections.PaymentOf + ` AS [[txn]],
	MIN([[at]]) AS [[at]],
	SUM(CASE WHEN [[kind]] = 'payment' THEN [[amount]] ELSE 0 END) AS [[paid]],
	SUM([[applied]]) AS [[applied]],
	-SUM(CASE WHEN [[kind]] = 'refund' THEN [[amount]] ELSE 0 END) AS [[refunded]],
	-SUM(CASE WHEN [[kind]] = 'chargeback' THEN [[amount]] ELSE 0 END) AS [[lost]]
FROM {{ledger}} GROUP BY ` + collections.PaymentOf

	// lockException is lockInvoice for a decision about money.
	lockException = `UPDATE {{money_exceptions}} SET [[state]] = [[state]] WHERE [[id]] = {:id}`

	countDueAttempts = `SELECT COUNT(*) FROM {{payment_attempts}} WHERE [[next_check_at]] != '' AND [[next_check_at]] <= {:now}`

	// claimDueAttempts moves the time of the next check, so that whoever asks
	// second finds nothing due.
	claimDueAttempts = `
UPDATE {{payment_attempts}} SET [[next_check_at]] = {:lease}, [[checked_at]] = {:now}, [[checks]] = [[checks]] + 1
WHERE [[id]] IN (
	SELECT [[id]] FROM {{payment_attempts}}
	WHERE [[next_check_at]] != '' AND [[next_check_at]] <= {:now}
	ORDER BY [[next_check_at]], [[id]] LIMIT {:limit}
) AND [[next_check_at]] != '' AND [[next_check_at]] <= {:now}
RETURNING [[id]]`

	// scheduleCheck is void when the attempt was scheduled anew meanwhile, as a
	// notification does that closes it.
	scheduleCheck = `UPDATE {{payment_attempts}} SET [[next_check_at]] = {:next} WHERE [[id]] = {:id} AND [[next_check_at]] = {:lease}`

	// claimAttempt is for a check out of turn; it takes no attempt that was
	// checked since {:before}.
	claimAttempt = `
UPDATE {{payment_attempts}} SET [[checked_at]] = {:now}, [[checks]] = [[checks]] + 1
WHERE [[id]] = {:id} AND [[checked_at]] <= {:before}`

	// makeDue takes the attempts of the last days, and those whose money can still
	// go back that nobody has asked about for some time.
	makeDue = `
UPDATE {{payment_attempts}} SET [[next_check_at]] = {:now}
WHERE ([[created]] >= {:since} OR [[status]] IN ('settlement', 'partial_refund') AND [[checked_at]] <= {:asked} AND
	[[created]] >= CASE WHEN [[acquirer]] LIKE '%shopee%' THEN {:shopee} ELSE {:others} END)
	AND ([[next_check_at]] = '' OR [[next_check_at]] > {:now})`

	// emptyOldBodies works in portions: it must not hold the database for long.
	emptyOldBodies = `
UPDATE {{webhook_inbox}} SET [[body_redacted]] = '' WHERE [[id]] IN (
	SELECT [[id]] FROM {{webhook_inbox}} WHERE [[received_at]] < {:before} AND [[body_redacted]] != '' LIMIT {:limit}
)`

	newestNotification = `SELECT COALESCE(MAX([[received_at]]), '') FROM {{webhook_inbox}}`

	raiseDeliveries = `UPDATE {{webhook_inbox}} SET [[deliveries]] = [[deliveries]] + 1 WHERE [[id]] = {:id}`

	// What the signals count.
	invoicesByStatus  = `SELECT [[status]] AS [[label]], COUNT(*) AS [[value]] FROM {{invoices}} GROUP BY [[status]]`
	attemptsByStatus  = `SELECT [[status]] AS [[label]], COUNT(*) AS [[value]] FROM {{payment_attempts}} GROUP BY [[status]]`
	exceptionsByState = `SELECT [[state]] AS [[label]], COUNT(*) AS [[value]] FROM {{money_exceptions}} GROUP BY [[state]]`
	bookedByKind      = `SELECT [[kind]] AS [[label]], SUM([[amount]]) AS [[value]] FROM {{ledger}} GROUP BY [[kind]]`
)
