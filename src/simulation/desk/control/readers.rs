//! Readers, what lies on them, and the scanners beside them.

use core::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use cccd_sim::{BitRate, ChipSpeed, ReaderModel, TimeModel};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Control;
use super::problem::invalid;
use crate::desk::api::body::Body;
use crate::desk::api::problem::{Problem, ProblemDocument};
use crate::simulation::desk::lanes::LaidCard;
use crate::simulation::desk::refusal::StageRefusal;
use crate::simulation::desk::stage::{Stage, Wanted, finger_number};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new()
        .routes(routes!(plug, unplug))
        .routes(routes!(lay, lift))
        .routes(routes!(lay_back))
        .routes(routes!(tear))
        .routes(routes!(scan))
}

/// A reader.
#[derive(Serialize, ToSchema)]
pub struct ReaderView {
    /// Its name, as the desk knows it.
    pub name: String,
    /// Whether it is plugged in.
    pub plugged: bool,
    /// What was laid on it.
    #[schema(value_type = Option<Laid>)]
    pub card: Option<LaidCard>,
}

/// What lies on a reader.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the JSON of `LaidCard`")]
pub struct Laid {
    persona: String,
    defects: Vec<String>,
}

/// What a reader bears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Plug {
    /// False for a reader that fails at commands of extended length.
    #[serde(default = "yes")]
    extended: bool,
}

const fn yes() -> bool {
    true
}

/// A card to lay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Lay {
    /// Whose.
    persona: String,
    /// What is wrong with it, or special; any number of them.
    #[serde(default)]
    defects: Vec<String>,
    /// Fingers that the chip holds in DG3, such as `right-index`, each once: for desks whose `[terminal]`
    /// may read them. Without them it holds none.
    #[serde(default)]
    fingers: Vec<String>,
    /// What it takes, where that is not the desk's own model.
    latency: Option<Latency>,
    /// The card as the desk must have read it before, for a defect whose `given.before` is true: lay
    /// and read this first, then the same without `as_before` and with `remembered`.
    #[serde(default)]
    as_before: bool,
    /// True where the desk is to remember the cards that lay on this reader before; otherwise it
    /// begins anew with each.
    #[serde(default)]
    remembered: bool,
}

/// What a card takes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Latency {
    /// On the air, in kbit/s: 106, 212, 424 or 848, which is the default.
    #[serde(default = "quickest")]
    bit_rate: u16,
    /// `fast` (3 ms an APDU, 60 kB/s), which is the default, `middling` (6, 25) or `slow` (10, 12).
    #[serde(default = "fast")]
    #[schema(value_type = Option<String>)]
    chip: ChipSpeed,
    /// What reader and driver spend on each APDU, in milliseconds, in place of the chip's; at most
    /// 1,000.
    overhead_ms: Option<u16>,
}

const fn quickest() -> u16 {
    848
}

const fn fast() -> ChipSpeed {
    ChipSpeed::Fast
}

impl Latency {
    fn model(&self) -> Result<TimeModel, StageRefusal> {
        let bit_rate = BitRate::ALL
            .into_iter()
            .find(|rate| rate.kbit() == self.bit_rate)
            .ok_or(StageRefusal::Bounds {
                what: "latency.bit_rate",
                bounds: "106, 212, 424 or 848",
            })?;
        if self.overhead_ms.is_some_and(|overhead| overhead > 1_000) {
            return Err(StageRefusal::Bounds {
                what: "latency.overhead_ms",
                bounds: "0 to 1000",
            });
        }
        let overhead = self.overhead_ms.map(u64::from);
        Ok(TimeModel {
            overhead: overhead.map(Duration::from_millis),
            ..TimeModel::new(bit_rate, self.chip)
        })
    }
}

/// When to lift a card.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Tear {
    /// At which command from now on, counted from 1 to 10,000; the card does not see it.
    at: usize,
    /// Whether the same card lies there again at once.
    #[serde(default)]
    back: bool,
}

/// What to scan: `text` as it is, or the `code` of a `persona`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Scan {
    /// Any text, line ends and all.
    text: Option<String>,
    /// Whose card.
    persona: Option<String>,
    /// `qr`, which is the default, or `mrz`.
    code: Option<Code>,
}

/// What is printed on a card.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Code {
    Qr,
    Mrz,
}

/// The code on the card of that persona; the lines of a zone with a line feed between.
pub(super) fn code_of(stage: &Stage, persona: &str, code: Code) -> Result<String, Problem> {
    let person = stage.persona(persona)?;
    match code {
        Code::Qr if !person.is_citizen() => {
            Err(invalid("a foreign document has no QR code; code: mrz"))
        }
        Code::Qr => Ok(person.qr()),
        Code::Mrz => {
            let zone = person.mrz();
            let line = if zone.len() == 90 { 30 } else { zone.len() / 2 };
            let characters: Vec<char> = zone.chars().collect();
            let lines = characters
                .chunks(line.max(1))
                .map(|line| line.iter().collect());
            Ok(lines.collect::<Vec<String>>().join("\n"))
        }
    }
}

/// The reader that a path names: by its name, or by the last word of it.
pub(super) fn named(stage: &Stage, reader: &str) -> String {
    let readers = stage.readers();
    let exact = readers.iter().find(|(name, ..)| name == reader);
    let last = |name: &str| name.rsplit(' ').next() == Some(reader);
    exact
        .or_else(|| readers.iter().find(|(name, ..)| last(name)))
        .map_or_else(|| reader.to_owned(), |(name, ..)| name.clone())
}

fn view(stage: &Stage, reader: &str) -> Result<Json<ReaderView>, StageRefusal> {
    let readers = stage.readers();
    let known: Vec<String> = readers.iter().map(|(name, ..)| name.clone()).collect();
    readers
        .into_iter()
        .find(|(name, ..)| name == reader)
        .map(|(name, plugged, card)| {
            Json(ReaderView {
                name,
                plugged,
                card,
            })
        })
        .ok_or(StageRefusal::Reader { known })
}

impl Control {
    /// Does something at a reader, and tells how it is then.
    async fn at(
        &self,
        reader: String,
        work: impl FnOnce(&Stage, &str) -> Result<(), StageRefusal> + Send + 'static,
    ) -> Result<Json<ReaderView>, Problem> {
        self.on_stage(move |stage| {
            let reader = named(stage, &reader);
            work(stage, &reader)?;
            view(stage, &reader)
        })
        .await
    }
}

/// Plugs a reader in, a new one or one that was unplugged. Answers once the desk sees it.
#[utoipa::path(
    put, path = "/v1/readers/{reader}", tag = "readers", request_body = Plug,
    params(("reader" = String, Path, description = "The reader.")),
    responses(
        (status = 200, body = ReaderView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn plug(
    State(control): State<Control>,
    Path(reader): Path<String>,
    Body(body): Body<Plug>,
) -> Result<Json<ReaderView>, Problem> {
    let model = if body.extended {
        ReaderModel::EXTENDED
    } else {
        ReaderModel::SHORT
    };
    control
        .at(reader, move |stage, reader| stage.plug(reader, model))
        .await
}

/// Unplugs a reader, with the card on it. Answers once the desk sees it gone.
#[utoipa::path(
    delete, path = "/v1/readers/{reader}", tag = "readers",
    params(("reader" = String, Path, description = "The reader.")),
    responses(
        (status = 200, body = ReaderView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn unplug(
    State(control): State<Control>,
    Path(reader): Path<String>,
) -> Result<Json<ReaderView>, Problem> {
    control
        .at(reader, |stage, reader| stage.unplug(reader))
        .await
}

/// Lays a card on a reader, in place of one that lies there. Answers once the desk sees it.
#[utoipa::path(
    put, path = "/v1/readers/{reader}/card", tag = "cards", request_body = Lay,
    params(("reader" = String, Path, description = "The reader.")),
    responses(
        (status = 200, body = ReaderView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn lay(
    State(control): State<Control>,
    Path(reader): Path<String>,
    Body(body): Body<Lay>,
) -> Result<Json<ReaderView>, Problem> {
    let time = body.latency.as_ref().map(Latency::model).transpose()?;
    let wanted = Wanted {
        persona: body.persona,
        defects: body.defects,
        fingers: finger_numbers(&body.fingers)?,
        time,
        as_before: body.as_before,
        remembered: body.remembered,
    };
    control
        .at(reader, move |stage, reader| {
            stage.lay(reader, &wanted).map(drop)
        })
        .await
}

fn finger_numbers(names: &[String]) -> Result<Vec<u8>, StageRefusal> {
    let numbers = names.iter().map(|name| finger_number(name));
    let mut numbers: Vec<u8> = numbers.collect::<Result<_, _>>()?;
    numbers.dedup();
    Ok(numbers)
}

/// Lifts what lies on a reader; it can be laid back. Answers once the desk sees it gone.
#[utoipa::path(
    delete, path = "/v1/readers/{reader}/card", tag = "cards",
    params(("reader" = String, Path, description = "The reader.")),
    responses(
        (status = 200, body = ReaderView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn lift(
    State(control): State<Control>,
    Path(reader): Path<String>,
) -> Result<Json<ReaderView>, Problem> {
    control.at(reader, |stage, reader| stage.lift(reader)).await
}

/// Lays the card back that was lifted off. Answers once the desk sees it.
#[utoipa::path(
    post, path = "/v1/readers/{reader}/card/lay-back", tag = "cards",
    params(("reader" = String, Path, description = "The reader.")),
    responses(
        (status = 200, body = ReaderView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn lay_back(
    State(control): State<Control>,
    Path(reader): Path<String>,
) -> Result<Json<ReaderView>, Problem> {
    control
        .at(reader, |stage, reader| stage.lay_back(reader).map(drop))
        .await
}

/// Lifts the card in the middle of a reading, at a command that is counted.
#[utoipa::path(
    post, path = "/v1/readers/{reader}/card/tear", tag = "cards", request_body = Tear,
    params(("reader" = String, Path, description = "The reader.")),
    responses(
        (status = 200, body = ReaderView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn tear(
    State(control): State<Control>,
    Path(reader): Path<String>,
    Body(body): Body<Tear>,
) -> Result<Json<ReaderView>, Problem> {
    if !(1..=10_000).contains(&body.at) {
        return Err(StageRefusal::Bounds {
            what: "at",
            bounds: "1 to 10000",
        }
        .into());
    }
    control
        .at(reader, move |stage, reader| {
            stage.tear(reader, body.at, body.back)
        })
        .await
}

/// Scans a code with the scanner beside a reader. Answers once a session on that reader took it.
#[utoipa::path(
    post, path = "/v1/readers/{reader}/scan", tag = "cards", request_body = Scan,
    params(("reader" = String, Path, description = "The reader.")),
    responses(
        (status = 200, body = ReaderView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn scan(
    State(control): State<Control>,
    Path(reader): Path<String>,
    Body(body): Body<Scan>,
) -> Result<Json<ReaderView>, Problem> {
    let text = match (body.text, body.persona, body.code) {
        (Some(text), None, None) => text,
        (None, Some(persona), code) => code_of(&control.stage, &persona, code.unwrap_or(Code::Qr))?,
        _ => return Err(invalid("either text, or persona with code")),
    };
    control
        .at(reader, move |stage, reader| stage.scan(reader, &text))
        .await
}
