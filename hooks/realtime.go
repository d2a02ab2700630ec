package hooks

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/ganigeorgiev/fexpr"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/subscriptions"

	"jasaweb/collections"
)

// What may listen to changes of records at once. Each topic is looked at for every
// write of its collection, before the writer has its answer: 20 streams with 1,000
// topics each made an order take 14 seconds.
const (
	maxStreams      = 60 // of one address
	maxGuestStreams = 10 // … on which guests listen
	maxOwnStreams   = 12 // of one account
	maxTopics       = 40 // of one stream
	maxGuestTopics  = 10
)

// bindRealtime bounds the streams of PocketBase's realtime API and what they may
// listen to.
func bindRealtime(app core.App) {
	s := &streams{open: map[string]*stream{}, counts: map[string]int{}}
	app.OnRealtimeConnectRequest().Bind(&hook.Handler[*core.RealtimeConnectRequestEvent]{Id: "jasaweb.streams", Func: s.connect})
	app.OnRealtimeSubscribeRequest().Bind(&hook.Handler[*core.RealtimeSubscribeRequestEvent]{Id: "jasaweb.streams", Func: s.subscribe})
	bindBroadcasts(app)
}

// streams counts the open streams of this process, by who has them.
type streams struct {
	mu     sync.Mutex
	open   map[string]*stream // by the id of PocketBase's client
	counts map[string]int
}

type stream struct{ network, listener string }

// take counts one more, before what it is for happens, so that many at once gain
// nothing.
func (s *streams) take(who string, most int) bool {
	if s.counts[who] >= most {
		return false
	}
	s.counts[who]++
	return true
}

func (s *streams) drop(who string) {
	if s.counts[who]--; s.counts[who] <= 0 {
		delete(s.counts, who)
	}
}

func (s *streams) connect(e *core.RealtimeConnectRequestEvent) error {
	id, network := e.Client.Id(), "network "+collections.Network(e.RealIP())
	s.mu.Lock()
	taken := s.take(network, maxStreams)
	if taken {
		s.open[id] = &stream{network: network}
	}
	s.mu.Unlock()
	if !taken {
		return tooManyStreams(e.RequestEvent)
	}
	defer func() { // the stream lives as long as the next handlers run
		s.mu.Lock()
		defer s.mu.Unlock()
		s.drop(network)
		s.drop(s.open[id].listener)
		delete(s.open, id)
	}()
	return e.Next()
}

func (s *streams) subscribe(e *core.RealtimeSubscribeRequestEvent) error {
	if err := checkTopics(e); err != nil {
		return err
	}
	if !s.listen(e) {
		return tooManyStreams(e.RequestEvent)
	}
	return e.Next()
}

// listen counts the stream for whoever listens on it from now on.
func (s *streams) listen(e *core.RealtimeSubscribeRequestEvent) bool {
	listener, most := "guest "+collections.Network(e.RealIP()), maxGuestStreams
	if e.Auth != nil {
		listener, most = "account "+e.Auth.Collection().Id+" "+e.Auth.Id, maxOwnStreams
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	open := s.open[e.Client.Id()]
	if open == nil || open.listener == listener {
		return open != nil
	}
	if !s.take(listener, most) {
		return false
	}
	s.drop(open.listener)
	open.listener = listener
	return true
}

func tooManyStreams(e *core.RequestEvent) error {
	e.Response.Header().Set("Retry-After", "60")
	return router.NewApiError(http.StatusTooManyRequests, "Terlalu banyak aliran terbuka. Too many streams are open.", nil)
}

// checkTopics holds what somebody wants to listen to against the bounds.
func checkTopics(e *core.RealtimeSubscribeRequestEvent) error {
	most := maxTopics
	if e.Auth == nil {
		most = maxGuestTopics
	}
	if len(e.Subscriptions) > most {
		return refuseTopics(e, collections.Text{
			ID: "Paling banyak " + strconv.Itoa(most) + " langganan.", EN: "At most " + strconv.Itoa(most) + " subscriptions.",
		})
	}
	if e.Auth == nil {
		return checkGuestTopics(e)
	}
	if isAdmin(e.Auth) {
		return nil
	}
	read := subscriptions.NewDefaultClient() // reads the options as the broadcast will
	read.Subscribe(e.Subscriptions...)
	for _, options := range read.Subscriptions() {
		if groups, err := fexpr.Parse(options.Query["filter"]); options.Query["filter"] != "" && (err != nil || !nearAll(groups)) || !nearExpand(options.Query["expand"]) {
			return refuseTopics(e, wideText)
		}
	}
	return nil
}

// checkGuestTopics lets guests listen to collections of which they may list some
// row, and to the answer of a provider that they sign in with.
func checkGuestTopics(e *core.RealtimeSubscribeRequestEvent) error {
	for _, topic := range e.Subscriptions {
		if topic == "" || topic == "@oauth2" {
			continue
		}
		if strings.Contains(topic, "?") {
			return refuseTopics(e, collections.Text{
				ID: "Langganan tamu tidak memakai opsi.", EN: "Subscriptions of guests take no options.",
			})
		}
		name, _, _ := strings.Cut(topic, "/")
		c, err := e.App.FindCachedCollectionByNameOrId(name)
		if err != nil || !mayHold(c.ListRule, nil, nil) {
			return e.ForbiddenError("Tamu tidak bisa berlangganan ini. Guests cannot subscribe to this.", nil)
		}
	}
	return nil
}

func refuseTopics(e *core.RealtimeSubscribeRequestEvent, text collections.Text) error {
	return e.BadRequestError(text.ID+" "+text.EN, validation.Errors{"subscriptions": validation.NewError("validation_invalid_value", text.ID)})
}
