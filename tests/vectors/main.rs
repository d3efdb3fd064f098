//! Signatures verified twice, and signatures that somebody hostile wrote.
//!
//! The desk verifies with ring and OpenSSL. Here each verdict of theirs stands beside that of code
//! that shares nothing with them, over genuine signatures and thousands of changed ones; and the
//! published suite of hostile signatures is walked from end to end.
//!
//! # Layout
//! - [`dice`]: chances that fall the same way each time
//! - [`weierstrass`]: ECDSA over plain integers, as BSI TR-03111 writes it
//! - [`elliptic`]: the other libraries' verdict on an ECDSA signature
//! - [`ecdsa_changes`], [`ecdsa`]: changed ECDSA signatures, and the comparison
//! - [`rsa_keys`], [`encoding`]: RSA keys, and the encodings of RFC 8017
//! - [`rsa_changes`]: changed RSA signatures, and the comparison
//! - [`wycheproof_sets`]: the published suite
//! - [`ecdsa_cases`], [`pkcs1_cases`], [`pss_cases`]: cases with names

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod dice;
mod ecdsa;
mod ecdsa_cases;
mod ecdsa_changes;
mod elliptic;
mod encoding;
mod pkcs1_cases;
mod pss_cases;
mod rsa_changes;
mod rsa_keys;
mod weierstrass;
mod wycheproof_sets;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use cccd_desk::crypto::hash::HashAlgorithm;

/// Every hash that a signature may be over.
const HASHES: [HashAlgorithm; 5] = [
    HashAlgorithm::Sha1,
    HashAlgorithm::Sha224,
    HashAlgorithm::Sha256,
    HashAlgorithm::Sha384,
    HashAlgorithm::Sha512,
];

/// Does jobs 0 to `count` − 1 on all processors, and adds up what they return.
fn share_out(count: usize, job: impl Fn(usize) -> usize + Sync) -> usize {
    let (next, sum) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        break;
                    }
                    sum.fetch_add(job(at), Ordering::Relaxed);
                }
            });
        }
    });
    sum.into_inner()
}
