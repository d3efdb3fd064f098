//! The key that signs reports, and those that did before it.

use core::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use rusqlite::{OptionalExtension as _, Transaction};
use zeroize::Zeroizing;

use super::audit::AuditEvent;
use super::{Store, StoreError, schema};

/// The private key that signs now (PKCS#8).
const CURRENT: &str = "signing-key";
/// The public keys that signed before, each 65 bytes, the newest first.
const RETIRED: &str = "signing-keys-retired";
/// Bytes of an uncompressed point of P-256.
const POINT: usize = 65;
/// Retired keys that are published: with a key a year, longer than any report is kept.
const MOST_RETIRED: usize = 16;

/// The keys as this process knows them.
pub(super) struct SigningKeys(RwLock<Known>);

#[derive(Clone)]
struct Known {
    current: Arc<SigningKey>,
    retired: Vec<Vec<u8>>,
}

impl SigningKeys {
    /// Reads them, or makes the first at first start.
    pub(super) fn open(transaction: &Transaction<'_>) -> Result<Self, StoreError> {
        let current = match schema::meta(transaction, CURRENT)? {
            Some(pkcs8) => SigningKey::from_pkcs8(pkcs8)?,
            None => {
                let key = SigningKey::generate()?;
                schema::set_meta(transaction, CURRENT, key.pkcs8())?;
                key
            }
        };
        Ok(Self(RwLock::new(Known {
            current: Arc::new(current),
            retired: retired(transaction)?,
        })))
    }

    fn known(&self) -> Known {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, known: Known) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

fn retired(transaction: &Transaction<'_>) -> Result<Vec<Vec<u8>>, StoreError> {
    let bytes = schema::meta(transaction, RETIRED)?.unwrap_or_default();
    Ok(bytes.chunks_exact(POINT).map(<[u8]>::to_vec).collect())
}

/// Signs on with the key of the attached database, where a restored copy has an earlier one; the public
/// halves of all that either of them knows stay published.
pub(super) fn take_over(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let of_replaced = |name: &str| -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let value = transaction
            .query_row(
                "SELECT value FROM replaced.meta WHERE name = ?1",
                [name],
                |row| row.get(0),
            )
            .optional()?;
        Ok(value.map(Zeroizing::new))
    };
    let Some(newer) = of_replaced(CURRENT)? else {
        return Ok(());
    };
    let newer = SigningKey::from_pkcs8(newer)?;
    let mut points = Vec::new();
    if let Some(own) = schema::meta(transaction, CURRENT)? {
        points.push(SigningKey::from_pkcs8(own)?.public().to_vec());
    }
    let theirs = of_replaced(RETIRED)?.unwrap_or_default();
    let mut known: Vec<Vec<u8>> = Vec::new();
    let own = retired(transaction)?;
    let theirs = theirs.chunks_exact(POINT).map(<[u8]>::to_vec);
    for point in theirs.chain(points).chain(own) {
        if point != newer.public() && !known.contains(&point) {
            known.push(point);
        }
    }
    known.truncate(MOST_RETIRED);
    schema::set_meta(transaction, CURRENT, newer.pkcs8())?;
    schema::set_meta(transaction, RETIRED, &known.concat())
}

impl Store {
    /// The key that signs reports.
    pub(crate) fn signing(&self) -> Arc<SigningKey> {
        self.signing.known().current
    }

    /// The public keys, uncompressed points, that check this desk's reports: the one that signs now, then
    /// those that did before.
    pub(crate) fn signing_points(&self) -> Vec<Vec<u8>> {
        let known = self.signing.known();
        let mut points = vec![known.current.public().to_vec()];
        points.extend(known.retired);
        points
    }

    /// Takes in what another process of this desk did to the keys.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn refresh_signing(&self) -> Result<(), StoreError> {
        let known = self.signing.known();
        // Asked before every report: one snapshot, without the lock of those who write.
        let fresh = self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let pkcs8 = schema::meta(&snapshot, CURRENT)?;
            Ok(match pkcs8 {
                Some(pkcs8) if pkcs8.as_slice() != known.current.pkcs8() => Some(Known {
                    current: Arc::new(SigningKey::from_pkcs8(pkcs8)?),
                    retired: retired(&snapshot)?,
                }),
                _ => None,
            })
        })?;
        if let Some(fresh) = fresh {
            self.signing.set(fresh);
        }
        Ok(())
    }

    /// Signs with a new key from now on; the old one's public half stays published. Recorded in the audit
    /// log. A desk that runs takes it up with its next report.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the system gives no random bytes; the old key signs on.
    pub fn rotate_signing(&self) -> Result<(), StoreError> {
        let new = SigningKey::generate()?;
        let known = self.transaction(|transaction| {
            let old = match schema::meta(transaction, CURRENT)? {
                Some(pkcs8) => SigningKey::from_pkcs8(pkcs8)?,
                None => return Err(StoreError::State("there is no signing key")),
            };
            let mut points = vec![old.public().to_vec()];
            points.extend(retired(transaction)?);
            points.truncate(MOST_RETIRED);
            schema::set_meta(transaction, CURRENT, new.pkcs8())?;
            schema::set_meta(transaction, RETIRED, &points.concat())?;
            let event = AuditEvent::new("signing-key-rotated")
                .fact("old", crate::crypto::hash::sha256_hex(old.public()))
                .fact("new", crate::crypto::hash::sha256_hex(new.public()));
            self.append(transaction, &event)?;
            Ok(Known {
                current: Arc::new(new),
                retired: points,
            })
        })?;
        self.signing.set(known);
        Ok(())
    }
}

/// A P-256 key for ES256 (RFC 7518, 3.4). The private half is kept in the encrypted database.
pub(crate) struct SigningKey {
    pkcs8: Zeroizing<Vec<u8>>,
    pair: EcdsaKeyPair,
}

impl SigningKey {
    pub(super) fn generate() -> Result<Self, StoreError> {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .map_err(|_| StoreError::Crypto("the system gave no random bytes"))?;
        Self::from_pkcs8(Zeroizing::new(document.as_ref().to_vec()))
    }

    pub(super) fn from_pkcs8(pkcs8: Zeroizing<Vec<u8>>) -> Result<Self, StoreError> {
        let pair = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &pkcs8,
            &SystemRandom::new(),
        )
        .map_err(|_| StoreError::Crypto("the signing key in the database is damaged"))?;
        Ok(Self { pkcs8, pair })
    }

    pub(super) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The uncompressed point: 04, x, y; 65 bytes (SEC 1, 2.3.3).
    pub(crate) fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// r and s, 32 bytes each (RFC 7518, 3.4).
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.pair
            .sign(&SystemRandom::new(), message)
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| StoreError::Crypto("the system gave no random bytes"))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([redacted])")
    }
}
