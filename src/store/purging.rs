//! Personal data goes when its term is over, by what it was kept for.
//!
//! What was deleted is overwritten at once (`secure_delete`), and the write-ahead log, which still holds the
//! pages as they were, is cut to nothing. What is left are copies that SQLite makes when it balances its
//! trees: in the unused part of a page they are not overwritten. So the file is written anew (`VACUUM`)
//! after an erasure, and at most once a day after a purge: no page is left that is not content. Incremental
//! vacuum would only give back free pages, which hold nothing by then.

use core::time::Duration;
use std::collections::BTreeMap;

use rusqlite::Transaction;
use time::OffsetDateTime;

use super::audit::{AuditEvent, AuditHead};
use super::outbox::UNDELIVERED;
use super::{DATABASE, Store, StoreError, from_millis, rfc3339, schema, to_millis};
use crate::config::Privacy;
use crate::document::Date;

/// Set while something was deleted and the file was not written anew since: [`IN_TIME`] or [`AT_ONCE`].
const SCRUB_DUE: &str = "scrub-due";
const IN_TIME: &[u8] = b"in time";
/// Somebody was erased: what was cut off before its end is made up for at the next purge.
const AT_ONCE: &[u8] = b"at once";
/// When the file was written anew, in milliseconds.
const SCRUBBED: &str = "scrubbed-at";
/// The file is written anew so often, at most.
const SCRUB_EVERY: time::Duration = time::Duration::DAY;
/// What payees are kept for.
const PAYMENT: &str = "benefit-payment";
/// Sessions that keep their data until their report has its receipt.
const WAITING: &str = "SELECT o.session FROM outbox o JOIN deliveries d ON d.report_id = o.report_id \
     WHERE d.state <> 'delivered' AND o.session IS NOT NULL";

/// How long personal data is kept, by what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    default: Duration,
    purposes: BTreeMap<&'static str, Duration>,
    chips: Duration,
}

impl From<&Privacy> for Terms {
    fn from(privacy: &Privacy) -> Self {
        let days = |days: u64| Duration::from_secs(days.saturating_mul(86_400));
        Self {
            default: days(privacy.days.default),
            purposes: privacy
                .days
                .by_purpose()
                .into_iter()
                .map(|(purpose, term)| (purpose, days(term)))
                .collect(),
            chips: days(privacy.chip_memory_days),
        }
    }
}

impl Terms {
    /// The shortest of all: a copy of the whole database is kept no longer.
    fn shortest(&self) -> Duration {
        let purposes = self.purposes.values().copied();
        purposes.fold(self.default.min(self.chips), Duration::min)
    }

    fn cuts(&self, now: OffsetDateTime) -> Cuts {
        let before = |term: Duration| to_millis(earlier(now, term));
        Cuts {
            believed: true,
            default: before(self.default),
            purposes: self
                .purposes
                .iter()
                .map(|(purpose, term)| (*purpose, before(*term)))
                .collect(),
            chips: Some(before(self.chips)),
            fingers: to_millis(now),
        }
    }
}

fn earlier(now: OffsetDateTime, by: Duration) -> OffsetDateTime {
    now.saturating_sub(time::Duration::try_from(by).unwrap_or(time::Duration::MAX))
}

/// Before when what is kept goes, in milliseconds.
struct Cuts {
    default: i64,
    purposes: BTreeMap<&'static str, i64>,
    chips: Option<i64>,
    fingers: i64,
    /// Whether the clock is believed.
    believed: bool,
}

impl Cuts {
    /// Nothing is over: the clock is not believed.
    const NOTHING: Self = Self {
        default: i64::MIN,
        purposes: BTreeMap::new(),
        chips: None,
        fingers: i64::MIN,
        believed: false,
    };
}

/// What a purge removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Verdicts that lost their record and evidence.
    pub verdicts: usize,
    /// Delivered reports that lost their text.
    pub reports: usize,
    /// Audit entries whose personal digests say nothing any more.
    pub digests: usize,
    /// Payee lists whose people are forgotten.
    pub payee_lists: usize,
    /// Entries of lists without a last day that were paid and are nobody's any more.
    pub payees: usize,
    /// Authorisations that were over and name nobody any more.
    pub authorisations: usize,
    /// Enrolled fingers that were over.
    pub fingers: usize,
    /// Chips that are not remembered any more.
    pub chips: usize,
    /// What an erasure had to leave and is gone now.
    pub erasures: usize,
}

impl Purged {
    /// Whether that was anything.
    pub(crate) fn anything(&self) -> bool {
        *self != Self::default()
    }
}

impl Store {
    /// Removes the personal data of everything concluded before `term`: verdicts and evidence,
    /// delivered reports, and the salts of audit entries. What is not yet delivered stays whole.
    /// The purge is itself an audit entry, and the chain stays valid.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn purge(&self, term: OffsetDateTime) -> Result<(Purged, AuditHead), StoreError> {
        let cuts = Cuts {
            believed: true,
            default: to_millis(term),
            purposes: BTreeMap::new(),
            chips: None,
            fingers: to_millis(self.now()),
        };
        let result = self.transaction(|transaction| {
            let purged = self.purge_in(transaction, &cuts)?;
            Ok((purged, self.append(transaction, &event(&cuts, &purged))?))
        })?;
        self.fold_log()?;
        Ok(result)
    }

    /// Removes the personal data whose term is over, and what erasures had to leave until now. An audit
    /// entry where there was any. The file is written anew at most once a day; copies of the database that
    /// were made before a migration go with the shortest term.
    ///
    /// Where the clock leapt ahead, only what erasures had to leave goes ([`Store::clock_leapt`]).
    ///
    /// # Errors
    /// [`StoreError::ClockLeapt`] after a leap of the clock, [`StoreError`] when the database fails, or a copy
    /// cannot be removed.
    pub fn purge_by_terms(&self, terms: &Terms) -> Result<Purged, StoreError> {
        let now = self.now();
        let (purged, believed, at_once, scrub) = self.transaction(|transaction| {
            let believed = self.believes_clock(transaction)?;
            let cuts = if believed {
                terms.cuts(now)
            } else {
                Cuts::NOTHING
            };
            let purged = self.purge_in(transaction, &cuts)?;
            let mut due = schema::meta(transaction, SCRUB_DUE)?;
            if purged.anything() {
                self.append(transaction, &event(&cuts, &purged))?;
                if due.is_none() {
                    schema::set_meta(transaction, SCRUB_DUE, IN_TIME)?;
                    due = Some(IN_TIME.to_vec().into());
                }
            }
            let at_once = due.as_deref().is_some_and(|due| due == AT_ONCE);
            let in_time = due.is_some() && scrubbed_before(transaction, now)?;
            Ok((purged, believed, at_once, at_once || in_time))
        })?;
        if at_once {
            self.drop_copies(None)?;
        }
        if scrub {
            self.scrub()?;
        } else {
            // Also where nothing was removed: an earlier purge may have been cut off before this.
            self.cut_log()?;
        }
        if !believed {
            return Err(StoreError::ClockLeapt);
        }
        self.drop_copies(Some(earlier(now, terms.shortest())))?;
        Ok(purged)
    }

    fn purge_in(&self, transaction: &Transaction<'_>, cuts: &Cuts) -> Result<Purged, StoreError> {
        let purposes = serde_json::to_string(&cuts.purposes)
            .map_err(|_| StoreError::State("the terms do not serialise"))?;
        let cut = |purpose: &str| {
            format!("coalesce((SELECT value FROM json_each(?1) WHERE key = {purpose}), ?2)")
        };
        let given = (&purposes, cuts.default);
        let payment = cuts.purposes.get(PAYMENT).unwrap_or(&cuts.default);
        let day = Date::in_vietnam(from_millis(*payment)).to_string();
        // Entries of a session go with it; those of payees outside one with what is kept for payments.
        let of_entry = format!(
            "coalesce(v.purpose, iif(a.entry ->> '$.kind' LIKE 'payee%', '{PAYMENT}', NULL))"
        );
        let digests = transaction.execute(
            &format!(
                "DELETE FROM audit_salts WHERE number IN (SELECT s.number FROM audit_salts s \
                 JOIN audit a ON a.number = s.number \
                 LEFT JOIN verdicts v ON v.session = a.entry ->> '$.session' \
                 WHERE s.at < {} AND (v.session IS NULL OR v.session NOT IN ({WAITING})))",
                cut(&of_entry)
            ),
            given,
        )?;
        let verdicts = transaction.execute(
            &format!(
                "UPDATE verdicts SET record = NULL, evidence = NULL WHERE concluded_at < {} \
                 AND (record IS NOT NULL OR evidence IS NOT NULL) AND session NOT IN ({WAITING})",
                cut("purpose")
            ),
            given,
        )?;
        // A payment without a card has no session.
        let of_report = &format!(
            "coalesce((SELECT purpose FROM verdicts v WHERE v.session = outbox.session), \
             iif(outbox.report_id IN (SELECT report_id FROM payee_reports), '{PAYMENT}', NULL))"
        );
        let reports = transaction.execute(
            &format!(
                "UPDATE outbox SET jws = NULL WHERE created_at < {} AND report_id NOT IN ({UNDELIVERED}) \
                 AND jws IS NOT NULL",
                cut(of_report)
            ),
            given,
        )?;
        let expired = "DELETE FROM fingers WHERE expires_at <= ?1";
        let payees = Self::purge_payees(transaction, &day)?;
        Ok(Purged {
            verdicts,
            reports,
            digests,
            payee_lists: payees.lists,
            payees: payees.entries,
            authorisations: payees.authorisations,
            fingers: transaction.execute(expired, [cuts.fingers])?,
            chips: match cuts.chips {
                None => 0,
                Some(cut) => transaction.execute("DELETE FROM chips WHERE seen_at < ?1", [cut])?,
            },
            // What is still owed to somebody is a matter of the day as well.
            erasures: match cuts.believed {
                true => self.finish_erasures(transaction)?,
                false => 0,
            },
        })
    }

    /// Notes that the file is to be written anew, whatever comes in between.
    pub(super) fn scrub_at_once(transaction: &Transaction<'_>) -> Result<(), StoreError> {
        schema::set_meta(transaction, SCRUB_DUE, AT_ONCE)
    }

    /// Writes the file anew and cuts the log: what was deleted is nowhere in it any more.
    pub(super) fn scrub(&self) -> Result<(), StoreError> {
        if self.folder().is_some() {
            self.read(|connection| Ok(connection.execute_batch("VACUUM")?))?;
        }
        self.transaction(|transaction| {
            schema::forget_meta(transaction, SCRUB_DUE)?;
            let now = to_millis(self.now()).to_string();
            schema::set_meta(transaction, SCRUBBED, now.as_bytes())
        })?;
        self.cut_log()
    }

    /// Removes the copies that were made of the whole database before a migration: those that are older
    /// than `before`, or all.
    pub(super) fn drop_copies(&self, before: Option<OffsetDateTime>) -> Result<usize, StoreError> {
        let Some(folder) = self.folder() else {
            return Ok(0);
        };
        let failed = |error: std::io::Error| StoreError::folder(folder, &error);
        let mut dropped = 0;
        for file in std::fs::read_dir(folder).map_err(failed)? {
            let file = file.map_err(failed)?;
            let name = file.file_name();
            let rest = name.to_str().and_then(|name| name.strip_prefix(DATABASE));
            if rest.is_none_or(|rest| !rest.starts_with(".before-")) {
                continue;
            }
            let written = file
                .metadata()
                .and_then(|about| about.modified())
                .map_err(failed)?;
            if before.is_none_or(|before| OffsetDateTime::from(written) < before) {
                std::fs::remove_file(file.path()).map_err(failed)?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }
}

/// Whether the file was last written anew so long ago that it may be again. A time to come is a leap of the
/// clock.
fn scrubbed_before(transaction: &Transaction<'_>, now: OffsetDateTime) -> Result<bool, StoreError> {
    let last = schema::meta(transaction, SCRUBBED)?;
    let last = last
        .and_then(|last| core::str::from_utf8(&last).ok()?.parse::<i64>().ok())
        .map(from_millis);
    Ok(last.is_none_or(|last| last > now || now - last >= SCRUB_EVERY))
}

fn event(cuts: &Cuts, purged: &Purged) -> AuditEvent<'static> {
    let mut event = AuditEvent::new("purged")
        .fact("before", rfc3339(from_millis(cuts.default)))
        .fact("verdicts", purged.verdicts)
        .fact("reports", purged.reports)
        .fact("digests", purged.digests)
        .fact("payee-lists", purged.payee_lists)
        .fact("payees", purged.payees)
        .fact("authorisations", purged.authorisations)
        .fact("fingers", purged.fingers)
        .fact("chips", purged.chips)
        .fact("erasures", purged.erasures);
    for (purpose, cut) in &cuts.purposes {
        event = event.fact(purpose, rfc3339(from_millis(*cut)));
    }
    event
}

#[cfg(test)]
#[path = "purging_tests.rs"]
mod tests;
