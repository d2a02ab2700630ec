// Package collections is the vocabulary of JasaWeb: the names of its
// collections, typed records over them, the status machine of a project, the
// domain errors, what each collection is (Kind) and the job queue's seam. It knows
// no HTTP, no addresses of pages and no environment, so hooks and every plugin can
// speak it.
package collections

// Names of the collections. Migrations spell them out on purpose (a migration
// describes the past), everything else uses these.
const (
	Users           = "users"
	Agency          = "agency"
	Projects        = "projects"
	ProjectEvents   = "project_events"
	Invoices        = "invoices"
	PaymentAttempts = "payment_attempts"
	WebhookInbox    = "webhook_inbox"
	Ledger          = "ledger"
	MoneyExceptions = "money_exceptions"
	ForeignOrders   = "foreign_orders"
	TransferProofs  = "transfer_proofs"
	PricingTiers    = "pricing_tiers"
	Templates       = "templates"
	Posts           = "posts"
	Pages           = "pages"
	FAQs            = "faqs"
	Testimonials    = "testimonials"
	SlugRedirects   = "slug_redirects"
	ContactMessages = "contact_messages"
	Notifications   = "notifications"
	AuditLogs       = "audit_logs"
	Jobs            = "jobs"
	Counters        = "counters"
	Sessions        = "sessions"
)

// Columns that rooms look at which do not own the collection.
const (
	ColumnDemo   = "demo"   // whether a row belongs to the demo data
	ColumnStatus = "status" // of projects, invoices, attempts, posts and pages
	ColumnState  = "state"  // of what waits for a decision: jobs, exceptions, proofs, messages
)
