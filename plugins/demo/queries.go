package demo

// The statements of this plugin, in the SQL that SQLite and Postgres share.
const (
	// inboxOfDemo are the provider's messages about charges of the demo; the
	// table has no flag.
	inboxOfDemo = `DELETE FROM {{webhook_inbox}} WHERE [[attempt]] IN (SELECT [[id]] FROM {{payment_attempts}} WHERE [[demo]] = TRUE)`

	countersOfDemo = `DELETE FROM {{counters}} WHERE [[name]] LIKE {:prefix}`
)
