#!/usr/bin/env python3
"""A case system's door for reports, written from docs/report.openapi.json alone.

    python3 receiver.py --keys desk-1=keys.json --database reports.db

prints one line of JSON with its address, then one line for each report. `--keys` names a desk and where
its JWK set is: a file (pinned), or the address of its `GET /v1/keys`. It needs the `cryptography` package.
"""

import argparse
import base64
import contextlib
import datetime
import hashlib
import json
import re
import sqlite3
import sys
import threading
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

LONGEST = 1_048_576
VERDICTS = {
    "identity.confirmed": ["verified"],
    "identity.rejected": ["not_verified"],
    "identity.undetermined": ["undetermined", "unreadable"],
    "identity.overridden": ["undetermined"],
    # No check was made, or none is told of: there is no verdict, and an exception is no confirmed identity.
    "identity.manual": [None],
    "benefit.paid": [None],
    "benefit.undone": [None],
}
TABLES = """
CREATE TABLE IF NOT EXISTS reports (
    id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, receipt TEXT NOT NULL, desk TEXT NOT NULL, type TEXT NOT NULL,
    case_ref TEXT, sequence TEXT NOT NULL, audit_number INTEGER NOT NULL, audit_hash TEXT NOT NULL, jws TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS reports_of_case ON reports (desk, case_ref, sequence);
"""


class Refused(Exception):
    """For good: the desk keeps the report and tells somebody."""

    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


class NotNow(Exception):
    """The receiver's own trouble: the desk sends the report again."""


def decoded(text):
    """Base64url without padding, nothing else in it (RFC 7515, 2)."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def thumbprint(key):
    """RFC 7638, 3.2."""
    text = json.dumps({name: key[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


class Keys:
    """The keys of one desk, by their thumbprint."""

    def __init__(self, place):
        self.place, self.known = place, {}

    def get(self, kid):
        """The key of that name. One that is not known is looked for once: the desk may have a new one."""
        if kid not in self.known:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                self.known = self.read()
        return self.known.get(kid)

    def read(self):
        if self.place.startswith(("http://", "https://")):
            with urllib.request.urlopen(self.place, timeout=10) as answer:
                text = answer.read(65_536)
        else:
            with open(self.place, "rb") as file:
                text = file.read(65_536)
        keys = {}
        for key in json.loads(text)["keys"]:
            if (key["kty"], key["crv"]) == ("EC", "P-256"):
                x, y = (int.from_bytes(decoded(key[name]), "big") for name in ("x", "y"))
                keys[thumbprint(key)] = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        return keys


class Receiver:
    """Checks a report and enters it once."""

    def __init__(self, database, keys, take_tests):
        self.database, self.keys, self.take_tests = database, keys, take_tests
        self.turn = threading.Lock()
        with contextlib.closing(self.open()) as connection:
            connection.executescript(TABLES)

    def open(self):
        connection = sqlite3.connect(self.database, timeout=5, isolation_level=None)
        # What was answered is on the disk, also after a power cut.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def verified(self, jws):
        """The desk that signed, and what it signed."""
        try:
            protected, payload, signature = jws.split(".")
            header, raw = json.loads(decoded(protected)), decoded(signature)
            kid = header["kid"] if isinstance(header, dict) else None
        except (ValueError, KeyError, RecursionError):
            raise Refused(400, "not a JWS in compact serialisation") from None
        if not isinstance(kid, str):
            raise Refused(400, "not a JWS that names its key")
        # Never the algorithm that the sender chooses.
        if header.get("alg") != "ES256" or "crit" in header or header.get("cty") != "cloudevents+json":
            raise Refused(422, "not a report signed with ES256")
        found = ((desk, keys.get(kid)) for desk, keys in self.keys.items())
        desk, key = next(((desk, key) for desk, key in found if key), (None, None))
        if key is None or len(raw) != 64:
            raise Refused(422, "not signed with a key that is known")
        r, s = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
        try:
            signed = f"{protected}.{payload}".encode()
            key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise Refused(422, "the signature is wrong") from None
        try:
            return desk, json.loads(decoded(payload))
        except (ValueError, RecursionError):
            raise Refused(422, "the payload is not JSON") from None

    def checked(self, desk, event, key):
        """The event's data, where all that is relied on has its form."""
        data = event.get("data") if isinstance(event, dict) else None
        if not isinstance(data, dict) or event.get("specversion") != "1.0":
            raise Refused(422, "not a CloudEvents 1.0 document with data")
        kind, number, audit = event.get("type"), data.get("personal_number"), data.get("audit")
        if not isinstance(kind, str) or data.get("verdict") not in VERDICTS.get(kind, []):
            raise Refused(422, "not a kind of report that is known")
        if event.get("id") != key:
            raise Refused(422, "not the report of that Idempotency-Key")
        if event.get("source") != f"/desks/{desk}" or data.get("desk") != desk:
            raise Refused(422, "not of the desk whose key signed it")
        if number is not None and kind != "identity.confirmed":
            raise Refused(422, "a number that nobody confirmed")
        case_ref, sequence = data.get("case_ref"), event.get("sequence")
        well_formed = (
            (case_ref is None or isinstance(case_ref, str))
            and (number is None or (isinstance(number, str) and re.fullmatch("[0-9]{12}", number)))
            and isinstance(sequence, str)
            and re.fullmatch("[0-9]{20}", sequence)
            and isinstance(audit, dict)
            and type(audit.get("number")) is int
            and isinstance(audit.get("hash"), str)
            and re.fullmatch("[0-9a-f]{64}", audit["hash"])
        )
        if not well_formed:
            raise Refused(422, "not of the form that is described")
        # Whatever is not plainly false is a test.
        if data.get("test") is not False and not self.take_tests:
            raise Refused(422, "a test")
        return data

    def take(self, key, body):
        """The receipt of a report, the same each time it comes; and what to say of it."""
        try:
            jws = body.decode("ascii")
        except UnicodeDecodeError:
            raise Refused(400, "not a JWS in compact serialisation") from None
        desk, event = self.verified(jws)
        data = self.checked(desk, event, key)
        sha256 = hashlib.sha256(body).hexdigest()
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
        receipt = {"receipt_id": f"R-{uuid.uuid4()}", "idempotency_key": key, "received_at": now, "sha256": sha256}
        row = (key, sha256, json.dumps(receipt), desk, event["type"], data.get("case_ref"), event["sequence"])
        row += (data["audit"]["number"], data["audit"]["hash"], jws)
        try:
            with self.turn, contextlib.closing(self.open()) as connection:
                connection.execute("BEGIN IMMEDIATE")
                known = connection.execute("SELECT sha256, receipt FROM reports WHERE id = ?", (key,)).fetchone()
                if known and known[0] != sha256:
                    raise Refused(409, "the key came before with another content")
                if known:
                    return json.loads(known[1]), "again"
                later = "SELECT 1 FROM reports WHERE desk = ? AND case_ref = ? AND sequence > ?"
                late = connection.execute(later, (desk, *row[5:7])).fetchone()
                connection.execute(f"INSERT INTO reports VALUES ({', '.join('?' * len(row))})", row)
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise NotNow(str(error)) from None
        # A report that was refused and sent again by hand: it must overwrite nothing that is newer.
        return receipt, "late" if late else "new"


class Door(BaseHTTPRequestHandler):
    """`POST` of a report; `HEAD` as a sign of life."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_HEAD(self):
        self.answer(200, None)

    def do_POST(self):
        try:
            key, body = self.request_of_a_report()
            receipt, what = self.server.receiver.take(key, body)
        except Refused as refused:
            # Its body may lie unread still.
            self.close_connection = True
            tell("refused", refused.status, str(refused))
            self.answer(refused.status, {"error": str(refused)})
        except NotNow as trouble:
            tell("trouble", str(trouble))
            self.answer(503, {"error": "try again"}, {"Retry-After": "1"})
        else:
            tell("received", what, key)
            self.answer(200, receipt)

    def request_of_a_report(self):
        if self.headers.get_all("Content-Type") != ["application/jose"]:
            raise Refused(415, "a report is application/jose")
        keys, length = self.headers.get_all("Idempotency-Key", []), self.headers.get("Content-Length", "")
        if len(keys) != 1 or not re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", keys[0]):
            raise Refused(400, "there must be one Idempotency-Key")
        if not re.fullmatch("[0-9]{1,9}", length):
            raise Refused(411, "the length is missing")
        if int(length) > LONGEST:
            raise Refused(413, "longer than any report")
        return keys[0], self.rfile.read(int(length))

    def answer(self, status, document, more=None):
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(more or {})}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """What is told of a report is told by `tell`: nothing of a person."""


def tell(*words):
    print(*words, flush=True)


def main():
    arguments = argparse.ArgumentParser(description="Receives the reports of desks.")
    arguments.add_argument("--listen", default="127.0.0.1:0", help="address and port; behind a TLS proxy beyond loopback")
    arguments.add_argument("--database", default="reports.db")
    arguments.add_argument("--keys", action="append", required=True, metavar="DESK=FILE_OR_URL")
    arguments.add_argument("--take-tests", action="store_true", help="take reports that say `test`")
    given = arguments.parse_args()
    keys = {desk: Keys(place) for desk, _, place in (one.partition("=") for one in given.keys)}
    host, _, port = given.listen.rpartition(":")
    server = ThreadingHTTPServer((host, int(port)), Door)
    server.receiver = Receiver(given.database, keys, given.take_tests)
    tell(json.dumps({"reports": f"http://{host}:{server.server_port}/reports"}))
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
