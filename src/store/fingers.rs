//! Fingers that were enrolled at a verified visit: minutiae, never pictures, sealed and bound.
//!
//! What is sealed opens in its own row alone: whose it is, of which card, finger, sensor and algorithm,
//! and until when, is authenticated with it. A row that was moved to another person opens for nobody.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::Transaction;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::audit::AuditEvent;
use super::chips::hidden;
use super::{Store, StoreError, rfc3339, schema, to_millis};
use crate::document::Personal;

/// The key that fingers are sealed with, inside the encrypted file.
const KEY: &str = "fingers-key";
/// Fingers that a person has.
const MOST: usize = 10;

/// Whose fingers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The confirmed number.
    pub number: Personal<String>,
    /// SHA-256 of the card's EF.SOD, lower-case hex: a new card, or another signer's, is another.
    pub card: String,
}

/// What made the minutiae: others can't be compared with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Means {
    /// The sensor's model.
    pub sensor: String,
    /// The algorithm with its version.
    pub algorithm: String,
}

/// A finger to be kept.
#[derive(Debug)]
pub struct NewFinger<'a> {
    /// In which session.
    pub session: &'a str,
    /// Who asked for consent, and had it.
    pub consent_by: &'a str,
    /// Whose it is.
    pub holder: &'a Holder,
    /// Which one, such as `right-index`.
    pub finger: &'a str,
    /// How it was taken.
    pub means: &'a Means,
    /// The minutiae as bytes.
    pub references: &'a [u8],
    /// When it is dropped.
    pub expires_at: OffsetDateTime,
}

/// A finger as it was kept.
#[derive(Debug, PartialEq, Eq)]
pub struct KeptFinger {
    /// Which one.
    pub finger: String,
    /// The minutiae as bytes.
    pub references: Personal<Vec<u8>>,
}

/// What is there of a person.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct KeptFingers {
    /// Those that can be compared with.
    pub usable: Vec<KeptFinger>,
    /// Why others can't be: `card`, `sensor`, `algorithm` or `damaged`.
    pub unusable: Vec<&'static str>,
}

/// A row as it stands.
struct Row {
    finger: String,
    card: String,
    sensor: String,
    algorithm: String,
    enrolled_at: i64,
    expires_at: i64,
    sealed: Zeroizing<Vec<u8>>,
}

impl Store {
    /// Keeps a finger, in place of an earlier enrolment of it; recorded in the audit log.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn keep_finger(&self, new: &NewFinger<'_>) -> Result<(), StoreError> {
        let now = self.now();
        self.transaction(|transaction| {
            let holder = hidden(transaction, &new.holder.number)?;
            let mut row = Row {
                finger: new.finger.to_owned(),
                card: new.holder.card.clone(),
                sensor: new.means.sensor.clone(),
                algorithm: new.means.algorithm.clone(),
                enrolled_at: to_millis(now),
                expires_at: to_millis(new.expires_at),
                sealed: Zeroizing::default(),
            };
            row.sealed = seal(&key(transaction)?, &row.bound_to(&holder), new.references)?;
            transaction.execute(
                "INSERT OR REPLACE INTO fingers \
                 (holder, finger, card, sensor, algorithm, enrolled_at, expires_at, sealed) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                (
                    &holder,
                    &row.finger,
                    &row.card,
                    &row.sensor,
                    &row.algorithm,
                    row.enrolled_at,
                    row.expires_at,
                    row.sealed.as_slice(),
                ),
            )?;
            let event = AuditEvent::new("finger-enrolled")
                .session(new.session)
                .personal("personal_number", &new.holder.number)
                .fact("finger", new.finger)
                .fact("sensor", &new.means.sensor)
                .fact("algorithm", &new.means.algorithm)
                .fact("consent_by", new.consent_by)
                .fact("expires_at", rfc3339(new.expires_at));
            self.append(transaction, &event)?;
            Ok(())
        })
    }

    /// The fingers of a person that can be compared with by these means. Those that have expired, of
    /// anybody, are dropped first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn kept_fingers(&self, holder: &Holder, means: &Means) -> Result<KeptFingers, StoreError> {
        let now = to_millis(self.now());
        let (kept, dropped) = self.transaction(|transaction| {
            let expired = "DELETE FROM fingers WHERE expires_at <= ?1";
            let dropped = transaction.execute(expired, [now])?;
            if dropped > 0 {
                let event = AuditEvent::new("fingers-expired").fact("fingers", dropped);
                self.append(transaction, &event)?;
            }
            let name = hidden(transaction, &holder.number)?;
            let key = key(transaction)?;
            let mut kept = KeptFingers::default();
            for row in rows(transaction, &name)? {
                let opened = if row.card != holder.card {
                    Err("card")
                } else if row.sensor != means.sensor {
                    Err("sensor")
                } else if row.algorithm != means.algorithm {
                    Err("algorithm")
                } else {
                    open(&key, &row.bound_to(&name), &row.sealed).ok_or("damaged")
                };
                match opened {
                    Ok(references) => kept.usable.push(KeptFinger {
                        finger: row.finger,
                        references: references.into(),
                    }),
                    Err(why) => kept.unusable.push(why),
                }
            }
            Ok((kept, dropped))
        })?;
        if dropped > 0 {
            self.fold_log()?;
        }
        Ok(kept)
    }

    /// Forgets every finger of a person, and every page that it lay on; recorded in the audit log where
    /// there was one. `by` says at whose wish. Returns how many there were.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn forget_fingers(&self, number: &Personal<String>, by: &str) -> Result<usize, StoreError> {
        let dropped = self.transaction(|transaction| {
            let holder = hidden(transaction, number)?;
            let dropped = transaction.execute("DELETE FROM fingers WHERE holder = ?1", [holder])?;
            if dropped > 0 {
                let event = AuditEvent::new("fingers-erased")
                    .personal("personal_number", number)
                    .fact("fingers", dropped)
                    .fact("by", by);
                self.append(transaction, &event)?;
            }
            Ok(dropped)
        })?;
        // Also where there was none: an earlier erasure may have been cut off before this.
        self.fold_log()?;
        Ok(dropped)
    }
}

impl Row {
    /// What the sealed bytes are bound to: every other column. None of them holds a line feed.
    fn bound_to(&self, holder: &str) -> String {
        let Self {
            finger,
            card,
            sensor,
            algorithm,
            enrolled_at,
            expires_at,
            sealed: _,
        } = self;
        format!(
            "cccd-desk finger 1\n{holder}\n{finger}\n{card}\n{sensor}\n{algorithm}\n{enrolled_at}\n{expires_at}"
        )
    }
}

fn rows(transaction: &Transaction<'_>, holder: &str) -> Result<Vec<Row>, StoreError> {
    let mut statement = transaction.prepare_cached(
        "SELECT finger, card, sensor, algorithm, enrolled_at, expires_at, sealed FROM fingers \
         WHERE holder = ?1 ORDER BY finger",
    )?;
    let found = statement.query_map([holder], |row| {
        Ok(Row {
            finger: row.get(0)?,
            card: row.get(1)?,
            sensor: row.get(2)?,
            algorithm: row.get(3)?,
            enrolled_at: row.get(4)?,
            expires_at: row.get(5)?,
            sealed: Zeroizing::new(row.get(6)?),
        })
    })?;
    Ok(found.take(MOST).collect::<Result<_, _>>()?)
}

/// The key, made at first use.
fn key(transaction: &Transaction<'_>) -> Result<LessSafeKey, StoreError> {
    let bytes = schema::secret(transaction, KEY)?;
    let key = UnboundKey::new(&AES_256_GCM, &bytes);
    key.map(LessSafeKey::new)
        .map_err(|_| StoreError::Crypto("the key of the fingers is none"))
}

/// Nonce, ciphertext, tag.
fn seal(key: &LessSafeKey, bound_to: &str, plain: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new()
        .fill(&mut nonce)
        .map_err(|_| StoreError::Crypto("the system gave no random bytes"))?;
    let mut text = Zeroizing::new(Vec::with_capacity(plain.len().saturating_add(16)));
    text.extend_from_slice(plain);
    key.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(bound_to),
        &mut *text,
    )
    .map_err(|_| StoreError::Crypto("a finger could not be sealed"))?;
    Ok(Zeroizing::new([&nonce[..], text.as_slice()].concat()))
}

fn open(key: &LessSafeKey, bound_to: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
    let mut text = Zeroizing::new(text.to_vec());
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let length = key
        .open_in_place(nonce, Aad::from(bound_to), &mut text)
        .ok()?
        .len();
    text.truncate(length);
    Some(text)
}

#[cfg(test)]
#[path = "fingers_tests.rs"]
mod tests;
