package accounts

// forgetNotices goes around the audit log on purpose: a row per notification
// would keep the very texts that are to be forgotten.
const forgetNotices = `DELETE FROM {{notifications}} WHERE [[user]] = {:user}`
