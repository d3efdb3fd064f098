//! Who may take the money of another, and what shows it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::super::audit::AuditEvent;
use super::super::{Store, StoreError, from_millis, to_millis};
use super::{personal, short};
use crate::document::{Date, Personal, PersonalNumber};

/// What a representative is to the payee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kinship {
    /// Of the family.
    Relative,
    /// By law or by court.
    Guardian,
    /// By a power of attorney.
    Attorney,
}

impl Kinship {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Relative, Self::Guardian, Self::Attorney];

    /// `relative`, `guardian` or `attorney`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relative => "relative",
            Self::Guardian => "guardian",
            Self::Attorney => "attorney",
        }
    }

    /// The one of that name.
    ///
    /// # Errors
    /// [`StoreError::Unknown`].
    pub fn parse(name: &str) -> Result<Self, StoreError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or(StoreError::Unknown {
                kind: "kind of authorisation",
            })
    }
}

/// An authorisation that a supervisor adds.
#[derive(Clone, Copy, Debug)]
pub struct NewAuthorisation<'a> {
    /// Who may take the money.
    pub representative: &'a PersonalNumber,
    /// Whose money.
    pub payee: &'a PersonalNumber,
    /// What the one is to the other.
    pub kind: Kinship,
    /// What shows it, such as the number of the paper: 1 to 200 characters.
    pub document: &'a str,
    /// The last day that it counts.
    pub valid_until: Date,
    /// The supervisor: 1 to 200 characters.
    pub by: &'a str,
}

/// An authorisation in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Authorisation {
    /// Its name.
    pub id: String,
    /// Who may take the money; null once it was purged.
    pub representative: Option<Personal<String>>,
    /// Whose money; null once it was purged.
    pub payee: Option<Personal<String>>,
    /// What the one is to the other.
    pub kind: Kinship,
    /// What shows it; null once it was purged.
    pub document: Option<Personal<String>>,
    /// The last day that it counts, ISO 8601.
    pub valid_until: String,
    /// When it was added.
    #[serde(with = "time::serde::rfc3339")]
    pub added_at: OffsetDateTime,
    /// By whom.
    pub added_by: String,
    /// When it was revoked.
    #[serde(with = "time::serde::rfc3339::option")]
    pub revoked_at: Option<OffsetDateTime>,
}

impl Store {
    /// Adds an authorisation, with its audit entry; returns its name.
    ///
    /// # Errors
    /// [`StoreError::Input`]: one person is both, a text is out of its bounds, or it is over already.
    pub fn authorise_payee(&self, new: &NewAuthorisation<'_>) -> Result<String, StoreError> {
        short("by", new.by, 200)?;
        short("document", new.document, 200)?;
        let refused = |field, problem| Err(StoreError::Input { field, problem });
        if new.representative == new.payee {
            return refused(
                "representative",
                "is the payee: nobody needs to be authorised",
            );
        }
        if new.valid_until < self.today() {
            return refused("valid_until", "is over already");
        }
        let id = self.new_id()?;
        let document = Personal::from(new.document);
        self.transaction(|transaction| {
            transaction.execute(
                "INSERT INTO payee_authorisations (id, representative, payee, kind, document, valid_until, \
                 added_at, added_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                (
                    &id,
                    new.representative.reveal(),
                    new.payee.reveal(),
                    new.kind.name(),
                    new.document,
                    new.valid_until.to_string(),
                    to_millis(self.now()),
                    new.by,
                ),
            )?;
            let event = AuditEvent::new("payee-authorised")
                .fact("authorisation", &id)
                .fact("kind", new.kind.name())
                .fact("until", new.valid_until)
                .fact("by", new.by)
                .personal("representative", new.representative.personal())
                .personal("payee", new.payee.personal())
                .personal("document", &document);
            self.append(transaction, &event)
        })?;
        Ok(id)
    }

    /// Revokes an authorisation: nothing is paid by it any more.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] for none of that name, or one that was revoked.
    pub fn revoke_authorisation(&self, id: &str, by: &str) -> Result<(), StoreError> {
        short("by", by, 200)?;
        self.transaction(|transaction| {
            let changed = transaction.execute(
                "UPDATE payee_authorisations SET revoked_at = ?2, revoked_by = ?3 \
                 WHERE id = ?1 AND revoked_at IS NULL",
                (id, to_millis(self.now()), by),
            )?;
            if changed == 0 {
                return Err(StoreError::Unknown {
                    kind: "authorisation",
                });
            }
            let event = AuditEvent::new("payee-authorisation-revoked")
                .fact("authorisation", id)
                .fact("by", by);
            self.append(transaction, &event).map(|_| ())
        })
    }

    /// All authorisations, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn authorisations(&self) -> Result<Vec<Authorisation>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, representative, payee, kind, document, valid_until, added_at, added_by, \
                 revoked_at FROM payee_authorisations ORDER BY added_at DESC, id DESC",
            )?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(Authorisation {
                    id: row.get(0)?,
                    representative: personal(row, 1)?,
                    payee: personal(row, 2)?,
                    kind: Kinship::parse(&row.get::<_, String>(3)?)?,
                    document: personal(row, 4)?,
                    valid_until: row.get(5)?,
                    added_at: from_millis(row.get(6)?),
                    added_by: row.get(7)?,
                    revoked_at: row.get::<_, Option<i64>>(8)?.map(from_millis),
                });
            }
            Ok(found)
        })
    }
}
