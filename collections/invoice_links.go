package collections

import (
	"strconv"

	"github.com/pocketbase/pocketbase/core"
)

// ColumnLinks counts up in users and invoices to end the links that are out.
const ColumnLinks = "link_generation"

// LinkGeneration is what a link that opens the invoice must say to be good: it
// changes with every new link of the invoice, and when all sessions of its owner end.
// Nothing has been ended yet: "", as links say that were made before this was counted.
func LinkGeneration(app core.App, i *Invoice) (string, error) {
	owner, err := FindUser(app, i.Owner())
	if err != nil {
		return "", err
	}
	ofOwner, own := owner.GetInt(ColumnLinks), i.GetInt(ColumnLinks)
	if ofOwner == 0 && own == 0 {
		return "", nil
	}
	return strconv.Itoa(ofOwner) + "." + strconv.Itoa(own), nil
}

// EndLinks ends the links that open the invoice, once it is saved.
func (i *Invoice) EndLinks() { i.Set(ColumnLinks, i.GetInt(ColumnLinks)+1) }
