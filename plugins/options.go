package plugins

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"jasaweb/plugins/observability"
	"jasaweb/plugins/payments/midtrans"
	"jasaweb/plugins/postgres"
)

// Options are what a deployment decides. Everything else is a setting or a row
// that the dashboard edits. What each means stands once, in its row of table.
type Options struct {
	MidtransServerKey  string
	MidtransMerchantID string
	MidtransBaseURL    string
	MidtransProduction bool
	AppURL             string // without a slash at its end, because paths are appended
	CredentialsKey     string
	JWTSecret          string
	DatabaseURL        string
	DatabaseDirectURL  string
	DatabaseTrace      time.Duration
	DatabasePrepared   string // auto, on or off
	DatabaseWriters    int
	MetricsToken       string
	TrustedProxy       observability.Proxy

	flags map[string]*string // what the flags gave, by the option's name in the environment
}

// option is one row of the table that flags, environment and help come from.
type option struct {
	env    string // also NAME_FILE: the path of a file with the value
	usage  string
	def    string
	secret bool               // no flag: other users of the machine can read command lines
	parse  func(string) error // checks a text and fills the field, which nothing else does
}

func (o *Options) table() []option {
	return []option{
		{env: "MIDTRANS_SERVER_KEY", secret: true, parse: text(&o.MidtransServerKey),
			usage: "server key of Midtrans, or \"current,previous\" while it changes; without it nothing can be paid"},
		{env: "MIDTRANS_MERCHANT_ID", parse: text(&o.MidtransMerchantID),
			usage: "merchant id; payments of another merchant are not accepted"},
		{env: "MIDTRANS_ENV", def: "sandbox", parse: truth(&o.MidtransProduction, "production", "sandbox"), usage: "sandbox or production"},
		{env: "MIDTRANS_BASE_URL", parse: webURL(&o.MidtransBaseURL), usage: "address of the API (default: Midtrans' own for the environment)"},
		{env: "APP_URL", parse: webURL(&o.AppURL), usage: "public address of this site, for links and for Midtrans' notifications"},
		{env: "CREDENTIALS_KEY", secret: true, parse: sealingKeys(&o.CredentialsKey),
			usage: "encrypts the logins of delivered websites, or \"current,previous\" while it changes (default: a random file in the data directory)"},
		{env: "JWT_SECRET", secret: true, parse: longSecret(&o.JWTSecret),
			usage: "signs the links to invoices and receipts (default: a random file in the data directory)"},
		{env: "DATABASE_URL", secret: true, parse: postgresURL(&o.DatabaseURL),
			usage: "address of a Postgres database, postgres://user:password@host/name; without it the data is in SQLite files"},
		{env: "DATABASE_DIRECT_URL", secret: true, parse: postgresURL(&o.DatabaseDirectURL),
			usage: "address of the same database without a transaction pooler, when DATABASE_URL leads through one"},
		{env: "DATABASE_PREPARED", def: "auto", parse: oneOf(&o.DatabasePrepared, "auto", "on", "off"),
			usage: "keep prepared statements on the server; auto: when DATABASE_URL leads to the server itself"},
		{env: "DATABASE_WRITERS", def: "1", parse: number(&o.DatabaseWriters, 1, 32),
			usage: "how many connections of this node may write at once (1 to 32)"},
		{env: "DATABASE_TRACE", parse: duration(&o.DatabaseTrace),
			usage: "log statements that take at least this long (200ms), with both texts and the plan"},
		{env: "METRICS_TOKEN", secret: true, parse: longSecret(&o.MetricsToken),
			usage: "lets a scraper read /metrics that sends it as a bearer token (default: admins only)"},
		{env: "TRUSTED_PROXY", parse: proxy(&o.TrustedProxy),
			usage: "header in which a reverse proxy gives the visitor's address, X-Real-IP; with the proxy's own addresses behind it unless they are private"},
	}
}

// Names lists the options as the environment knows them; each may also be given
// as NAME_FILE.
func Names() []string {
	names := []string{}
	for _, row := range (&Options{}).table() {
		names = append(names, row.env)
	}
	return names
}

func (o option) flag() string { return strings.ReplaceAll(strings.ToLower(o.env), "_", "-") }

// bind adds the flags of the table.
func (o *Options) bind(flags *pflag.FlagSet) {
	o.flags = map[string]*string{}
	for _, row := range o.table() {
		if row.secret {
			continue
		}
		usage := row.usage + " [$" + row.env + "]"
		if row.def != "" {
			usage += " (default " + row.def + ")"
		}
		o.flags[row.env] = flags.String(row.flag(), "", usage)
	}
}

// secretsHelp is the part of --help about what has no flag.
func secretsHelp() string {
	var b strings.Builder
	b.WriteString("\nSecrets, from the environment only (command lines can be read by others):\n")
	for _, row := range (&Options{}).table() {
		if row.secret {
			fmt.Fprintf(&b, "  %-21s %s\n", row.env, row.usage)
		}
	}
	b.WriteString("\nA secret or an option of the environment may also be given as the path of a file that holds it: NAME_FILE.\n")
	return b.String()
}

// load parses what the flags gave, and from the environment what they did not.
// The error is one line that names the option and never shows a secret.
func (o *Options) load(getenv func(string) string) error {
	for _, row := range o.table() {
		value := ""
		if flag := o.flags[row.env]; flag != nil {
			value = *flag
		}
		if value == "" {
			var err error
			if value, err = fromEnv(row, getenv); err != nil {
				return err
			}
		}
		if value == "" {
			value = row.def
		}
		if value == "" {
			continue
		}
		if err := row.parse(value); err != nil {
			return fmt.Errorf("%s: %w", row.env, err)
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
func (o *Options) checkDatabase() error {
	if o.DatabaseURL == "" {
		if o.DatabaseDirectURL != "" {
			return errors.New("DATABASE_DIRECT_URL: is only for use beside DATABASE_URL")
		}
		return nil
	}
	for _, key := range []struct{ name, value string }{{"JWT_SECRET", o.JWTSecret}, {"CREDENTIALS_KEY", o.CredentialsKey}} {
		if key.value == "" {
			return fmt.Errorf("%s: must be set with DATABASE_URL, the same for every node; \"openssl rand -base64 32\" makes one", key.name)
		}
	}
	return nil
}

// checkMidtrans refuses to mix the worlds: test money must not pay real bills.
func (o *Options) checkMidtrans() error {
	if !o.MidtransProduction {
		return nil
	}
	for key := range strings.SplitSeq(o.MidtransServerKey, ",") {
		if strings.HasPrefix(strings.TrimSpace(key), "SB-") { // signatures of the previous key count too
			return errors.New("MIDTRANS_SERVER_KEY: a sandbox key (SB-…) cannot be used with MIDTRANS_ENV=production")
		}
	}
	u, err := url.Parse(o.MidtransBaseURL)
	if err != nil || o.MidtransBaseURL == "" {
		return nil
	}
	if u.Scheme != "https" {
		return errors.New("MIDTRANS_BASE_URL: must be https with MIDTRANS_ENV=production")
	}
	if strings.Contains(strings.ToLower(u.Hostname()), "sandbox") {
		return errors.New("MIDTRANS_BASE_URL: the sandbox's address cannot be used with MIDTRANS_ENV=production")
	}
	return nil
}

// store is the Postgres database, nil without DATABASE_URL.
func (o *Options) store() (*postgres.Store, error) {
	if o.DatabaseURL == "" {
		return nil, nil
	}
	return postgres.New(postgres.Config{
		URL: o.DatabaseURL, DirectURL: o.DatabaseDirectURL, Trace: o.DatabaseTrace, Writers: o.DatabaseWriters,
		Prepared: o.DatabasePrepared == "on" || o.DatabasePrepared == "auto" && o.DatabaseDirectURL == "",
	})
}

func (o *Options) midtrans() midtrans.Config {
	c := midtrans.Config{
		ServerKey: o.MidtransServerKey, MerchantID: o.MidtransMerchantID, BaseURL: o.MidtransBaseURL, Production: o.MidtransProduction,
	}
	if o.AppURL != "" {
		c.NotifyURL = o.AppURL + "/api/webhooks/midtrans"
	}
	return c
}

func text(field *string) func(string) error {
	return func(s string) error { *field = s; return nil }
}

func oneOf(field *string, values ...string) func(string) error {
	return func(s string) error {
		for _, v := range values {
			if s == v {
				*field = s
				return nil
			}
		}
		return fmt.Errorf("%q is not one of %s", s, strings.Join(values, ", "))
	}
}

// truth takes one of two words for a yes and a no.
func truth(field *bool, yes, no string) func(string) error {
	return func(s string) error {
		word := ""
		err := oneOf(&word, no, yes)(s)
		*field = word == yes
		return err
	}
}

// longSecret refuses what could be guessed from one signed link.
func longSecret(field *string) func(string) error {
	return func(s string) error {
		if len(s) < 32 {
			return errors.New("must have at least 32 characters; \"openssl rand -base64 32\" makes one")
		}
		*field = s
		return nil
	}
}

// sealingKeys takes "current,previous,…". Only the current one must be long: a short
// one of the past has to be given once more, to be replaced.
func sealingKeys(field *string) func(string) error {
	return func(s string) error {
		current, _, _ := strings.Cut(s, ",")
		if err := longSecret(new(string))(strings.TrimSpace(current)); err != nil {
			return fmt.Errorf("%w; put it in front of a shorter one that is in use, \"new,old\"", err)
		}
		*field = s
		return nil
	}
}

func postgresURL(field *string) func(string) error {
	return func(s string) error {
		u, err := url.Parse(s)
		if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
			return errors.New("must be postgres://user:password@host/database, with / @ : of the password as %2F %40 %3A") // without the value: it holds a password
		}
		*field = s
		return nil
	}
}

func number(field *int, least, most int) func(string) error {
	return func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > most {
			return fmt.Errorf("%q is not a number from %d to %d", s, least, most)
		}
		*field = n
		return nil
	}
}

func duration(field *time.Duration) func(string) error {
	return func(s string) error {
		d, err := time.ParseDuration(s)
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is not a duration such as 200ms", s)
		}
		*field = d
		return nil
	}
}

func proxy(field *observability.Proxy) func(string) error {
	return func(s string) (err error) {
		*field, err = observability.ParseProxy(s)
		return err
	}
}

func webURL(field *string) func(string) error {
	return func(s string) error {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return fmt.Errorf("%q is not an http or https address", s)
		}
		if u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("%q has a query or a fragment, to which no path can be appended", s)
		}
		*field = strings.TrimRight(s, "/")
		return nil
	}
}
