package jobs

// Pages are the dashboard's files.
var Pages = pages
