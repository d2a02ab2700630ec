package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// options are what a deployment decides. Everything else is a setting or a row
// that the dashboard edits.
type options struct {
	midtransServerKey  string
	midtransMerchantID string
	midtransBaseURL    string
	midtransEnv        string
	appURL             string
	credentialsKey     string
	jwtSecret          string
	databaseURL        string
	databaseDirectURL  string
	databaseTrace      string
	databasePrepared   string
	databaseWriters    string
	metricsToken       string
}

// option is one row of the table that flags, environment and help come from.
type option struct {
	env    string // also NAME_FILE: the path of a file with the value
	usage  string
	def    string
	secret bool // no flag: other users of the machine can read command lines
	isURL  bool // kept without a slash at its end, because paths are appended
	check  func(string) error
	target *string
}

func (o *options) table() []option {
	return []option{
		{env: "MIDTRANS_SERVER_KEY", secret: true, target: &o.midtransServerKey,
			usage: "server key of Midtrans, or \"current,previous\" while it changes; without it nothing can be paid"},
		{env: "MIDTRANS_MERCHANT_ID", target: &o.midtransMerchantID, usage: "merchant id; payments of another merchant are not accepted"},
		{env: "MIDTRANS_ENV", def: "sandbox", target: &o.midtransEnv, check: oneOf("sandbox", "production"), usage: "sandbox or production"},
		{env: "MIDTRANS_BASE_URL", target: &o.midtransBaseURL, isURL: true, check: webURL, usage: "address of the API (default: Midtrans' own for the environment)"},
		{env: "APP_URL", target: &o.appURL, isURL: true, check: webURL, usage: "public address of this site, for links and for Midtrans' notifications"},
		{env: "CREDENTIALS_KEY", secret: true, target: &o.credentialsKey,
			usage: "encrypts the logins of delivered websites (default: a random file in the data directory)"},
		{env: "JWT_SECRET", secret: true, target: &o.jwtSecret, check: longSecret,
			usage: "signs the links to invoices and receipts (default: a random file in the data directory)"},
		{env: "DATABASE_URL", secret: true, target: &o.databaseURL, check: postgresURL,
			usage: "address of a Postgres database, postgres://user:password@host/name; without it the data is in SQLite files"},
		{env: "DATABASE_DIRECT_URL", secret: true, target: &o.databaseDirectURL, check: postgresURL,
			usage: "address of the same database without a transaction pooler, when DATABASE_URL leads through one"},
		{env: "DATABASE_PREPARED", def: "auto", target: &o.databasePrepared, check: oneOf("auto", "on", "off"),
			usage: "keep prepared statements on the server; auto: when DATABASE_URL leads to the server itself"},
		{env: "DATABASE_WRITERS", def: "1", target: &o.databaseWriters, check: writerCount,
			usage: "how many connections of this node may write at once (1 to 32)"},
		{env: "DATABASE_TRACE", target: &o.databaseTrace, check: duration,
			usage: "log statements that take at least this long (200ms), with both texts and the plan"},
		{env: "METRICS_TOKEN", secret: true, target: &o.metricsToken, check: longSecret,
			usage: "lets a scraper read /metrics that sends it as a bearer token (default: admins only)"},
	}
}

func (o option) flag() string { return strings.ReplaceAll(strings.ToLower(o.env), "_", "-") }

// bind adds the flags of the table.
func (o *options) bind(flags *pflag.FlagSet) {
	for _, row := range o.table() {
		if !row.secret {
			flags.StringVar(row.target, row.flag(), "", row.usage+" [$"+row.env+"]")
		}
	}
}

// load fills what no flag gave from the environment and checks every value. The
// error is one line that names the option and never shows a secret.
func (o *options) load(getenv func(string) string) error {
	for _, row := range o.table() {
		if *row.target == "" {
			value, err := fromEnv(row, getenv)
			if err != nil {
				return err
			}
			*row.target = value
		}
		if *row.target == "" {
			*row.target = row.def
		}
		if row.check != nil && *row.target != "" {
			if err := row.check(*row.target); err != nil {
				return fmt.Errorf("%s: %w", row.env, err)
			}
		}
		if row.isURL {
			*row.target = strings.TrimRight(*row.target, "/")
		}
	}
	if err := o.checkDatabase(); err != nil {
		return err
	}
	return o.checkMidtrans()
}

func fromEnv(row option, getenv func(string) string) (string, error) {
	value, path := getenv(row.env), getenv(row.env+"_FILE")
	if path == "" {
		return value, nil
	}
	if value != "" {
		return "", fmt.Errorf("%s and %s_FILE are both set; keep one", row.env, row.env)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		// Without the path: somebody may have put the secret itself there.
		if failed, ok := errors.AsType[*os.PathError](err); ok && row.secret {
			err = failed.Err
		}
		return "", fmt.Errorf("%s_FILE: %w", row.env, err)
	}
	value = strings.TrimSpace(string(raw))
	if value == "" { // a default in place of a lost secret would be found out late
		return "", fmt.Errorf("%s_FILE: the file is empty", row.env)
	}
	return value, nil
}

// checkDatabase asks for the keys that every node on one Postgres must share; a
// file that one node makes for itself would be unreadable to the others.
func (o *options) checkDatabase() error {
	if o.databaseURL == "" {
		if o.databaseDirectURL != "" {
			return errors.New("DATABASE_DIRECT_URL: is only for use beside DATABASE_URL")
		}
		return nil
	}
	for _, key := range []struct{ name, value string }{{"JWT_SECRET", o.jwtSecret}, {"CREDENTIALS_KEY", o.credentialsKey}} {
		if key.value == "" {
			return fmt.Errorf("%s: must be set with DATABASE_URL, the same for every node; \"openssl rand -base64 32\" makes one", key.name)
		}
	}
	return nil
}

// checkMidtrans refuses to mix the worlds: test money must not pay real bills.
func (o *options) checkMidtrans() error {
	if o.midtransEnv != "production" {
		return nil
	}
	for key := range strings.SplitSeq(o.midtransServerKey, ",") {
		if strings.HasPrefix(strings.TrimSpace(key), "SB-") { // signatures of the previous key count too
			return errors.New("MIDTRANS_SERVER_KEY: a sandbox key (SB-…) cannot be used with MIDTRANS_ENV=production")
		}
	}
	if u, err := url.Parse(o.midtransBaseURL); err == nil && o.midtransBaseURL != "" && u.Scheme != "https" {
		return errors.New("MIDTRANS_BASE_URL: must be https with MIDTRANS_ENV=production")
	}
	return nil
}

func oneOf(values ...string) func(string) error {
	return func(s string) error {
		for _, v := range values {
			if s == v {
				return nil
			}
		}
		return fmt.Errorf("%q is not one of %s", s, strings.Join(values, ", "))
	}
}

// longSecret refuses what could be guessed from one signed link.
func longSecret(s string) error {
	if len(s) < 32 {
		return errors.New("must have at least 32 characters; \"openssl rand -base64 32\" makes one")
	}
	return nil
}

func postgresURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return errors.New("must begin with postgres://") // without the value: it holds a password
	}
	return nil
}

func writerCount(s string) error {
	if n, err := strconv.Atoi(s); err != nil || n < 1 || n > 32 {
		return fmt.Errorf("%q is not a number from 1 to 32", s)
	}
	return nil
}

func duration(s string) error {
	if d, err := time.ParseDuration(s); err != nil || d <= 0 {
		return fmt.Errorf("%q is not a duration such as 200ms", s)
	}
	return nil
}

func webURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("%q is not an http or https address", s)
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%q has a query or a fragment, to which no path can be appended", s)
	}
	return nil
}
