package demo

// Pages are the files of the dashboard page.
var Pages = pages
