//! What models differ in.

/// A kind of module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensorKind {
    /// Pixels in a row and rows.
    pub size: (u16, u16),
    /// Bytes of a template, at least 32.
    pub template: usize,
    /// Templates that its library has room for.
    pub capacity: u16,
    /// Whether it knows `ReadSysPara`.
    pub parameters: bool,
    /// Whether the last message of data says that it is the last.
    pub marks_last: bool,
    /// Messages of zeros that follow a template.
    pub zeros: usize,
    /// Size of its messages of data when it is delivered: 32, 64, 128 or 256 for 0 to 3.
    pub packet: u8,
}

impl SensorKind {
    /// R30x, AS608 and their like.
    #[must_use]
    pub const fn r30x() -> Self {
        Self {
            size: (256, 288),
            template: 512,
            capacity: 1_000,
            parameters: true,
            marks_last: true,
            zeros: 0,
            packet: 2,
        }
    }

    /// R305: another size of image.
    #[must_use]
    pub const fn r305(width: u16, height: u16) -> Self {
        Self {
            size: (width, height),
            ..Self::r30x()
        }
    }

    /// DY50: no message is the last, and a template has zeros after it.
    #[must_use]
    pub const fn dy50() -> Self {
        Self {
            marks_last: false,
            zeros: 3,
            ..Self::r30x()
        }
    }

    /// R308: knows no `ReadSysPara`.
    #[must_use]
    pub const fn r308() -> Self {
        Self {
            parameters: false,
            ..Self::r30x()
        }
    }

    /// R503, with the largest of all templates.
    #[must_use]
    pub const fn r503() -> Self {
        Self {
            size: (192, 192),
            template: 1_536,
            capacity: 200,
            ..Self::r30x()
        }
    }

    /// R551: the last message of a template is shorter than the others.
    #[must_use]
    pub const fn r551() -> Self {
        Self {
            size: (192, 192),
            template: 4 * 128 + 52,
            capacity: 500,
            ..Self::r30x()
        }
    }
}
