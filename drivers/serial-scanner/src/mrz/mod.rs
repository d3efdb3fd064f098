//! Readers of machine readable zones: the frames in which they send one, and whether it is one.
//!
//! A reader's optics misread letters, and its line loses bytes. The driver hands on a zone alone in
//! which every check digit of ICAO 9303 holds: it is the one checksum that most of these lines have.
//! It reads nothing else in a zone; what the fields mean is not its business.
//!
//! # Layout
//! - `zone`: the formats TD1, TD2 and TD3, and their check digits
//! - `proposal`: what a misread zone may have said
//! - `lines`, `desko`, `three_m`: frames

mod desko;
mod lines;
mod proposal;
mod three_m;
mod zone;

pub(crate) use desko::Desko;
pub(crate) use lines::Lines;
pub(crate) use three_m::ThreeM;
pub use zone::zone;

#[cfg(test)]
mod tests;
