package migrations

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"
)

// Mails that anybody can make us send, and doors behind which a secret could be
// guessed, are limited per address. A whole school may share one.
func init() {
	register(func(app core.App) error {
		s := app.Settings()
		rules := []core.RateLimitRule{
			{Label: "*:requestPasswordReset", MaxRequests: 10, Duration: 600},
			{Label: "*:requestVerification", MaxRequests: 10, Duration: 600},
			{Label: "*:requestEmailChange", MaxRequests: 10, Duration: 600},
			{Label: "*:confirmPasswordReset", MaxRequests: 20, Duration: 600},
			{Label: "*:confirmVerification", MaxRequests: 20, Duration: 600},
			{Label: "*:confirmEmailChange", MaxRequests: 20, Duration: 600},
			{Label: "POST /api/account/password", MaxRequests: 20, Duration: 600},
			{Label: "POST /api/account/close", MaxRequests: 20, Duration: 600},
		}
		for _, rule := range rules {
			taken := slices.ContainsFunc(s.RateLimits.Rules, func(r core.RateLimitRule) bool { return r.Label == rule.Label })
			if !taken { // the dashboard's word goes first
				s.RateLimits.Rules = append(s.RateLimits.Rules, rule)
			}
		}
		return app.Save(s)
	}, nil)
}
