//! What the desk needs of the rest of the house, as traits: so that a session can be driven in a
//! test without a card, a database or a network.

use core::fmt;
use std::sync::Arc;

use cccd_port::{
    CaptureStep, FingerImage, ModuleMatch, ModuleTemplate, ReaderName, ReaderState, SensorFault,
};
use serde_json::Value;
use tokio::sync::{broadcast, watch};

use super::cameras::Cameras;
use super::fleet::view::FleetStanding;
use super::key::KeyRefused;
use super::payees::importing::{Incoming, ListRefused, Taken as ListTaken};
use super::purging::Purging;
use super::purpose::Purpose;
use super::reading::{Expected, Judgement, ReadingEvent};
pub use super::register::Register;
use super::session::SessionId;
use super::trust::view::TrustHealth;
use crate::biometrics::face::liveness::FrameHash;
use crate::biometrics::face::{Comparison, NotPerformed, Outcome};
use crate::biometrics::finger::calibration::Calibration;
use crate::biometrics::finger::{FingerMatcher, Threshold};
use crate::decision::{Policies, Policy};
use crate::document::{Personal, PersonalNumber, Printed};
pub use crate::report::DeliveryReason;
use crate::store::fingers::{Holder, KeptFingers, Means, NewFinger};
pub use crate::store::outbox::OutboxState;
pub use crate::store::payees::{Basis, Claim, ClaimRefused, Claimed, ListNow, Overview, Payable};
pub use crate::store::{Role, StoreError, Trouble};
pub use crate::transport::CancelToken;

/// One card to read and judge.
#[derive(Clone, Debug)]
pub struct ReadingJob {
    /// For which session.
    pub session: SessionId,
    /// On which reader the card lies.
    pub reader: ReaderName,
    /// What was scanned or typed; [`CardReading::check_key`] took it.
    pub key: Printed,
    /// What the case has on record.
    pub expected: Expected,
    /// What for.
    pub purpose: Purpose,
    /// The policy that judges.
    pub policy: Policy,
}

/// Reads a card and judges it: everything from `transport` to `decision`.
pub trait CardReading: Send + Sync {
    /// Looks at a key, before any reader is asked.
    ///
    /// # Errors
    /// [`KeyRefused::OpensNothing`] where nothing follows from it that opens a chip.
    fn check_key(&self, key: &Printed) -> Result<(), KeyRefused>;

    /// Reads and judges. Blocks, on a thread that belongs to it. A card that cannot be read is a
    /// judgement too. A panic ends this session alone.
    fn read(
        &self,
        job: &ReadingJob,
        events: &mut dyn FnMut(ReadingEvent),
        cancel: &CancelToken,
    ) -> Judgement;
}

/// Compares the face of the person in front with the chip's portrait.
pub trait FaceComparing: Send + Sync {
    /// Why no face can be compared here; none where one can.
    fn cannot(&self) -> Option<NotPerformed>;

    /// Compares. Blocks, within a bound of its own, and always comes to an end.
    fn compare(&self, comparison: Comparison) -> Outcome;
}

/// No model: no comparison.
pub struct NoFaces;

impl FaceComparing for NoFaces {
    fn cannot(&self) -> Option<NotPerformed> {
        Some(NotPerformed::NoModel)
    }

    fn compare(&self, _: Comparison) -> Outcome {
        NotPerformed::NoModel.into()
    }
}

/// Why there is no picture of a finger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPress {
    /// The sensor serves another session.
    #[error("the fingerprint sensor serves another session")]
    InUse,
    /// The sensor's own fault.
    #[error(transparent)]
    Sensor(#[from] SensorFault),
}

/// What a module does with a press besides taking its picture: weaker evidence, over a line that proves
/// nothing, by a method that nobody published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Besides {
    /// Nothing.
    Nothing,
    /// Gives its own template of it.
    Template,
    /// Says what it makes of it and of this template of its own.
    Compare(ModuleTemplate),
}

/// A press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its picture.
    pub image: FingerImage,
    /// The module's own template, where that was wished for and came.
    pub template: Option<ModuleTemplate>,
    /// What the module says, where it was asked.
    pub said: Option<Result<ModuleMatch, SensorFault>>,
}

/// Takes fingers of the person in front, and compares them.
pub trait FingerTaking: Send + Sync {
    /// The sensor's model.
    fn sensor(&self) -> &str;

    /// What finds minutiae and compares them.
    fn matcher(&self) -> &dyn FingerMatcher;

    /// From which score on two templates support each other.
    fn threshold(&self) -> Threshold;

    /// What the threshold rests on, where that was measured for this algorithm.
    fn calibration(&self) -> Option<Arc<Calibration>>;

    /// Whether the module's own word is asked for besides.
    fn asks_module(&self) -> bool;

    /// Waits for a finger and takes its picture. Blocks, within bounds of its own.
    ///
    /// # Errors
    /// [`NoPress`]; none of it says whose finger it was.
    fn press(
        &self,
        besides: &Besides,
        step: &mut dyn FnMut(CaptureStep),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Taken, NoPress>;

    /// What was wrong with the sensor when it was used last.
    fn fault(&self) -> Option<SensorFault>;
}

/// Remembers fingers that were enrolled at a verified visit. Blocks.
pub trait EnrolledFingers: Send + Sync {
    /// Those of a person that can be compared with by these means.
    ///
    /// # Errors
    /// [`NotRecorded`] where the store does not answer.
    fn find(&self, holder: &Holder, means: &Means) -> Result<KeptFingers, NotRecorded>;

    /// Keeps one.
    ///
    /// # Errors
    /// [`NotRecorded`] where it was not kept.
    fn keep(&self, new: &NewFinger<'_>) -> Result<(), NotRecorded>;

    /// Forgets all of a person; returns how many there were.
    ///
    /// # Errors
    /// [`NotRecorded`] where that is not certain.
    fn erase(&self, number: &Personal<String>, by: &str) -> Result<usize, NotRecorded>;
}

/// Nobody was ever enrolled, and nobody is.
pub struct NobodyEnrolled;

impl EnrolledFingers for NobodyEnrolled {
    fn find(&self, _: &Holder, _: &Means) -> Result<KeptFingers, NotRecorded> {
        Ok(KeptFingers::default())
    }

    fn keep(&self, _: &NewFinger<'_>) -> Result<(), NotRecorded> {
        Err(NotRecorded)
    }

    fn erase(&self, _: &Personal<String>, _: &str) -> Result<usize, NotRecorded> {
        Ok(0)
    }
}

/// Remembers live pictures by their hashes. Blocks.
pub trait FrameMemory: Send + Sync {
    /// Whether one of them came in another session; all are remembered for this one.
    ///
    /// # Errors
    /// [`NotRecorded`] where the memory does not answer.
    fn came_before(&self, session: SessionId, frames: &[FrameHash]) -> Result<bool, NotRecorded>;
}

/// Remembers no picture.
pub struct NoFrames;

impl FrameMemory for NoFrames {
    fn came_before(&self, _: SessionId, _: &[FrameHash]) -> Result<bool, NotRecorded> {
        Ok(false)
    }
}

/// Readers and the service behind them, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readers {
    /// False while the smart card service does not answer: no reader works until it is back.
    pub service: bool,
    /// The readers, by name.
    pub readers: Vec<ReaderState>,
}

impl Readers {
    /// The reader of that name.
    #[must_use]
    pub fn find(&self, name: &ReaderName) -> Option<&ReaderState> {
        self.readers.iter().find(|reader| reader.name == *name)
    }
}

/// Which readers there are.
pub trait ReaderDirectory: Send + Sync {
    /// A view that changes whenever a reader or a card comes or goes.
    fn watch(&self) -> watch::Receiver<Readers>;
}

/// A judged session, to be recorded and reported.
#[derive(Clone, Copy, Debug)]
pub struct Concluding<'a> {
    /// Which session.
    pub session: SessionId,
    /// The caller's reference of the case.
    pub case_ref: Option<&'a str>,
    /// What for.
    pub purpose: Purpose,
    /// Verdict, fields and evidence.
    pub judgement: &'a Judgement,
}

/// What was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concluded {
    /// The report that is on its way, where the policy asks for one.
    pub report_id: Option<String>,
    /// What shows whose evidence it is.
    pub seal: Option<String>,
}

/// Somebody goes on with a case although the verdict is open.
#[derive(Clone, Debug)]
pub struct OverrideWanted {
    /// Which session.
    pub session: SessionId,
    /// The caller's reference of the case.
    pub case_ref: Option<String>,
    /// What for.
    pub purpose: Purpose,
    /// The policy that allows it.
    pub policy: String,
    /// What left the verdict open.
    pub reasons: Vec<&'static str>,
    /// The role that may.
    pub role: Role,
    /// The short name of the token.
    pub by: String,
    /// Why, in words of their own.
    pub why: Personal<String>,
    /// Whether a test anchor was involved.
    pub test: bool,
}

/// The verdict could not be recorded; it must not be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the verdict could not be recorded")]
pub struct NotRecorded;

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The session that it reports.
    pub session: SessionId,
    /// Its identifier.
    pub report_id: String,
    /// Where it stands.
    pub outcome: DeliveryOutcome,
}

/// Where a report stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// Not taken yet; it will be tried again.
    Waiting {
        /// How often it was tried.
        attempts: u32,
        /// Why the last attempt failed.
        reason: DeliveryReason,
    },
    /// The case system has it, and its receipt is stored.
    Delivered {
        /// The case system's receipt.
        receipt_id: String,
    },
    /// The case system will never take it.
    Refused {
        /// The status that it answered with.
        status: u16,
    },
}

/// Records verdicts and reports them.
pub trait Conclusions: Send + Sync {
    /// Records verdict, audit entry and report in one transaction. Blocks.
    ///
    /// # Errors
    /// [`NotRecorded`] where nothing was recorded.
    fn conclude(&self, concluding: &Concluding<'_>) -> Result<Concluded, NotRecorded>;

    /// Records and reports that somebody goes on although a verdict is open. Blocks.
    ///
    /// # Errors
    /// [`NotRecorded`] where nothing was recorded.
    fn override_verdict(&self, wanted: &OverrideWanted) -> Result<(), NotRecorded>;

    /// Records that the evidence of a session leaves the desk, and who has it. Blocks.
    ///
    /// # Errors
    /// [`NotRecorded`] where nothing was recorded: then it must not leave.
    fn evidence_leaves(&self, session: SessionId, to: &Caller) -> Result<(), NotRecorded>;

    /// Why the last entry failed, where none was made since.
    fn unrecorded(&self) -> Option<Trouble> {
        None
    }

    /// Why no further session may be opened. Blocks.
    fn no_room(&self) -> Option<Trouble> {
        None
    }

    /// All that is the matter with disk, database, outbox and clock. Blocks.
    fn troubles(&self) -> Vec<Trouble> {
        Vec::new()
    }

    /// What becomes of the reports, from now on.
    fn deliveries(&self) -> broadcast::Receiver<Delivery>;

    /// The public keys that reports are signed with: a JWK set (RFC 7517, 5).
    ///
    /// # Errors
    /// [`NotRecorded`] where the store does not answer.
    fn keys(&self) -> Result<Value, NotRecorded>;

    /// Reports without a receipt, oldest first.
    ///
    /// # Errors
    /// [`NotRecorded`] where the store does not answer.
    fn outbox(&self) -> Result<Value, NotRecorded>;
}

/// Knows what is trusted, and how old it is. Blocks.
pub trait Trusting: Send + Sync {
    /// Anchors, lists and imports, for operators and auditors.
    ///
    /// # Errors
    /// [`NotRecorded`] where the store or the trust folder cannot be used.
    fn document(&self) -> Result<Value, NotRecorded>;

    /// How it stands, for everybody.
    ///
    /// # Errors
    /// [`NotRecorded`] where the store or the trust folder cannot be used.
    fn health(&self) -> Result<TrustHealth, NotRecorded>;
}

/// By what the desk judges.
pub trait PoliciesInForce: Send + Sync {
    /// The policies that count now. May block.
    ///
    /// # Errors
    /// [`NotRecorded`] where the store cannot be read.
    fn now(&self) -> Result<Arc<Policies>, NotRecorded>;
}

/// Policies that nobody changes.
impl PoliciesInForce for Policies {
    fn now(&self) -> Result<Arc<Policies>, NotRecorded> {
        Ok(Arc::new(self.clone()))
    }
}

/// Somebody is to be paid at this desk.
#[derive(Clone, Copy, Debug)]
pub struct Paying<'a> {
    /// The entry, as [`Payees::payable`] names it.
    pub entry: i64,
    /// The list that it must stand on; none where any list of today will do.
    pub list: Option<&'a str>,
    /// Who stands there: the payee, or whoever is authorised.
    pub person: &'a PersonalNumber,
    /// The authorisation by which the person takes the money of another.
    pub authorisation: Option<&'a str>,
    /// What shows that the person is the one.
    pub basis: Basis<'a>,
    /// The case that it belongs to; of a session it is the session's own.
    pub case_ref: Option<&'a str>,
    /// Who pays.
    pub clerk: &'a str,
}

/// Knows who is to be paid, and that nobody is paid twice. Blocks.
pub trait Payees: Send + Sync {
    /// Lists, counts and sums; names nobody.
    ///
    /// # Errors
    /// [`NotRecorded`] where the store does not answer.
    fn overview(&self) -> Result<Overview, NotRecorded>;

    /// Takes a list in: all of it, or nothing.
    ///
    /// # Errors
    /// [`ListRefused`] says what is wrong with it.
    fn import(&self, list: &Incoming<'_>) -> Result<ListTaken, ListRefused>;

    /// Where the list of that name stands today.
    ///
    /// # Errors
    /// [`NotRecorded`] where the store does not answer.
    fn list(&self, id: &str) -> Result<ListNow, NotRecorded>;

    /// What the person of a confirmed number is to be paid or was paid.
    ///
    /// # Errors
    /// [`NotRecorded`] where the store does not answer.
    fn payable(&self, number: &PersonalNumber) -> Result<Vec<Payable>, NotRecorded>;

    /// Where the report of a payment stands; none where none is due.
    ///
    /// # Errors
    /// [`NotRecorded`] where the store does not answer.
    fn report(&self, claim: &str) -> Result<Option<OutboxState>, NotRecorded>;

    /// Pays, once.
    ///
    /// # Errors
    /// [`ClaimRefused`] says where and when it was paid before, or what is missing.
    fn pay(&self, paying: &Paying<'_>) -> Result<Claimed, ClaimRefused>;

    /// Undoes a payment.
    ///
    /// # Errors
    /// [`StoreError::Unknown`], [`StoreError::State`], [`StoreError::Input`].
    fn undo(&self, claim: &str, by: &str, reason: &str) -> Result<Claim, StoreError>;
}

/// No lists: nobody is to be paid.
pub struct NoPayees;

impl Payees for NoPayees {
    fn overview(&self) -> Result<Overview, NotRecorded> {
        Ok(Overview::default())
    }

    fn import(&self, _: &Incoming<'_>) -> Result<ListTaken, ListRefused> {
        Err(ListRefused::Unsigned)
    }

    fn list(&self, _: &str) -> Result<ListNow, NotRecorded> {
        Ok(ListNow::Unknown { known: Vec::new() })
    }

    fn payable(&self, _: &PersonalNumber) -> Result<Vec<Payable>, NotRecorded> {
        Ok(Vec::new())
    }

    fn report(&self, _: &str) -> Result<Option<OutboxState>, NotRecorded> {
        Ok(None)
    }

    fn pay(&self, _: &Paying<'_>) -> Result<Claimed, ClaimRefused> {
        Err(ClaimRefused::NoEntry)
    }

    fn undo(&self, _: &str, _: &str, _: &str) -> Result<Claim, StoreError> {
        Err(StoreError::Unknown { kind: "claim" })
    }
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Tells one token from another; the token cannot be had from it.
    pub id: String,
    /// What the token allows.
    pub role: Role,
}

/// A bearer token, in plain, on its way to the one who will hold it.
pub struct Token(pub zeroize::Zeroizing<String>);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Who may call. Tokens are kept by their hash alone.
pub trait Tokens: Send + Sync {
    /// The caller who holds `presented`.
    fn caller(&self, presented: &str) -> Option<Caller>;

    /// Makes a token.
    ///
    /// # Errors
    /// [`NotRecorded`] where it could not be kept.
    fn issue(&self, role: Role, label: &str) -> Result<Token, NotRecorded>;
}

/// All that a desk stands on.
#[derive(Clone)]
pub struct Ports {
    /// Reads and judges.
    pub reading: Arc<dyn CardReading>,
    /// Compares faces.
    pub faces: Arc<dyn FaceComparing>,
    /// Takes fingers; none where there is no sensor.
    pub fingers: Option<Arc<dyn FingerTaking>>,
    /// A register that is asked about cards; none where none is configured.
    pub register: Option<Arc<dyn Register>>,
    /// Remembers fingers.
    pub enrolled: Arc<dyn EnrolledFingers>,
    /// Remembers live pictures.
    pub frames: Arc<dyn FrameMemory>,
    /// The desk's own cameras.
    pub cameras: Arc<Cameras>,
    /// Knows the readers.
    pub readers: Arc<dyn ReaderDirectory>,
    /// Records and reports.
    pub conclusions: Arc<dyn Conclusions>,
    /// Knows what is trusted.
    pub trust: Arc<dyn Trusting>,
    /// Knows by what is judged.
    pub policies: Arc<dyn PoliciesInForce>,
    /// Knows who is to be paid.
    pub payees: Arc<dyn Payees>,
    /// How the membership of a fleet is; none for a desk on its own.
    pub fleet: Option<Arc<FleetStanding>>,
    /// Knows who may call.
    pub tokens: Arc<dyn Tokens>,
    /// Says how the purge of personal data is.
    pub purging: Arc<Purging>,
    /// The time of day.
    pub clock: Arc<dyn cccd_port::Clock>,
    /// What sessions wait by.
    pub timer: Arc<dyn cccd_port::Timer>,
}
