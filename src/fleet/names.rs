//! Streams, buckets, subjects and keys.

/// The stream of reports.
pub const REPORTS: &str = "CCCD_REPORTS";
/// The stream of the heads of audit logs.
pub const AUDIT: &str = "CCCD_AUDIT";
/// Claims of payees: a key an entry.
pub const CLAIMS: &str = "cccd-claims";
/// Public keys of desks: a key a desk.
pub const DESKS: &str = "cccd-desks";
/// How desks are: a key a desk.
pub const HEALTH: &str = "cccd-health";
/// What comes down: bundles of trust and policies, lists of payees.
pub const DOWN: &str = "cccd-down";

/// Subjects of all reports.
pub const ALL_REPORTS: &str = "cccd.report.>";
/// Subjects of all heads.
pub const ALL_HEADS: &str = "cccd.audit.*";

/// A desk's identifier as one token of a subject and as a key: of what `desk.id` may hold only the dot
/// means something to NATS.
#[must_use]
pub fn token(desk: &str) -> String {
    desk.replace('.', "=2E")
}

/// Whether that may be a desk's identifier: what else somebody writes is not asked for at the servers.
#[must_use]
pub fn is_desk(text: &str) -> bool {
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(usual)
}

/// The identifier in a token.
#[must_use]
pub fn desk_of(token: &str) -> String {
    token.replace("=2E", ".")
}

/// Where a report of that type goes: `cccd.report.<desk>.identity.confirmed`.
#[must_use]
pub fn report(desk: &str, kind: &str) -> String {
    format!("cccd.report.{}.{kind}", token(desk))
}

/// Where the head of a desk's audit log goes.
#[must_use]
pub fn head(desk: &str) -> String {
    format!("cccd.audit.{}", token(desk))
}

/// The key of an entry of a list: 32 hexadecimal digits of the list's digest, a dot, and as many of the
/// digest of the entry's identifier, which may hold anything.
#[must_use]
pub fn entry(list_sha256: &str, entry: &str) -> String {
    let digest = hex::encode(ring::digest::digest(
        &ring::digest::SHA256,
        entry.as_bytes(),
    ));
    let short = |text: &str| text.chars().take(32).collect::<String>();
    format!("{}.{}", short(list_sha256), short(&digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn desks_do_not_share_a_token() {
        for desk in ["desk-1", "a.b", "a_b", "a=b", "q.1.2"] {
            assert!(!token(desk).contains('.'));
            assert_eq!(is_desk(desk), desk != "a=b");
            assert_eq!(desk_of(&token(desk)), desk);
        }
        assert_eq!(
            report("a.b", "identity.confirmed"),
            "cccd.report.a=2Eb.identity.confirmed"
        );
    }

    #[test]
    fn what_is_no_desk_is_not_asked_for() {
        for text in [
            "",
            "*",
            ">",
            "a b",
            "a/b",
            "a\u{e1}",
            &"a".repeat(65),
            &"a".repeat(5_000),
        ] {
            assert!(!is_desk(text), "{text}");
        }
    }

    #[test]
    fn entries_that_hold_anything_have_keys_of_their_own() {
        let list = "ab".repeat(32);
        let keys: std::collections::BTreeSet<_> = ["1", "2", "a b", "*", ">", "a.b", ""]
            .map(|id| entry(&list, id))
            .into();
        assert_eq!(keys.len(), 7);
        for key in keys {
            assert!(
                key.bytes()
                    .all(|byte| byte.is_ascii_hexdigit() || byte == b'.')
            );
            assert_eq!(key.len(), 65);
        }
    }
}
