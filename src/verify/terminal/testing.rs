//! Certificates made for tests, with OpenSSL's own signing and an encoder of its own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use openssl::bn::BigNumContext;
use openssl::ec::{EcGroup, EcKey, PointConversionForm};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::{MessageDigest, hash};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};

/// `tag length value`, lengths below 65,536.
pub(crate) fn tlv(tag: &[u8], value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap();
    let length = match length {
        0..=0x7f => vec![length.to_be_bytes()[1]],
        0x80..=0xff => vec![0x81, length.to_be_bytes()[1]],
        _ => [&[0x82], &length.to_be_bytes()[..]].concat(),
    };
    [tag, &length, value].concat()
}

pub(crate) const TA_ECDSA_SHA256: &[u8] = &[4, 0, 0x7f, 0, 7, 2, 2, 2, 2, 3];
pub(crate) const ID_IS: &[u8] = &[4, 0, 0x7f, 0, 7, 3, 1, 2, 1];

/// One holder with a key on brainpoolP256r1.
pub(crate) struct Holder {
    pub name: &'static str,
    pub key: EcKey<Private>,
}

impl Holder {
    pub(crate) fn new(name: &'static str) -> Self {
        let group = EcGroup::from_curve_name(Nid::BRAINPOOL_P256R1).unwrap();
        let key = EcKey::generate(&group).unwrap();
        Self { name, key }
    }

    pub(crate) fn pkcs8(&self) -> Vec<u8> {
        let key = PKey::from_ec_key(self.key.clone()).unwrap();
        key.private_key_to_pkcs8().unwrap()
    }

    fn point(&self) -> Vec<u8> {
        let mut context = BigNumContext::new().unwrap();
        let form = PointConversionForm::UNCOMPRESSED;
        let public = self.key.public_key();
        public
            .to_bytes(self.key.group(), form, &mut context)
            .unwrap()
    }

    /// The value of `7F49`, with domain parameters or without.
    pub(crate) fn public_key(&self, whole: bool) -> Vec<u8> {
        let oid = tlv(&[0x06], TA_ECDSA_SHA256);
        let point = tlv(&[0x86], &self.point());
        if !whole {
            return [oid, point].concat();
        }
        let known = crate::crypto::curve::Curve::BrainpoolP256r1
            .parameters()
            .unwrap();
        [
            oid,
            tlv(&[0x81], &known.p),
            tlv(&[0x82], &known.a),
            tlv(&[0x83], &known.b),
            tlv(&[0x84], &known.generator),
            tlv(&[0x85], &known.order),
            point,
            tlv(&[0x87], &[1]),
        ]
        .concat()
    }

    /// ECDSA with SHA-256, plain.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let digest = hash(MessageDigest::sha256(), message).unwrap();
        let signature = EcdsaSig::sign(&digest, &self.key).unwrap();
        let (r, s) = (signature.r(), signature.s());
        [r.to_vec_padded(32).unwrap(), s.to_vec_padded(32).unwrap()].concat()
    }
}

/// What a certificate says.
pub(crate) struct Draft<'a> {
    pub holder: &'a Holder,
    pub issuer: &'a Holder,
    pub bits: u8,
    pub effective: [u8; 6],
    pub expiry: [u8; 6],
    pub whole_key: bool,
    pub extensions: Vec<u8>,
}

/// CVCA, document verifier and terminal, each with the right to DG3.
pub(crate) const CVCA: u8 = 0xc3;
pub(crate) const VERIFIER: u8 = 0x83;
pub(crate) const TERMINAL: u8 = 0x03;

impl<'a> Draft<'a> {
    /// Valid in 2026.
    pub(crate) fn new(issuer: &'a Holder, holder: &'a Holder, bits: u8) -> Self {
        Self {
            holder,
            issuer,
            bits,
            effective: [2, 6, 0, 1, 0, 1],
            expiry: [2, 6, 1, 2, 3, 1],
            whole_key: bits >= 0xc0,
            extensions: Vec::new(),
        }
    }

    pub(crate) fn fields(&self) -> Vec<Vec<u8>> {
        let template = [tlv(&[0x06], ID_IS), tlv(&[0x53], &[self.bits])].concat();
        vec![
            tlv(&[0x5f, 0x29], &[0]),
            tlv(&[0x42], self.issuer.name.as_bytes()),
            tlv(&[0x7f, 0x49], &self.holder.public_key(self.whole_key)),
            tlv(&[0x5f, 0x20], self.holder.name.as_bytes()),
            tlv(&[0x7f, 0x4c], &template),
            tlv(&[0x5f, 0x25], &self.effective),
            tlv(&[0x5f, 0x24], &self.expiry),
            self.extensions.clone(),
        ]
    }

    pub(crate) fn make(&self) -> Vec<u8> {
        certificate(&self.fields().concat(), self.issuer)
    }
}

/// A certificate of any body, signed.
pub(crate) fn certificate(fields: &[u8], issuer: &Holder) -> Vec<u8> {
    let body = tlv(&[0x7f, 0x4e], fields);
    let signature = tlv(&[0x5f, 0x37], &issuer.sign(&body));
    tlv(&[0x7f, 0x21], &[body, signature].concat())
}
