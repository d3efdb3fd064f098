//! Who may call the desk.

use core::fmt;
use core::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::OptionalExtension;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::audit::AuditEvent;
use super::{Store, StoreError, from_millis, to_millis};

/// What the holder of a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Opens and steers sessions at the counter.
    Clerk,
    /// Opens sessions and reads their verdicts.
    CaseSystem,
    /// Watches health, readers, trust and the outbox.
    Operator,
    /// Reads the audit log.
    Auditor,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] = [Self::Clerk, Self::CaseSystem, Self::Operator, Self::Auditor];

    /// The stable name, such as `case-system`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::CaseSystem => "case-system",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = StoreError;

    fn from_str(name: &str) -> Result<Self, StoreError> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == name)
            .ok_or(StoreError::Unknown { kind: "role" })
    }
}

/// A new token: the only moment at which its text can be seen.
#[derive(Debug)]
pub struct Token {
    /// Names the token in lists; no secret.
    pub id: String,
    /// What the caller presents (`Authorization: Bearer …`).
    pub secret: SecretString,
}

/// A token in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenEntry {
    /// Names the token.
    pub id: String,
    /// What its holder may do.
    pub role: Role,
    /// Whom it was given to.
    pub label: String,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was revoked.
    #[serde(with = "time::serde::rfc3339::option")]
    pub revoked_at: Option<OffsetDateTime>,
}

/// A longer text is no token of ours.
const MAX_PRESENTED: usize = 256;

impl Store {
    /// Makes a token of 256 random bits; the store keeps its digest alone.
    ///
    /// # Errors
    /// [`StoreError::Input`] when `label` is empty, long or holds control characters.
    pub fn add_token(&self, role: Role, label: &str) -> Result<Token, StoreError> {
        if !(1..=100).contains(&label.chars().count()) || label.chars().any(char::is_control) {
            return Err(StoreError::Input {
                field: "label",
                problem: "must be 1 to 100 characters, none of them a control character",
            });
        }
        let mut bytes = Zeroizing::new([0; 32]);
        SystemRandom::new()
            .fill(bytes.as_mut_slice())
            .map_err(|_| StoreError::Crypto("the system gave no random bytes"))?;
        // The prefix lets scanners for leaked secrets recognise it.
        let secret = format!("cccd_desk_{}", URL_SAFE_NO_PAD.encode(bytes.as_slice()));
        let id = self.new_id()?;
        let now = self.now();
        self.transaction(|transaction| {
            transaction.execute(
                "INSERT INTO tokens (id, role, label, hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                (&id, role.name(), label, hash(&secret), to_millis(now)),
            )?;
            let event = AuditEvent::new("token-added")
                .fact("token", &id)
                .fact("role", role.name())
                .fact("label", label);
            self.append(transaction, &event).map(|_| ())
        })?;
        Ok(Token {
            id,
            secret: secret.into(),
        })
    }

    /// The role of whoever presents `presented`, or `None` for a token that is unknown or revoked.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn token_role(&self, presented: &str) -> Result<Option<Role>, StoreError> {
        if presented.len() > MAX_PRESENTED {
            return Ok(None);
        }
        self.read(|connection| {
            // The lookup compares digests: its time tells nothing of the token.
            let role: Option<String> = connection
                .query_row(
                    "SELECT role FROM tokens WHERE hash = ?1 AND revoked_at IS NULL",
                    [hash(presented)],
                    |row| row.get(0),
                )
                .optional()?;
            role.as_deref().map(str::parse).transpose()
        })
    }

    /// All tokens, the newest last.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn tokens(&self) -> Result<Vec<TokenEntry>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, role, label, created_at, revoked_at FROM tokens ORDER BY created_at, id",
            )?;
            let mut rows = statement.query([])?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                entries.push(TokenEntry {
                    id: row.get(0)?,
                    role: row.get::<_, String>(1)?.parse()?,
                    label: row.get(2)?,
                    created_at: from_millis(row.get(3)?),
                    revoked_at: row.get::<_, Option<i64>>(4)?.map(from_millis),
                });
            }
            Ok(entries)
        })
    }

    /// Revokes a token by its `id`; revoking twice changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such token.
    pub fn revoke_token(&self, id: &str) -> Result<(), StoreError> {
        self.transaction(|transaction| {
            let now = to_millis(self.now());
            let changed = transaction.execute(
                "UPDATE tokens SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL",
                (id, now),
            )?;
            if changed == 1 {
                let event = AuditEvent::new("token-revoked").fact("token", id);
                self.append(transaction, &event)?;
                return Ok(());
            }
            transaction
                .query_row("SELECT 1 FROM tokens WHERE id = ?1", [id], |_| Ok(()))
                .optional()?
                .ok_or(StoreError::Unknown { kind: "token" })
        })
    }
}

fn hash(token: &str) -> String {
    hex::encode(digest(&SHA256, token.as_bytes()))
}
