package hooks

// The statements of the invariants, in the SQL that SQLite and Postgres share.
const (
	// holdProjectStatus changes nothing; it locks the row and tells by the
	// number of rows whether the status is still the expected one.
	holdProjectStatus = `UPDATE {{projects}} SET [[status]] = [[status]] WHERE [[id]] = {:id} AND [[status]] = {:status}`

	findTableOfIndex = `SELECT [[tbl_name]] FROM {{sqlite_master}} WHERE [[type]] = 'index' AND LOWER([[name]]) = {:index}`

	// holdInvoiceStatus is holdProjectStatus for an invoice.
	holdInvoiceStatus = `UPDATE {{invoices}} SET [[status]] = [[status]] WHERE [[id]] = {:id} AND [[status]] = {:status}`

	countersOfDemo = `DELETE FROM {{counters}} WHERE [[name]] LIKE {:prefix}`
)
