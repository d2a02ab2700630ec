package observability

// applied are the names of the migrations that ran.
const applied = `SELECT [[file]] FROM {{_migrations}}`
