//! The least time that a reading can take: from the lengths of the files and the model of CHECKS (d)
//! alone, never from what a reader sent.

use core::time::Duration;

use cccd_sim::{BenchmarkAccess, TimeModel, Work};

use super::Profile;
use crate::chip::FileId;

/// Status, checksum and their headers in a protected response, and the outer status word.
const AROUND: usize = 4 + 10 + 2;
/// READ BINARY under secure messaging: header, Lc, Le in DO97, checksum in DO8E, Le.
const READ_SHORT: usize = 4 + 1 + 3 + 10 + 1;
/// The same with extended length fields.
const READ_EXTENDED: usize = 4 + 3 + 4 + 10 + 2;
/// A point on a curve of 256 bits.
const POINT: usize = 65;
/// A signature by RSA-2048.
const SIGNATURE: usize = 256;

/// The floor of one profile.
#[must_use]
pub fn floor(profile: Profile, files: &[(FileId, usize)], model: &TimeModel) -> Duration {
    let block = match profile.access {
        BenchmarkAccess::Bac => 8,
        _ => 16,
    };
    let plain = |sent, received| model.exchange(sent, received, Work::None);
    let mut time = Duration::ZERO;
    let mut add = |more: Duration| time = time.saturating_add(more);
    // Files: as few READ BINARY as carry their bytes.
    for (file, length) in files {
        if *file == FileId::CardAccess {
            add(plain(5, length + 2));
            continue;
        }
        let (most, command) = if profile.extended {
            (usize::MAX, READ_EXTENDED)
        } else {
            (256 - AROUND + 2 - 3 - 1, READ_SHORT)
        };
        // Whole blocks with at least one byte of padding.
        let most = (most - most % block).saturating_sub(1);
        let mut left = *length;
        while left > 0 {
            let now = left.min(most);
            add(plain(command, sealed(now, block)));
            left -= now;
        }
    }
    match profile.access {
        BenchmarkAccess::Bac => {
            // SELECT, GET CHALLENGE, EXTERNAL AUTHENTICATE.
            add(plain(12, 2));
            add(plain(5, 10));
            add(model.exchange(46, 42, Work::BasicAccess));
        }
        access => {
            // MSE:Set AT with protocol and password, the nonce, the mapping, the agreement, the tokens.
            add(plain(5 + 12 + 3, 2));
            add(plain(5 + 2 + 1, 2 + 2 + 16 + 2));
            let keys = (5 + 2 + 2 + POINT + 1, 2 + 2 + POINT + 2);
            match access {
                BenchmarkAccess::PaceIntegrated => {
                    add(model.exchange(5 + 2 + 2 + 16 + 1, 2 + 2 + 2, Work::PaceAgree));
                }
                _ => add(model.exchange(keys.0, keys.1, Work::PaceMap)),
            }
            add(model.exchange(keys.0, keys.1, Work::PaceAgree));
            let token = 5 + 2 + 2 + 8 + 1;
            if access == BenchmarkAccess::PaceChipAuthentication {
                let answer = 2 + 2 + 8 + 2 + 48 + 2;
                add(model.exchange(token, answer, Work::PaceChipData));
            } else {
                add(plain(token, 2 + 2 + 8 + 2));
            }
            // SELECT of the application under the new keys.
            add(plain(5 + 3 + block + 10 + 1, AROUND));
        }
    }
    if profile.proof.agreement {
        // MSE:Set AT and GENERAL AUTHENTICATE with our key, sealed.
        add(plain(5 + 3 + block + 10 + 1, AROUND));
        let template = padded(2 + 2 + POINT, block);
        let answer = sealed(2, block);
        let sent = 5 + 4 + template + 3 + 10 + 1;
        add(model.exchange(sent, answer, Work::ChipAuthentication));
    }
    if profile.proof.active {
        let sent = 5 + 3 + padded(8, block) + 3 + 10 + 1;
        add(model.exchange(sent, sealed(SIGNATURE, block), Work::Rsa));
    }
    time
}

/// Data with padding method 2: whole blocks, at least one byte more.
const fn padded(length: usize, block: usize) -> usize {
    (length / block + 1) * block
}

/// A protected response with so many plain bytes.
const fn sealed(length: usize, block: usize) -> usize {
    let value = padded(length, block) + 1;
    let header = match value {
        0..=0x7f => 2,
        0x80..=0xff => 3,
        0x100..=0xffff => 4,
        _ => 5,
    };
    header + value + AROUND
}

#[cfg(test)]
mod tests {
    use cccd_sim::{BitRate, ChipSpeed};

    use super::*;

    /// The lengths of CHECKS (d): 99 reads under AES in the short form bring 23,513 bytes.
    #[test]
    fn the_reads_of_the_page_are_counted_alike() {
        let lengths = [30, 2_000, 93, 18_000, 700, 400, 160];
        let most = 223;
        let reads: usize = lengths.iter().map(|length| length_of(*length, most)).sum();
        assert_eq!(reads, 99);
        let bytes: usize = lengths
            .iter()
            .flat_map(|length| chunks(*length, most))
            .map(|length| sealed(length, 16))
            .sum();
        assert_eq!(bytes, 23_513);
        let whole: usize = lengths.iter().map(|length| sealed(*length, 16)).sum();
        assert_eq!(whole, 21_598);
    }

    fn length_of(length: usize, most: usize) -> usize {
        length.div_ceil(most)
    }

    fn chunks(length: usize, most: usize) -> Vec<usize> {
        let mut left = length;
        let mut all = Vec::new();
        while left > 0 {
            all.push(left.min(most));
            left -= left.min(most);
        }
        all
    }

    #[test]
    fn a_slower_link_and_a_slower_chip_take_longer() {
        let files = [(FileId::Dg(2), 18_000)];
        let profile = Profile::citizen(false);
        let time = |bit_rate, speed| floor(profile, &files, &TimeModel::new(bit_rate, speed));
        assert!(time(BitRate::R106, ChipSpeed::Fast) > time(BitRate::R848, ChipSpeed::Fast));
        assert!(time(BitRate::R848, ChipSpeed::Slow) > time(BitRate::R848, ChipSpeed::Fast));
    }
}
