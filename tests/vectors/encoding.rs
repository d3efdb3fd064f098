//! The encodings of RFC 8017, 9, step by step, so that each step can be taken wrongly.

use cccd_desk::crypto::hash::HashAlgorithm;

use crate::ecdsa_changes::object;

/// The AlgorithmIdentifier's content up to its parameters: the object identifier.
pub fn identifier(hash: HashAlgorithm) -> Vec<u8> {
    let value: &[u8] = match hash {
        HashAlgorithm::Sha1 => &[0x2b, 0x0e, 0x03, 0x02, 0x1a],
        HashAlgorithm::Sha224 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04],
        HashAlgorithm::Sha256 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01],
        HashAlgorithm::Sha384 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02],
        HashAlgorithm::Sha512 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03],
    };
    object(6, value)
}

/// DigestInfo of a message (9.2, step 2).
pub fn digest_info(hash: HashAlgorithm, message: &[u8]) -> Vec<u8> {
    let algorithm = object(0x30, &[&identifier(hash)[..], &[5, 0]].concat());
    let digest = object(4, &hash.digest(message));
    object(0x30, &[algorithm, digest].concat())
}

/// `00 01 FF … 00 ‖ info`, as long as the modulus (9.2, step 5).
pub fn pkcs1(info: &[u8], length: usize) -> Vec<u8> {
    let mut block = vec![0x00, 0x01];
    block.resize(length - info.len() - 1, 0xff);
    block.push(0x00);
    block.extend(info);
    block
}

/// EMSA-PSS (9.1.1), with all that can be chosen wrongly.
pub struct Pss<'a> {
    /// Of the message and of H.
    pub hash: HashAlgorithm,
    /// Of the mask.
    pub mask: HashAlgorithm,
    pub salt: &'a [u8],
    /// The byte at the end.
    pub trailer: u8,
    /// The byte between padding and salt.
    pub separator: u8,
    /// What the padding is of.
    pub padding: u8,
    /// The bits that must be zero are cleared.
    pub clear: bool,
}

impl<'a> Pss<'a> {
    /// As the standard says.
    pub fn right(hash: HashAlgorithm, salt: &'a [u8]) -> Self {
        Self {
            hash,
            mask: hash,
            salt,
            trailer: 0xbc,
            separator: 0x01,
            padding: 0x00,
            clear: true,
        }
    }

    /// The block for a modulus of `bits` bits; none where digest and salt do not fit.
    pub fn encode(&self, message: &[u8], bits: usize) -> Option<Vec<u8>> {
        let length = (bits - 1).div_ceil(8);
        let zeros = length.checked_sub(self.hash.length() + self.salt.len() + 2)?;
        let digest = self.hash.digest(message);
        let h = self
            .hash
            .digest(&[&[0; 8], &digest[..], self.salt].concat());
        let mut db = vec![self.padding; zeros];
        db.push(self.separator);
        db.extend(self.salt);
        for (byte, mask) in db.iter_mut().zip(mgf1(self.mask, &h)) {
            *byte ^= mask;
        }
        if self.clear {
            db[0] &= 0xff >> (8 * length - (bits - 1));
        }
        Some([&db[..], &h, &[self.trailer]].concat())
    }
}

/// MGF1 (B.2.1), as long as it is asked for.
fn mgf1(hash: HashAlgorithm, seed: &[u8]) -> impl Iterator<Item = u8> {
    (0_u32..).flat_map(move |counter| hash.digest(&[seed, &counter.to_be_bytes()].concat()))
}
