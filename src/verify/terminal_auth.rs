//! Check 15: whether the chip took this desk for one that may read fingerprints (ICAO 9303-11, 7.1).

use super::evidence::{Evidence, TerminalAuthentication};
use crate::finding::{Check, CheckId, CheckResult, reason};

/// The check. Nothing that the chip refuses here says anything about the card: the certificate is
/// the desk's.
pub(super) fn terminal_auth(evidence: &Evidence) -> Check {
    use TerminalAuthentication::{Aborted, Accepted, NoCertificate, NotTried, Refused};
    let id = CheckId::Ta;
    match &evidence.terminal_authentication {
        Accepted => Check::successful(id),
        NoCertificate(reason) => Check::because(id, CheckResult::Undetermined, *reason),
        Refused(status) => {
            let reason = reason::TA_CERTIFICATE_MISSING;
            Check::because(id, CheckResult::Undetermined, reason)
                .fact("status", format!("{status:04x}"))
        }
        Aborted(reason) => Check::because(id, CheckResult::Aborted, *reason),
        NotTried => Check::not_performed(id, "nobody wanted the fingerprints"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use CheckResult::{Aborted, NotPerformed, Successful, Undetermined};

    #[test]
    fn what_the_chip_says_to_the_terminal() {
        use TerminalAuthentication as Ta;
        let missing = reason::TA_CERTIFICATE_MISSING;
        for (name, met, result, reason) in [
            (
                "DG3 is not wanted",
                Ta::NotTried,
                NotPerformed,
                Some(reason::CHECK_NOT_PERFORMED),
            ),
            ("accepted", Ta::Accepted, Successful, None),
            (
                "ta-required-missing",
                Ta::NoCertificate(missing),
                Undetermined,
                Some(missing),
            ),
            (
                "the chip refuses the certificate",
                Ta::Refused(0x6300),
                Undetermined,
                Some(missing),
            ),
            (
                "card lifted",
                Ta::Aborted(reason::CARD_REMOVED),
                Aborted,
                Some(reason::CARD_REMOVED),
            ),
        ] {
            let evidence = Evidence {
                terminal_authentication: met,
                ..Evidence::default()
            };
            let check = terminal_auth(&evidence);
            assert_eq!((check.result, check.reason), (result, reason), "{name}");
        }
    }
}
