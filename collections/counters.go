package collections

import (
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections/wib"
)

// NextCount raises the named counter by one and returns it, starting at 1. In
// the caller's transaction the numbers are free of gaps: a rollback gives the
// number back, and a second transaction waits for the first one's row.
func NextCount(txApp core.App, name string) (int, error) {
	_, err := txApp.NonconcurrentDB().NewQuery(insertCounter).
		Bind(dbx.Params{"id": core.GenerateDefaultRandomId(), "name": name}).Execute()
	if err != nil {
		return 0, fmt.Errorf("collections: add counter %s: %w", name, err)
	}
	var value int
	err = txApp.NonconcurrentDB().NewQuery(raiseCounter).
		Bind(dbx.Params{"name": name}).Row(&value)
	if err != nil {
		return 0, fmt.Errorf("collections: raise counter %s: %w", name, err)
	}
	return value, nil
}

// demoSerial is where the serials of the demo's invoices begin: the last ten
// million that order ids have room for.
const demoSerial = 90_000_000

// DemoCounters begins the names of the counters that number the demo.
const DemoCounters = "invoice-demo"

// NextInvoiceNumber returns the printed number of the next invoice of t's year
// (WIB) and its serial over all years, both free of gaps. The demo counts for
// itself, so that removing it leaves no gap in the agency's own numbers.
func NextInvoiceNumber(txApp core.App, t time.Time, demo bool) (number string, serial int, err error) {
	counter, series, first := "invoice", "INV/", 0
	if demo {
		counter, series, first = DemoCounters, "INV/DEMO-", demoSerial
	}
	year := wib.Date(t).Year()
	n, err := NextCount(txApp, fmt.Sprintf("%s-%d", counter, year))
	if err != nil {
		return "", 0, err
	}
	serial, err = NextCount(txApp, counter)
	if err != nil {
		return "", 0, err
	}
	return fmt.Sprintf("%s%d/%s/%04d", series, year, wib.RomanMonth(t), n), first + serial, nil
}
