package view

// writeCached answers from the page cache.
func (s *Site) writeCached(r *Request, route Route) error { return s.answer(r, route.handler) }
