package payments

// RefundState is what an invoice shows of money that was given back.
var RefundState = refundState
