//! Certificate revocation lists (RFC 5280, 5; ICAO 9303-12, table 10).

use time::OffsetDateTime;

use super::certificate::{Extension, Name, extension, seal};
use super::signer::{Scheme, SigningKey};
use crate::der;
use crate::error::SimError;
use crate::tlv::object;

/// A CRL before it is signed.
#[derive(Clone)]
pub struct CrlPlan {
    /// Who issues it.
    pub issuer: Name,
    /// thisUpdate.
    pub this_update: OffsetDateTime,
    /// nextUpdate.
    pub next_update: OffsetDateTime,
    /// Content bytes of the serial numbers revoked.
    pub revoked: Vec<Vec<u8>>,
    /// cRLNumber.
    pub number: u64,
    /// Further extensions.
    pub extensions: Vec<Extension>,
    /// Extensions of every entry.
    pub entry_extensions: Vec<Extension>,
    /// A bit of the signature is wrong.
    pub signature_flipped: bool,
}

impl CrlPlan {
    /// The list in DER, signed by `key`.
    ///
    /// # Errors
    /// The library's.
    pub fn sign(&self, key: &SigningKey, scheme: Scheme) -> Result<Vec<u8>, SimError> {
        let said: Vec<_> = self
            .entry_extensions
            .iter()
            .map(Extension::encode)
            .collect();
        let entry = |serial: &Vec<u8>| {
            let mut parts = vec![object(0x02, serial), der::time(self.this_update)];
            if !said.is_empty() {
                parts.push(der::sequence(&said));
            }
            der::sequence(&parts)
        };
        let entries: Vec<_> = self.revoked.iter().map(entry).collect();
        let mut parts = vec![
            der::small(1),
            scheme.identifier(),
            self.issuer.encode(),
            der::time(self.this_update),
            der::time(self.next_update),
        ];
        if !entries.is_empty() {
            parts.push(der::sequence(&entries));
        }
        let mut extensions = vec![
            Extension::new(
                extension::AUTHORITY_KEY,
                der::sequence(&[object(0x80, &key.identifier()?)]),
            ),
            Extension::new("2.5.29.20", der::small(self.number)),
        ];
        extensions.extend(self.extensions.iter().cloned());
        let extensions: Vec<_> = extensions.iter().map(Extension::encode).collect();
        parts.push(der::context(0, &[der::sequence(&extensions)]));
        seal(&der::sequence(&parts), key, scheme, self.signature_flipped)
    }
}
