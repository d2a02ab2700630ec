package mail

// hurryMails makes every mail due that failed before and waits.
const hurryMails = `
UPDATE {{jobs}} SET [[run_at]] = {:now}, [[updated]] = {:now}
WHERE [[kind]] IN ({:notification}, {:farewell}, {:account}) AND [[state]] = 'queued' AND [[attempt]] > 0 AND [[run_at]] > {:now}`
