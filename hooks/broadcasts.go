package hooks

import (
	"math"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/subscriptions"
)

// Priorities of PocketBase's own handlers that tell the streams of a write. Ours
// stand right before and after them.
const (
	priorityTellAfter   = -99 // of a row that was created or updated
	priorityTellDeleted = 99
)

// bindBroadcasts lets PocketBase tell a write only to streams that may hear of it.
// It asks the database whether the rule of each topic holds, one topic after the
// other, while the writer waits; for most of them the rule and the row alone say
// that it does not.
func bindBroadcasts(app core.App) {
	narrowed := func(e *core.RecordEvent) error {
		outer := e.App
		e.App = hushed(outer, e.Record)
		err := e.Next()
		e.App = outer
		return err
	}
	onRecord(app.OnRecordAfterCreateSuccess(), "hushCreated", math.MaxInt, narrowed)
	onRecord(app.OnRecordAfterUpdateSuccess(), "hushUpdated", math.MaxInt, narrowed)
	app.OnModelAfterCreateSuccess().Bind(&hook.Handler[*core.ModelEvent]{Id: "jasaweb.heardCreated", Priority: priorityTellAfter + 1, Func: heard})
	app.OnModelAfterUpdateSuccess().Bind(&hook.Handler[*core.ModelEvent]{Id: "jasaweb.heardUpdated", Priority: priorityTellAfter + 1, Func: heard})
	app.OnModelDelete().Bind(&hook.Handler[*core.ModelEvent]{Id: "jasaweb.hushDeleted", Priority: priorityTellDeleted - 1, Func: func(e *core.ModelEvent) error {
		row, ok := e.Model.(*core.Record)
		if proxy, is := e.Model.(core.RecordProxy); is {
			row, ok = proxy.ProxyRecord(), true
		}
		if !ok {
			return e.Next()
		}
		outer := e.App
		e.App = hushed(outer, row)
		err := e.Next()
		e.App = outer
		return err
	}})
	app.OnModelDelete().Bind(&hook.Handler[*core.ModelEvent]{Id: "jasaweb.heardDeleted", Priority: priorityTellDeleted + 1, Func: heard})
}

// hushedApp is the app with fewer streams.
type hushedApp struct {
	core.App
	broker *subscriptions.Broker
}

// SubscriptionsBroker has the streams that may hear of one row.
func (a *hushedApp) SubscriptionsBroker() *subscriptions.Broker { return a.broker }

// hushed returns the app with the streams that may hear of the row. Whose rows
// sign in keeps all: PocketBase ends the sessions of streams by the same broker.
func hushed(app core.App, row *core.Record) core.App {
	c := row.Collection()
	all := app.SubscriptionsBroker()
	if c.IsAuth() || all.TotalClients() == 0 {
		return app
	}
	quiet := &hushedApp{App: app, broker: subscriptions.NewBroker()}
	for _, chunk := range all.ChunkedClients(1000) {
		for _, client := range chunk {
			auth, _ := client.Get("auth").(*core.Record) // apis.RealtimeClientAuthKey
			view, list := mayHold(c.ViewRule, auth, row), mayHold(c.ListRule, auth, row)
			if view && list {
				quiet.broker.Register(client)
			} else if view || list {
				quiet.broker.Register(&hushedClient{Client: client, row: row, view: view})
			}
		}
	}
	return quiet
}

// hushedClient is a stream that may hear of the row either by its id or by the
// list, but not by both.
type hushedClient struct {
	subscriptions.Client
	row  *core.Record
	view bool
}

// Subscriptions leaves out those that cannot hear of the row.
func (c *hushedClient) Subscriptions(prefixes ...string) map[string]subscriptions.SubscriptionOptions {
	kept := []string{}
	for _, prefix := range prefixes {
		byID := prefix == c.row.Collection().Name+"/"+c.row.Id+"?" || prefix == c.row.Collection().Id+"/"+c.row.Id+"?"
		if byID == c.view {
			kept = append(kept, prefix)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return c.Client.Subscriptions(kept...)
}

// heard gives back the app with all streams.
func heard(e *core.ModelEvent) error {
	if quiet, ok := e.App.(*hushedApp); ok {
		e.App = quiet.App
	}
	return e.Next()
}
