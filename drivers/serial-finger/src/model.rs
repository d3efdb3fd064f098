//! What models differ in, as data.

/// How a module marks the end of its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataEnd {
    /// With PID 08 on the last packet, which may be shorter than the others.
    Marked,
    /// Not at all: the amount alone says it. A template is followed by more packets, of zeros.
    Unmarked {
        /// The bytes of a template.
        template: usize,
    },
}

/// A model of module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleModel {
    /// What it is called in the configuration, and what its templates are bound to.
    pub name: &'static str,
    /// Pixels in a row and rows; none where that must be measured ([`crate::Zfm::measure`]).
    pub image: Option<(u16, u16)>,
    /// Pixels an inch, as its manual says.
    pub dpi: u16,
    /// How its data end.
    pub end: DataEnd,
    /// Whether it knows `ReadSysPara`.
    pub parameters: bool,
    /// The longest payload that it takes, in bytes: 32, 64, 128 or 256. It may say less.
    pub takes: usize,
}

/// The usual module: 256 × 288 pixels at 500 dpi.
pub const R30X: ModuleModel = ModuleModel {
    name: "r30x",
    image: Some((256, 288)),
    dpi: 500,
    end: DataEnd::Marked,
    parameters: true,
    takes: 128,
};

/// The models that are known, the generic one first.
pub const MODELS: &[ModuleModel] = &[
    R30X,
    named("as608"),
    named("fpm10a"),
    // Says that it takes 256 bytes and then refuses them; 32 are taken.
    ModuleModel {
        takes: 32,
        ..named("r307")
    },
    named("zfm-20"),
    // Another size of image than its relatives, and no source that says which.
    ModuleModel {
        image: None,
        ..named("r305")
    },
    ModuleModel {
        parameters: false,
        ..named("r308")
    },
    // Capacitive, smaller.
    ModuleModel {
        image: Some((192, 192)),
        dpi: 508,
        ..named("r503")
    },
    // Its template ends in a short packet.
    ModuleModel {
        image: Some((192, 192)),
        dpi: 508,
        ..named("r551")
    },
    ModuleModel {
        end: DataEnd::Unmarked { template: 512 },
        ..named("dy50")
    },
];

const fn named(name: &'static str) -> ModuleModel {
    ModuleModel { name, ..R30X }
}

impl ModuleModel {
    /// The model of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| model.name == name)
    }

    /// The same with another size of image: an even number of pixels in all.
    #[must_use]
    pub fn with_image(self, width: u16, height: u16) -> Self {
        Self {
            image: Some((width, height)),
            ..self
        }
    }

    /// The bytes of an image, two pixels each; none where its size is not known or odd.
    #[must_use]
    pub fn image_bytes(&self) -> Option<usize> {
        let (width, height) = self.image?;
        let pixels = usize::from(width).checked_mul(usize::from(height))?;
        (pixels > 0 && pixels % 2 == 0).then_some(pixels / 2)
    }
}
