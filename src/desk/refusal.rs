//! Why the desk did not do what a caller asked for.

use cccd_port::CameraFault;

use super::key::KeyRefused;
use super::session::State;
use crate::store::Trouble;

/// Why the desk did not do what a caller asked for. Holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such session, or none of this caller's.
    #[error("no such session")]
    UnknownSession,
    /// The session is not at the point where this can be done.
    #[error("the session is {0:?}")]
    WrongState(State),
    /// No card reader is attached.
    #[error("no card reader is attached")]
    NoReader,
    /// No reader of that name.
    #[error("no such reader; there are {known:?}")]
    UnknownReader {
        /// The readers that there are.
        known: Vec<String>,
    },
    /// The reader serves another session.
    #[error("the reader serves another session")]
    ReaderInUse,
    /// What another session leaves behind might find no room.
    #[error("there is no room for another session: {0:?}")]
    NoRoom(Trouble),
    /// The desk holds as many sessions as it may.
    #[error("the desk holds as many sessions as it may")]
    TooManySessions,
    /// As many listeners are connected as may be.
    #[error("too many listeners")]
    TooManyListeners,
    /// No such policy.
    #[error("no such policy; there are {known:?}")]
    UnknownPolicy {
        /// The policies that there are.
        known: Vec<String>,
    },
    /// A policy other than the purpose's own is not allowed here.
    #[error("the purpose decides the policy here")]
    PolicyNotAllowed,
    /// The key cannot be one of a card.
    #[error(transparent)]
    Key(#[from] KeyRefused),
    /// There is no portrait to show.
    #[error("no portrait")]
    NoPortrait,
    /// There is no evidence to hand over.
    #[error("no evidence")]
    NoEvidence,
    /// The store does not answer.
    #[error("the store does not answer")]
    NotRecorded,
    /// The session does not wait for this of the person.
    #[error("the session does not wait for this")]
    NotWanted,
    /// A comparison runs already.
    #[error("a comparison runs already")]
    Comparing,
    /// Only a clerk can say what a clerk sees.
    #[error("only a clerk can say that")]
    ClerkAlone,
    /// There is no fingerprint sensor.
    #[error("no fingerprint sensor is set up")]
    NoSensor,
    /// Nothing is known of that finger, or it was pressed as often as may be.
    #[error("nothing is known of that finger, or it was pressed as often as may be")]
    UnknownFinger,
    /// The desk enrols no fingers, or not of this person: card and face were not verified.
    #[error("no finger is enrolled in this session")]
    NotEnrolling,
    /// The policy does not let this role go on in spite of what is open.
    #[error("the policy does not allow it")]
    NoOverride,
    /// The person did not agree to the enrolment.
    #[error("the person did not agree")]
    NoConsent,
    /// No scan of that number is held.
    #[error("the scan is not held any more")]
    ScanGone,
    /// No proposal of that number is there.
    #[error("that proposal is not there any more")]
    ProposalGone,
    /// The desk's own camera gave no picture.
    #[error(transparent)]
    Camera(#[from] CameraFault),
    /// The program is being stopped, or the machine has no randomness.
    #[error("the desk is not ready")]
    NotReady,
}
