package collections

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Kind is what a collection of ours is: all that the rooms which look at every
// collection have to know of it. The plugin that owns the collection says it, with
// [Describe]. What is left out is closed or nothing: a Kind with a name alone is
// refused to everybody but our own code.
type Kind struct {
	// Name is what our migrations call the collection.
	Name string
	// API is who may do what through PocketBase's record API.
	API API
	// ReadOnly are the columns that nobody can change there, superusers, the
	// dashboard and batches included: code alone writes them.
	ReadOnly []string
	// Writable, if it is not empty, are the only columns that can be changed there.
	Writable []string
	// Unaudited says why writes leave no row in the audit log; empty: they do.
	Unaudited string
	// Visitors returns the columns of a row that hold what somebody without an
	// account told of themselves. The audit log masks them: such a row can be
	// deleted, the log cannot. Nil: there are none.
	Visitors func(*core.Record) []string
	// Personal is what of it belongs to a person with an account. Nil: nothing.
	Personal *Personal
	// Demo is how rows of the demo data go.
	Demo Demo
	// Cache are the tags of what is made from it and kept: a write makes all that
	// has one of them old.
	Cache []CacheTag
	// AppendOnly says that the migrations gave the table triggers that refuse
	// changing and deleting rows, other than those of the demo.
	AppendOnly bool

	described bool
}

// Described reports whether a plugin has said what the collection is. One of ours
// for which no plugin does is closed.
func (k *Kind) Described() bool { return k.described }

// Columns makes a Visitors function of columns that always hold such words.
func Columns(names ...string) func(*core.Record) []string {
	return func(*core.Record) []string { return names }
}

// API is who may do what with the records of a collection through PocketBase's
// record API. Our own routes and jobs write through Go and are not meant.
type API struct{ List, View, Create, Update, Delete, Manage Access }

// Access is one of the constants, or a rule in PocketBase's language for clients
// and admins; superusers pass every rule.
type Access string

// Who may do something.
const (
	Nobody     Access = "" // refused to superusers, too; rows of the demo can be deleted all the same
	Superusers Access = "superusers"
	Everybody  Access = "everybody"
	SignedIn   Access = "@request.auth.id != ''"
	Admins     Access = "@request.auth.role = 'admin'"
	// Own is for the person whose id the column user holds.
	Own Access = "@request.auth.id != '' && user = @request.auth.id"
	// OwnOrAdmins is Own, and for admins.
	OwnOrAdmins Access = "(" + Own + ") || " + Admins
)

// OrAdmins adds admins to those for whom a rule is true.
func (a Access) OrAdmins() Access { return "(" + a + ") || " + Admins }

// Rule is the rule that the collection has for it.
func (a Access) Rule() *string {
	switch a {
	case Nobody, Superusers:
		return nil
	case Everybody:
		return types.Pointer("")
	}
	return types.Pointer(string(a))
}

// Personal is what a collection holds of a person with an account.
type Personal struct {
	// Key is where the account's export has the rows.
	Key string
	// Rows selects the rows that belong to the account.
	Rows PersonalRows
	// Columns say who the person is. Closing the account empties them, and from
	// then on the audit log keeps none of their values.
	Columns []string
	// Forget says that closing the account deletes the rows, without a trace in
	// the audit log: a row there would keep what is to be forgotten.
	Forget bool
}

// PersonalRows selects the rows of one account.
type PersonalRows func(account string) dbx.Expression

// RowsOf are the rows whose column holds the account's id.
func RowsOf(column string) PersonalRows {
	return func(account string) dbx.Expression { return dbx.HashExp{column: account} }
}

// RowsThrough are the rows whose relation column names a row of another
// collection whose column user holds the account's id.
func RowsThrough(relation, collection string) PersonalRows {
	return func(account string) dbx.Expression {
		return dbx.NewExp("[["+relation+"]] IN (SELECT [[id]] FROM {{"+collection+"}} WHERE [[user]] = {:account})", dbx.Params{"account": account})
	}
}

// Demo is how the rows of the demo data leave a collection. Rows go before those
// that they name in a relation.
type Demo struct {
	Removal Removal
	// After are collections whose removal writes rows here.
	After []string
	// Needs are the relations in which a real row may name a row of the demo, which
	// then becomes real, too.
	Needs []string
	// Owner is the relation to the row with which a row goes, for RemoveWithOwner.
	Owner string
	// Remove removes what belongs to the demo, for RemoveByCode, and returns how
	// many rows to report. Removed has the ids of all rows that are gone by then.
	Remove func(txApp core.App, removed map[string]bool) (int, error)
}

// Flagged reports whether rows of the demo carry the column demo.
func (d Demo) Flagged() bool {
	return d.Removal == RemoveEach || d.Removal == RemoveAll || d.Removal == RemoveLast
}

// Removal is the way in which rows of the demo go.
type Removal int

// The ways.
const (
	NoDemo          Removal = iota // there are none
	RemoveEach                     // one by one, with their files and what the hooks do
	RemoveAll                      // at once, without the record hooks, which would book, number and tell
	RemoveWithOwner                // with the row of the demo that the relation Demo.Owner names; they have no flag
	RemoveByCode                   // by Demo.Remove, when all that have the flag are gone
	RemoveLast                     // like RemoveAll, after everything: removing the others wrote rows here
)

// CacheTag names a group of kept answers.
type CacheTag string

// PublicPages are the pages of the site that everybody sees alike.
const PublicPages CacheTag = "public pages"

// Triggers are the names of the triggers that the table must have.
func (k *Kind) Triggers() []string {
	if !k.AppendOnly {
		return nil
	}
	return []string{k.Name + "_no_update", k.Name + "_no_delete"}
}
