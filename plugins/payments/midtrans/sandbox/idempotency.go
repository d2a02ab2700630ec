package sandbox

import "time"

const (
	idempotencyLength = 46              // longer keys are ignored
	idempotencyTime   = 5 * time.Minute // that an answer is kept
)

// savedReply is what an idempotency key stands for.
type savedReply struct {
	inFlight bool
	reply    reply
	until    time.Time
}

// once answers a request that may carry an idempotency key. Only the first
// request of a key is worked on; later ones get its answer, whatever they say,
// or 202 while it is not there yet. All endpoints share the keys.
func (s *Server) once(key string, handle func() reply) (r reply) {
	if key == "" || len(key) > idempotencyLength {
		return handle()
	}
	claim, earlier := s.claim(key)
	if claim == nil {
		return earlier
	}
	r = failure(500, "")
	defer func() { s.release(key, claim, r) }() // also if the handler panics
	return handle()
}

// claim takes the key, or returns nil and the answer to give instead.
func (s *Server) claim(key string) (*savedReply, reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if earlier := s.idempotent[key]; earlier != nil {
		if earlier.inFlight {
			return nil, failure(202, "The request with the same Idempotency-Key is being processed.")
		}
		if s.config.Now().Before(earlier.until) {
			return nil, earlier.reply
		}
	}
	claim := &savedReply{inFlight: true}
	s.idempotent[key] = claim
	return claim, reply{}
}

// release saves the answer. Only successes are kept, so that a failed request
// can be repeated.
func (s *Server) release(key string, claim *savedReply, r reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idempotent[key] != claim { // a reset came in between
		return
	}
	if !r.success() {
		delete(s.idempotent, key)
		return
	}
	r.announce = nil // announced once
	*claim = savedReply{reply: r, until: s.config.Now().Add(idempotencyTime)}
}

// forgetReplies drops the answers whose time is over; the caller holds the lock.
func (s *Server) forgetReplies(now time.Time) {
	for key, r := range s.idempotent {
		if !r.inFlight && !now.Before(r.until) {
			delete(s.idempotent, key)
		}
	}
}
