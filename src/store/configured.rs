//! What the desk ran under: a change of its configuration is an audit entry that names the sections which
//! changed, by their digests. What stands in them is not kept: paths and addresses are the file's.

use std::collections::BTreeMap;

use super::audit::AuditEvent;
use super::{Store, StoreError, schema};

/// The digest of each section, as the desk was last started.
const CONFIGURED: &str = "configuration";

impl Store {
    /// Notes what the desk runs under: the digests of the sections of its configuration, lower-case hex, by
    /// their names. Which of them changed since it was noted last; the first time all are new. Only a change
    /// is an audit entry.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn note_configuration(
        &self,
        sections: &BTreeMap<String, String>,
    ) -> Result<Vec<String>, StoreError> {
        self.transaction(|transaction| {
            let before: BTreeMap<String, String> = schema::meta(transaction, CONFIGURED)?
                .and_then(|kept| serde_json::from_slice(&kept).ok())
                .unwrap_or_default();
            let gone = before.keys().filter(|name| !sections.contains_key(*name));
            let changed: Vec<String> = sections
                .iter()
                .filter(|(name, digest)| before.get(*name) != Some(*digest))
                .map(|(name, _)| name)
                .chain(gone)
                .cloned()
                .collect();
            if changed.is_empty() {
                return Ok(changed);
            }
            let kept = serde_json::to_vec(sections)
                .map_err(|_| StoreError::State("digests of a configuration do not serialise"))?;
            schema::set_meta(transaction, CONFIGURED, &kept)?;
            let digest = crate::crypto::hash::sha256_hex(&kept);
            let event = AuditEvent::new("configuration-changed")
                .fact("sections", changed.join(" "))
                .fact("digest", digest)
                .fact("program", env!("CARGO_PKG_VERSION"));
            self.append(transaction, &event)?;
            Ok(changed)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use super::super::testing::open;

    #[test]
    fn a_change_is_an_entry_that_names_its_sections() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let sections = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let owned = |(name, digest): &(&str, &str)| ((*name).to_owned(), (*digest).to_owned());
            pairs.iter().map(owned).collect()
        };
        for (now, changed, entries) in [
            (
                &[("desk", "aa"), ("report", "bb")][..],
                &["desk", "report"][..],
                1,
            ),
            (&[("desk", "aa"), ("report", "bb")], &[], 1),
            (&[("desk", "aa"), ("report", "cc")], &["report"], 2),
            (&[("desk", "aa")], &["report"], 3),
        ] {
            assert_eq!(store.note_configuration(&sections(now)).unwrap(), changed);
            assert_eq!(store.audit_verify().unwrap().number, entries);
        }
        let mut log = Vec::new();
        store.audit_export(&mut log).unwrap();
        let log = String::from_utf8(log).unwrap();
        assert!(
            log.contains("configuration-changed") && !log.contains("\\\"cc\\\""),
            "{log}"
        );
    }
}
