#!/usr/bin/env bash
# What a case system's tests can look like with curl, jq and openssl. CCCD_DESK names the program;
# else it is in the path. Ends with 0 where everything is as it should be.
set -euo pipefail

work="$(mktemp -d)"
# The desk stops when its standard input closes: this pipe lives as long as the script.
mkfifo "$work/in"
"${CCCD_DESK:-cccd-desk}" simulate desk --control 127.0.0.1:0 <"$work/in" >"$work/doors" 2>"$work/log" &
desk=$!
exec 3>"$work/in"
trap 'exec 3>&-; wait "$desk" || true; rm -rf "$work"' EXIT
for _ in $(seq 300); do
    [ -s "$work/doors" ] && break
    sleep 0.1
done

door() { jq -r "$1" "$work/doors"; }
control() { # METHOD PATH [BODY]
    curl -sS --fail-with-body -m 70 -X "$1" -H "Authorization: Bearer $(door .tokens.control)" \
        -H 'Content-Type: application/json' ${3+-d "$3"} "$(door .control)$2"
}
desk_api() { # METHOD PATH [BODY]
    curl -sS --fail-with-body -m 70 -X "$1" -H "Authorization: Bearer $(door '.tokens["case-system"]')" \
        -H 'Content-Type: application/json' ${3+-d "$3"} "$(door .desk)$2"
}
is() { # WHAT MET DUE
    if [ "$2" != "$3" ]; then
        printf '%s: met %s, due %s\n' "$1" "$2" "$3" >&2
        exit 1
    fi
}
read_card() { # PERSONA DEFECTS: lays the card, opens a session, scans the code; the session
    local session
    control PUT /v1/readers/A/card "{\"persona\":\"$1\",\"defects\":$2}" >/dev/null
    session="$(desk_api POST /v1/sessions '{"purpose":"dossier-intake"}' | jq -r .id)"
    control POST /v1/readers/A/scan "{\"persona\":\"$1\"}" >/dev/null
    printf '%s' "$session"
}
verdict() { desk_api GET "/v1/sessions/$1?until=decided" | jq -r '.verdict | .verdict + " " + (.reason // "-")'; }
report() { control GET "/v1/case-system/received?session=$1&at_least=1" | jq -c '.received[0]'; }

# A good card: the number arrives.
session="$(read_card adult-man '[]')"
is 'a good card' "$(verdict "$session")" 'verified -'
received="$(report "$session")"
is 'its number' "$(jq -r .event.data.personal_number <<<"$received")" 001090000001

# Bad ones: each names its reason.
is 'a forged card' "$(verdict "$(read_card adult-man '["lso-dg-hash-bad"]')")" 'not_verified dg-hash-mismatch'
is 'a revoked signer' "$(verdict "$(read_card adult-man '["dsc-revoked"]')")" 'not_verified dsc-revoked'
is 'a card that was removed' "$(verdict "$(read_card adult-man '["link-card-removed"]')")" 'unreadable card-removed'

# The signature of the report (RFC 7515, ES256), verified with the desk's pinned key.
from_base64url() { # appends the padding that JOSE leaves out
    local text
    text="$(cat)"
    printf '%s%s' "$text" "$(printf '%*s' $(((4 - ${#text} % 4) % 4)) '' | tr ' ' '=')" | tr -- '-_' '+/' | base64 -d
}
jws="$(jq -r .jws <<<"$received")"
IFS=. read -r head payload signature <<<"$jws"
is 'its algorithm' "$(printf '%s' "$head" | from_base64url | jq -r .alg)" ES256
kid="$(printf '%s' "$head" | from_base64url | jq -r .kid)"
desk_api GET /v1/keys | jq -e --arg kid "$kid" '.keys[] | select(.kid == $kid)' >"$work/jwk"
hex() { od -An -v -tx1 | tr -d ' \n'; }
x="$(jq -rj .x "$work/jwk" | from_base64url | hex)"
y="$(jq -rj .y "$work/jwk" | from_base64url | hex)"
# SubjectPublicKeyInfo of P-256 (RFC 5480): its head is always the same.
info="3059301306072a8648ce3d020106082a8648ce3d03010703420004$x$y"
printf "$(sed 's/../\\x&/g' <<<"$info")" | openssl pkey -pubin -inform DER -out "$work/key.pem"
raw="$(printf '%s' "$signature" | from_base64url | hex)"
is 'the length of the signature' "${#raw}" 128
printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "${raw:0:64}" "${raw:64}" >"$work/der.conf"
openssl asn1parse -genconf "$work/der.conf" -noout -out "$work/signature"
signed_by_the_desk() { # TEXT
    printf '%s' "$1" | openssl dgst -sha256 -verify "$work/key.pem" -signature "$work/signature" >/dev/null 2>&1
}
signed_by_the_desk "$head.$payload" || is 'the signature' wrong right
if signed_by_the_desk "$head.A$payload"; then is 'a changed report' right wrong; fi

echo 'Everything is as it should be.'
