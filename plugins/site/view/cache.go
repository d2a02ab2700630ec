package view

// writeCached answers from the page cache.
func (s *Site) writeCached(r *Request, handler Handler) error { return s.answer(r, handler) }
