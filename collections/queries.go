package collections

// The statements of this package. They stay within the SQL that SQLite and
// Postgres share.
const (
	insertCounter = `INSERT INTO {{counters}} ([[id]], [[name]], [[value]]) VALUES ({:id}, {:name}, 0) ON CONFLICT ([[name]]) DO NOTHING`
	raiseCounter  = `UPDATE {{counters}} SET [[value]] = [[value]] + 1 WHERE [[name]] = {:name} RETURNING [[value]]`

	appliedToInvoice = `SELECT COALESCE(SUM([[applied]]), 0) FROM {{ledger}} WHERE [[invoice]] = {:invoice}`

	// dueSince is when the job that waits for longest became due; empty when none is.
	dueSince = `
SELECT COALESCE(MIN([[run_at]]), '') FROM {{jobs}}
WHERE [[state]] IN ('queued', 'running') AND [[run_at]] <= {:now} AND [[lease]] <= {:now}`
)
