#!/usr/bin/env bash
# The whole business with curl, against a server started by "make run":
# register → order → pay → pressed in the sandbox → in_progress → an admin sets
# review → the client approves → completed → the login is visible.
set -euo pipefail
site=${SITE:-http://127.0.0.1:8090}
sandbox=${SANDBOX:-http://127.0.0.1:9099}
admin_email=${ADMIN_EMAIL:-admin@jasaweb.test}
admin_password=${ADMIN_PASSWORD:-demo-admin-2026}

call() { # call METHOD URL [JSON] [TOKEN]: prints the body, fails on a status of 400 and up
	curl -sS --fail-with-body -X "$1" "$2" ${3:+-H 'Content-Type: application/json' -d "$3"} ${4:+-H "Authorization: $4"}
}
field() { # field NAME: the first value of that name in the JSON on stdin
	grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4
}
status() { call GET "$site/api/projects/$project" '' "$client" | field status; }
step() { printf '\n== %s\n' "$*"; }

step "Register as a client"
email="sd-$RANDOM$RANDOM@contoh.test"
client=$(call POST "$site/api/auth/register" "{\"name\":\"SD Contoh\",\"email\":\"$email\",\"password\":\"rahasia-123\"}" | field token)
echo "registered $email"

step "Order a website (package: sekolah)"
order=$(call POST "$site/api/projects" '{"name":"Web SD Contoh","tier":"sekolah"}' "$client")
project=$(echo "$order" | field id)
invoice=$(echo "$order" | grep -o '"invoices":\[.*' | field id)
echo "project $project, invoice $invoice, status $(status)"

step "Ask for a QR code to pay the deposit"
payment=$(call POST "$site/api/invoices/$invoice/pay" '' "$client")
order_id=$(echo "$payment" | field order_id)
echo "order $order_id; QR: $site$(echo "$payment" | field qr_url)"

step "Press pay in the sandbox"
call POST "$sandbox/_sim/tx/$order_id/pay" '{}' >/dev/null
for _ in $(seq 50); do [ "$(status)" = in_progress ] && break; sleep 0.2; done
echo "status $(status)"

step "Pay the rest"
rest=$(call GET "$site/api/invoices?filter=status%3D'unpaid'" '' "$client" | field id)
order_id=$(call POST "$site/api/invoices/$rest/pay" '' "$client" | field order_id)
call POST "$sandbox/_sim/tx/$order_id/pay" '{}' >/dev/null
for _ in $(seq 50); do
	[ "$(call GET "$site/api/invoices/$rest" '' "$client" | field status)" = paid ] && break
	sleep 0.2
done
echo "invoice $rest $(call GET "$site/api/invoices/$rest" '' "$client" | field status)"

step "An admin hands the website over for review"
admin=$(call POST "$site/api/auth/login" "{\"email\":\"$admin_email\",\"password\":\"$admin_password\"}" | field token)
call PUT "$site/api/admin/projects/$project" '{"status":"review","url":"https://sd-contoh.sch.id","credentials":{"admin_url":"https://sd-contoh.sch.id/admin","username":"kepala","password":"ganti-segera"}}' "$admin" >/dev/null
echo "status $(status)"

step "The client approves"
call POST "$site/api/projects/$project/approve" '' "$client" >/dev/null
echo "status $(status)"

step "The login is visible now"
call GET "$site/api/projects/$project" '' "$client" | grep -o '"credentials":{[^}]*}'
[ "$(status)" = completed ]
