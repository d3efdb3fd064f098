// Verifies a report as a case system must: JWS in compact form (RFC 7515), ES256, a pinned key.

import { webcrypto } from 'node:crypto';

/** The report is not one of this desk's, or was changed on its way. */
export class NotVerified extends Error {}

/** The event in a report that is signed with one of `keys`, the JWK set of `/v1/keys`. */
export async function verified(jws, keys) {
  const parts = jws.split('.');
  if (parts.length !== 3) throw new NotVerified('no JWS in compact form');
  const [head, payload, signature] = parts.map((part) => Buffer.from(part, 'base64url'));
  let header;
  try {
    header = JSON.parse(head);
  } catch {
    throw new NotVerified('no JWS in compact form');
  }
  // Never the algorithm that the sender chooses.
  if (header.alg !== 'ES256' || 'crit' in header) throw new NotVerified('not signed with ES256');
  const known = keys.keys.filter((key) => key.kid === header.kid);
  if (known.length !== 1) throw new NotVerified('signed with a key that is not pinned');
  const { kty, crv, x, y } = known[0];
  const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const key = await webcrypto.subtle.importKey('jwk', { kty, crv, x, y }, ecdsa, false, ['verify']);
  const signed = Buffer.from(`${parts[0]}.${parts[1]}`);
  if (!(await webcrypto.subtle.verify(ecdsa, key, signature, signed))) {
    throw new NotVerified('the signature is wrong');
  }
  return JSON.parse(payload);
}
