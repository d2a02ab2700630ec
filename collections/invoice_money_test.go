package collections_test

import (
	"testing"

	"jasaweb/collections"
)

func TestMoneyOfAnInvoice(t *testing.T) {
	t.Parallel()
	type p = collections.InvoicePayment
	for name, c := range map[string]struct {
		payments         []p
		kept, back, owed int64
		refund           string
	}{
		"nothing":                          {nil, 0, 0, 1_500_000, collections.RefundNone},
		"a part":                           {[]p{{Applied: 500_000}}, 500_000, 0, 1_000_000, collections.RefundNone},
		"a part and back":                  {[]p{{Applied: 500_000, Returned: 500_000}}, 0, 500_000, 1_500_000, collections.RefundPartial},
		"a part and back, then all":        {[]p{{Applied: 500_000, Returned: 500_000}, {Applied: 1_500_000}}, 1_500_000, 500_000, 0, collections.RefundNone},
		"all but a rupiah":                 {[]p{{Applied: 1_499_999}}, 1_499_999, 0, 1, collections.RefundNone},
		"all":                              {[]p{{Applied: 1_500_000}}, 1_500_000, 0, 0, collections.RefundNone},
		"a rupiah back":                    {[]p{{Applied: 1_500_000, Returned: 1}}, 1_499_999, 1, 1, collections.RefundPartial},
		"all but a rupiah back":            {[]p{{Applied: 1_500_000, Returned: 1_499_999}}, 1, 1_499_999, 1_499_999, collections.RefundPartial},
		"all back":                         {[]p{{Applied: 1_500_000, Returned: 1_500_000}}, 0, 1_500_000, 1_500_000, collections.RefundFull},
		"a duplicate back":                 {[]p{{Applied: 1_500_000}, {Excess: 1_500_000, Returned: 1_500_000}}, 1_500_000, 0, 0, collections.RefundNone},
		"the excess back":                  {[]p{{Applied: 1_500_000, Excess: 500_000, Returned: 500_000}}, 1_500_000, 0, 0, collections.RefundNone},
		"a rupiah more than the excess":    {[]p{{Applied: 1_500_000, Excess: 500_000, Returned: 500_001}}, 1_499_999, 1, 1, collections.RefundPartial},
		"the excess was used elsewhere":    {[]p{{Applied: 1_500_000, Excess: -100_000, Returned: 500_000}}, 1_000_000, 500_000, 500_000, collections.RefundPartial},
		"more back than there ever was":    {[]p{{Applied: 1_500_000, Returned: 2_000_000}}, 0, 1_500_000, 1_500_000, collections.RefundFull},
		"one payment's return is its own":  {[]p{{Applied: 1_000_000, Returned: 1_200_000}, {Applied: 500_000}}, 500_000, 1_000_000, 1_000_000, collections.RefundPartial},
		"back in two parts, then two more": {[]p{{Applied: 1_000_000, Returned: 1_000_000}, {Applied: 500_000, Returned: 500_000}}, 0, 1_500_000, 1_500_000, collections.RefundFull},
	} {
		m := collections.InvoiceMoney{Amount: 1_500_000, Payments: c.payments}
		if m.Kept() != c.kept || m.GivenBack() != c.back || m.Owed() != c.owed || m.RefundState() != c.refund {
			t.Errorf("%s: keeps %d, gave back %d, owed %d, refund %s", name, m.Kept(), m.GivenBack(), m.Owed(), m.RefundState())
		}
	}
}
