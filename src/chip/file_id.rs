//! Files of the eMRTD application and their identifiers (ICAO 9303-10, tables 38 and 39).

/// A file on the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileId {
    /// EF.COM.
    Com,
    /// EF.SOD.
    Sod,
    /// EF.DG1 to EF.DG16.
    Dg(u8),
    /// EF.CardAccess, in the master file.
    CardAccess,
    /// EF.CardSecurity, in the master file.
    CardSecurity,
}

impl FileId {
    /// Every file that a folder of evidence may hold.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Com, Self::Sod, Self::CardAccess, Self::CardSecurity]
            .into_iter()
            .chain((1..=16).map(Self::Dg))
    }

    /// `EF.COM`, `EF.DG13` and so on: the standard's name, and that of the file in a folder of
    /// evidence.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Com => "EF.COM".to_owned(),
            Self::Sod => "EF.SOD".to_owned(),
            Self::Dg(number) => format!("EF.DG{number}"),
            Self::CardAccess => "EF.CardAccess".to_owned(),
            Self::CardSecurity => "EF.CardSecurity".to_owned(),
        }
    }

    /// The name of its phase in progress and counts.
    #[must_use]
    pub const fn phase(self) -> &'static str {
        match self {
            Self::Com => "com",
            Self::Sod => "sod",
            Self::CardAccess => "card-access",
            Self::CardSecurity => "card-security",
            Self::Dg(number) => match number {
                1 => "dg1",
                2 => "dg2",
                3 => "dg3",
                4 => "dg4",
                5 => "dg5",
                6 => "dg6",
                7 => "dg7",
                8 => "dg8",
                9 => "dg9",
                10 => "dg10",
                11 => "dg11",
                12 => "dg12",
                13 => "dg13",
                14 => "dg14",
                15 => "dg15",
                _ => "dg16",
            },
        }
    }

    /// The short file identifier, 1 to 30.
    #[must_use]
    pub const fn short(self) -> u8 {
        match self {
            Self::Com => 0x1e,
            Self::Sod => 0x1d,
            Self::Dg(number) => number & 0x1f,
            Self::CardAccess => 0x1c,
            Self::CardSecurity => 0x1d,
        }
    }

    /// The file identifier.
    #[must_use]
    pub const fn long(self) -> [u8; 2] {
        [0x01, self.short()]
    }

    /// The tag that the file begins with.
    #[must_use]
    pub const fn tag(self) -> u32 {
        match self {
            Self::Com => 0x60,
            Self::Sod => 0x77,
            Self::CardAccess => 0x31,
            Self::CardSecurity => 0x30,
            Self::Dg(number) => match number {
                1 => 0x61,
                2 => 0x75,
                3 => 0x63,
                4 => 0x76,
                5 => 0x65,
                6 => 0x66,
                7 => 0x67,
                8 => 0x68,
                9 => 0x69,
                10 => 0x6a,
                11 => 0x6b,
                12 => 0x6c,
                13 => 0x6d,
                14 => 0x6e,
                15 => 0x6f,
                _ => 0x70,
            },
        }
    }
}
