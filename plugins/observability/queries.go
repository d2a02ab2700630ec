package observability

// applied are the names of the migrations that ran.
const applied = `SELECT [[file]] FROM {{_migrations}}`

// triggers are the names of all triggers.
const triggers = `SELECT [[name]] FROM {{sqlite_master}} WHERE [[type]] = 'trigger'`
