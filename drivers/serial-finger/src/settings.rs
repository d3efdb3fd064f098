//! How a module is set up, and how long it may take.

use core::time::Duration;

use zeroize::Zeroizing;

use crate::model::ModuleModel;

/// How a module is set up.
pub struct Settings {
    /// Its model.
    pub model: ModuleModel,
    /// Its address, `FFFFFFFF` as delivered.
    pub address: [u8; 4],
    /// Its password, 0 as delivered.
    pub password: Zeroizing<[u8; 4]>,
    /// How long it may take.
    pub timings: Timings,
}

impl Settings {
    /// A module of `model` as delivered.
    #[must_use]
    pub fn new(model: ModuleModel) -> Self {
        Self {
            model,
            address: [0xFF; 4],
            password: Zeroizing::new([0; 4]),
            timings: Timings::default(),
        }
    }
}

/// How long a module may take, and what is waited for. A call ends within [`Self::shaking`], the
/// wait for the finger and [`Self::fetching`], however the bytes drip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timings {
    /// Silence that ends what was on the line.
    pub silence: Duration,
    /// For an answer of the handshake.
    pub greeting: Duration,
    /// For an answer to any other command.
    pub answer: Duration,
    /// For the next packet of data.
    pub packet: Duration,
    /// For all data of one image.
    pub image: Duration,
    /// Between two looks for a finger.
    pub look: Duration,
    /// For the handshake at the beginning of a call, the silence before it included.
    pub shaking: Duration,
    /// For all that follows once a finger lies there.
    pub fetching: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            silence: Duration::from_millis(50),
            greeting: Duration::from_millis(500),
            answer: Duration::from_secs(2),
            packet: Duration::from_secs(2),
            image: Duration::from_secs(12),
            look: Duration::from_millis(100),
            // An image that was given up goes on for up to 7 seconds.
            shaking: Duration::from_secs(15),
            fetching: Duration::from_secs(20),
        }
    }
}
