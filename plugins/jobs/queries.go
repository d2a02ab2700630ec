package jobs

// The statements of the queue. Times are PocketBase's text form in UTC, which
// sorts like the times themselves.
const (
	// claim takes the oldest due job. A job whose worker died is due again once
	// its lease has run out.
	claim = `
UPDATE {{jobs}} SET [[state]] = 'running', [[attempt]] = [[attempt]] + 1, [[node]] = {:node}, [[lease]] = {:until}, [[updated]] = {:now}
WHERE [[id]] = (
	SELECT [[id]] FROM {{jobs}}
	WHERE [[state]] IN ('queued', 'running') AND [[run_at]] <= {:now} AND [[lease]] <= {:now}
	ORDER BY [[run_at]], [[id]] LIMIT 1
) AND [[state]] IN ('queued', 'running') AND [[lease]] <= {:now}
RETURNING [[id]], [[kind]], COALESCE([[args]], 'null') AS [[args]], [[attempt]]`

	// finish is void when another worker has taken the job over meanwhile.
	finish = `
UPDATE {{jobs}} SET [[state]] = {:state}, [[error]] = {:error}, [[run_at]] = {:run_at}, [[lease]] = '', [[updated]] = {:now}
WHERE [[id]] = {:id} AND [[node]] = {:node} AND [[attempt]] = {:attempt} AND [[state]] = 'running'`

	// giveBack returns a job that a stopping node interrupted: that was no attempt.
	giveBack = `
UPDATE {{jobs}} SET [[state]] = 'queued', [[attempt]] = [[attempt]] - 1, [[node]] = '', [[lease]] = '', [[updated]] = {:now}
WHERE [[id]] = {:id} AND [[node]] = {:node} AND [[attempt]] = {:attempt} AND [[state]] = 'running'`

	// tally counts the jobs of each kind in each state.
	tally = `SELECT [[kind]], [[state]], COUNT(*) AS [[jobs]] FROM {{jobs}} GROUP BY [[kind]], [[state]] ORDER BY [[kind]]`

	byState = `SELECT [[state]] AS [[label]], COUNT(*) AS [[value]] FROM {{jobs}} GROUP BY [[state]]`

	// purgeDone forgets what was done long ago.
	purgeDone = `DELETE FROM {{jobs}} WHERE [[state]] = 'done' AND [[updated]] <= {:done}`

	// longDead are the jobs that were given up long ago.
	longDead = `
SELECT [[id]], [[kind]], COALESCE([[args]], 'null') AS [[args]], [[attempt]] FROM {{jobs}} WHERE [[state]] = 'dead' AND [[updated]] <= {:dead}`

	// purgeDead spares a job that somebody has put back meanwhile.
	purgeDead = `DELETE FROM {{jobs}} WHERE [[id]] = {:id} AND [[state]] = 'dead'`
)
