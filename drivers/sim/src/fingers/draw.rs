//! Random numbers that are the same each time.

/// SplitMix64 (Steele, Lea, Flood 2014): no secret is drawn from it.
pub(super) struct Draw(u64);

impl Draw {
    /// The numbers that follow from `names`; each in another place leads elsewhere.
    pub(super) fn new(names: &[u64]) -> Self {
        let mut draw = Self(0x6363_6364);
        for name in names {
            draw.0 = draw.next() ^ name;
        }
        draw
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Evenly between two numbers.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        let [one, other, ..] = self.next().to_be_bytes();
        low + (high - low) * f32::from(u16::from_be_bytes([one, other])) / 65_535.0
    }

    /// About 0 and of deviation 1, never beyond 2.5: a person's movements end somewhere.
    pub(super) fn bell(&mut self) -> f32 {
        let bytes = self.next().to_be_bytes();
        let sum: f32 = bytes.iter().map(|byte| f32::from(*byte) / 255.0).sum();
        // Eight numbers of deviation 1/√12 about 4.
        ((sum - 4.0) / 0.8165).clamp(-2.5, 2.5)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: u16) -> u16 {
        let [one, other, ..] = self.next().to_be_bytes();
        u16::from_be_bytes([one, other])
            .checked_rem(bound)
            .unwrap_or(0)
    }
}
