package sandbox

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v5"
)

// transactionStatus answers GET /v2/{id}/status.
func (s *Server) transactionStatus(c *echo.Context) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expireOverdue()
	t := s.index[c.Param("id")]
	if t == nil {
		return refuse(ErrNotFound)
	}
	code := statusCode[t.status]
	return reply{code: 200, body: s.document(t, code, "Success, transaction is found")}
}

// cancelTransaction answers POST /v2/{id}/cancel.
func (s *Server) cancelTransaction(c *echo.Context) reply {
	return s.end(c, StatusCancel, 200, "Success, transaction is canceled")
}

// expireTransaction answers POST /v2/{id}/expire, whose success is 407.
func (s *Server) expireTransaction(c *echo.Context) reply {
	return s.end(c, StatusExpire, 407, "Success, transaction is expired")
}

// end closes a pending transaction.
func (s *Server) end(c *echo.Context, status string, code int, message string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, announced, err := s.change(c.Param("id"), func(t *transaction, _ time.Time) error {
		return t.move(status, StatusPending)
	})
	if err != nil {
		return refuse(err)
	}
	return reply{code: code, body: s.summary(t, strconv.Itoa(code), message), announce: announced}
}
