//! What is stale, or soon will be: the operator must see it before a clerk does.

use serde::Serialize;
use time::{Duration, OffsetDateTime};

use super::Held;
use crate::verify::TrustAnchors;
use crate::verify::passive::revocation;
use crate::verify::trust::Anchor;

/// A list older than this has had successors: authorities publish one every few months.
const LIST_AGE: Duration = Duration::days(180);
/// ICAO 9303-12, 4.1.5: a revocation list at least every 90 days.
const CRL_AGE: Duration = Duration::days(90);
/// How long before its end an authority's certificate is told of.
const ENDING: Duration = Duration::days(90);

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Cards end undetermined, or soon will.
    Warning,
    /// No card can be verified.
    Fault,
}

/// Something that the operator should see to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// Its stable name, such as `crl-stale`.
    pub code: &'static str,
    /// How bad it is.
    pub urgency: Urgency,
    /// What it is about: the name of an authority or a signer.
    pub subject: String,
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

fn alarm(code: &'static str, subject: &str, vi: String, en: String) -> Alarm {
    Alarm {
        code,
        urgency: Urgency::Warning,
        subject: subject.to_owned(),
        vi,
        en,
    }
}

/// Everything that is stale now. `trust` is what is judged by, sealed; `held` what the store keeps.
#[must_use]
pub fn alarms(trust: &TrustAnchors, held: &Held, now: OffsetDateTime) -> Vec<Alarm> {
    let mut found = Vec::new();
    if trust.anchors.is_empty() {
        found.push(Alarm {
            urgency: Urgency::Fault,
            ..alarm(
                "anchors-none",
                "",
                "Chưa có chứng thư gốc nào: không thẻ nào được xác nhận.".to_owned(),
                "There is no trust anchor: no card can be verified.".to_owned(),
            )
        });
    }
    // Only authorities that somebody pinned on purpose: a master list brings hundreds more.
    let listed = |anchor: &Anchor| {
        held.trust
            .anchors
            .iter()
            .any(|kept| kept.certificate == anchor.certificate)
            && !anchor
                .certificates()
                .any(|certificate| held.pinned.contains(certificate))
    };
    let mut families = Vec::new();
    for anchor in trust.anchors.iter().filter(|anchor| !listed(anchor)) {
        if !families.contains(&anchor.family) {
            families.push(anchor.family);
            found.extend(revocation_age(trust, anchor, now));
            found.extend(ending(trust, anchor, now));
        }
    }
    found.extend(list_age(held, now));
    for link in &held.unlinked {
        let name = &link.subject.text;
        found.push(alarm(
            "link-unlinked",
            name,
            format!("Chứng thư nối “{name}” không còn dẫn từ chứng thư gốc nào."),
            format!("No pinned key leads to the link certificate “{name}” any more."),
        ));
    }
    if !held.damaged.is_empty() {
        let count = held.damaged.len();
        found.push(alarm(
            "object-damaged",
            "",
            format!("{count} mục trong kho tin cậy không đọc lại được."),
            format!("{count} objects of the trust store cannot be read again."),
        ));
    }
    found
}

/// The authority's newest list.
fn revocation_age(trust: &TrustAnchors, anchor: &Anchor, now: OffsetDateTime) -> Option<Alarm> {
    let name = &anchor.certificate.subject.text;
    let of_authority = trust.crls.iter().filter(|crl| {
        trust
            .family_of(anchor)
            .any(|key| revocation::concerns(crl, key))
    });
    let Some(newest) = of_authority.max_by_key(|crl| crl.this_update) else {
        return Some(alarm(
            "crl-missing",
            name,
            format!("Chưa có danh sách thu hồi (CRL) của “{name}”."),
            format!("There is no revocation list of “{name}”."),
        ));
    };
    let due = newest
        .next_update
        .or_else(|| newest.this_update.checked_add(CRL_AGE))?;
    let day = due.date();
    (due < now).then(|| {
        alarm(
            "crl-stale",
            name,
            format!("Danh sách thu hồi của “{name}” quá hạn từ {day}."),
            format!("The revocation list of “{name}” is out of date since {day}."),
        )
    })
}

/// The last key of the authority to end.
fn ending(trust: &TrustAnchors, anchor: &Anchor, now: OffsetDateTime) -> Option<Alarm> {
    let until = trust
        .family_of(anchor)
        .flat_map(Anchor::certificates)
        .map(|certificate| certificate.not_after)
        .max()?;
    let name = &anchor.certificate.subject.text;
    let day = until.date();
    let soon = now.checked_add(ENDING).is_some_and(|soon| until < soon);
    soon.then(|| {
        alarm(
            "anchor-ending",
            name,
            format!("Chứng thư gốc “{name}” hết hạn ngày {day}."),
            format!("The last certificate of “{name}” ends on {day}."),
        )
    })
}

/// The newest list of each country's signer: its certificates change every few years, and so does its
/// name.
fn list_age(held: &Held, now: OffsetDateTime) -> Vec<Alarm> {
    let mut newest: Vec<((&str, &str), &str, OffsetDateTime)> = Vec::new();
    let lists = held
        .imports
        .iter()
        .filter(|import| import.undone_at.is_none() && import.kind.ends_with("-list"));
    for import in lists {
        let signer = import.signer_name.as_deref().unwrap_or_default();
        let country = signer.split(", ").find(|part| part.starts_with("C="));
        let series = (import.kind.as_str(), country.unwrap_or(signer));
        let at = import.signed_at.unwrap_or(import.at);
        match newest.iter_mut().find(|(known, _, _)| *known == series) {
            Some((_, name, known)) if *known < at => (*name, *known) = (signer, at),
            Some(_) => {}
            None => newest.push((series, signer, at)),
        }
    }
    newest
        .into_iter()
        .filter(|(_, _, at)| at.checked_add(LIST_AGE).is_some_and(|due| due < now))
        .map(|(_, signer, at)| {
            let day = at.date();
            alarm(
                "list-old",
                signer,
                format!("Danh sách của “{signer}” ký ngày {day} đã cũ."),
                format!("The list that “{signer}” signed on {day} is old."),
            )
        })
        .collect()
}
