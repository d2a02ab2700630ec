package notifications

// purge deletes what was read long ago, and what is very old. A reminder's row
// keeps it from being sent again; by then its invoice is no longer looked at.
const purge = `
DELETE FROM {{notifications}} WHERE [[created]] < {:any} OR ([[created]] < {:read} AND [[read_at]] != '' AND [[read_at]] < {:read})`
