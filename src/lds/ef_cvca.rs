//! Where a chip keeps the names of the authorities whose terminals it trusts.

use super::security_infos::SecurityInfos;
use crate::chip::terminal_authentication::EfCvca;
use crate::codec::der::Reader;

/// `id-TA` (BSI TR-03110-3, A.1.1.3).
const TERMINAL_AUTHENTICATION: &str = "0.4.0.127.0.7.2.2.2";

/// The place of EF.CVCA: what TerminalAuthenticationInfo says, else the usual one
/// (BSI TR-03110-3, A.1.1.3 and A.6.2).
#[must_use]
pub fn ef_cvca(infos: &SecurityInfos) -> EfCvca {
    infos
        .0
        .iter()
        .find(|info| info.protocol == TERMINAL_AUTHENTICATION && !info.optional.is_empty())
        .and_then(|info| file_id(&info.optional))
        .unwrap_or_default()
}

/// `FileID ::= SEQUENCE { fid OCTET STRING (SIZE(2)), sfid OCTET STRING (SIZE(1)) OPTIONAL }`
fn file_id(value: &[u8]) -> Option<EfCvca> {
    let mut outer = Reader::new(value);
    let mut fields = Reader::new(outer.expect(0x30).ok()?);
    let identifier = fields.expect(0x04).ok()?.try_into().ok()?;
    let short = if fields.is_empty() {
        None
    } else {
        match fields.expect(0x04).ok()? {
            [short] => Some(*short),
            _ => return None,
        }
    };
    Some(EfCvca { identifier, short })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_file_stands_where_the_chip_says_or_where_it_usually_does() {
        let usual = EfCvca::default();
        let at = |identifier, short| EfCvca { identifier, short };
        for (info, place) in [
            ("300d060804007f00070202020201 01", usual),
            (
                "3016060804007f0007020202020101300704 02 011d 04011d",
                at([1, 0x1d], Some(0x1d)),
            ),
            (
                "3013060804007f00070202020201013004 0402 2f10",
                at([0x2f, 0x10], None),
            ),
            // An identifier of three bytes is none.
            ("3014060804007f00070202020201013005 0403 2f1000", usual),
        ] {
            let info = hex::decode(info.replace(' ', "")).unwrap();
            let set = [&[0x31, u8::try_from(info.len()).unwrap()], &info[..]].concat();
            let infos = SecurityInfos::parse(&set).unwrap();
            assert_eq!(ef_cvca(&infos), place);
        }
    }
}
