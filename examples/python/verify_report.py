"""Verifies a report as a case system must: JWS in compact form (RFC 7515), ES256, a pinned key."""

import base64
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature


class NotVerified(Exception):
    """The report is not one of this desk's, or was changed on its way."""


def decoded(text):
    """Base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verified(jws, keys):
    """The event in a report that is signed with one of `keys`, the JWK set of `/v1/keys`."""
    try:
        protected, payload, signature = jws.split(".")
        header = json.loads(decoded(protected))
        raw = decoded(signature)
    except ValueError:
        raise NotVerified("no JWS in compact form") from None
    # Never the algorithm that the sender chooses.
    if header.get("alg") != "ES256" or "crit" in header:
        raise NotVerified("not signed with ES256")
    known = [key for key in keys["keys"] if key["kid"] == header.get("kid")]
    if len(known) != 1 or known[0]["crv"] != "P-256":
        raise NotVerified("signed with a key that is not pinned")
    if len(raw) != 64:
        raise NotVerified("the signature has the wrong length")
    x, y, r, s = (
        int.from_bytes(part, "big")
        for part in (decoded(known[0]["x"]), decoded(known[0]["y"]), raw[:32], raw[32:])
    )
    try:
        ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key().verify(
            encode_dss_signature(r, s), f"{protected}.{payload}".encode(), ec.ECDSA(hashes.SHA256())
        )
    except InvalidSignature:
        raise NotVerified("the signature is wrong") from None
    return json.loads(decoded(payload))
