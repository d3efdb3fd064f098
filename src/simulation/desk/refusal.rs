//! What a simulated desk does not do, and what would be right.

/// Why something was not done on the stage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StageRefusal {
    /// No reader of that name was ever plugged in.
    #[error("there is no simulated reader of that name; there are: {}", known.join(", "))]
    Reader {
        /// Those that there are.
        known: Vec<String>,
    },
    /// No persona of that name.
    #[error("there is no simulated persona of that name; there are: {}", known.join(", "))]
    Persona {
        /// Those that there are.
        known: Vec<String>,
    },
    /// No defect of that name.
    #[error("there is no simulated defect of that name; the nearest is {near}")]
    Defect {
        /// The nearest by its letters.
        near: &'static str,
    },
    /// The parts exist and cannot be had together.
    #[error("that is not to be had: {0}")]
    Impossible(String),
    /// No card lies there, or none was lifted off.
    #[error("{0}")]
    NoCard(&'static str),
    /// The scan went to no session.
    #[error("{0}")]
    NotTaken(&'static str),
    /// A value beyond its bounds.
    #[error("{what}: {bounds}")]
    Bounds {
        /// Which value.
        what: &'static str,
        /// What would be right.
        bounds: &'static str,
    },
}
