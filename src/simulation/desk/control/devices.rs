//! Code scanners on lines, and the desk's own camera.

use core::time::Duration;

use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cccd_port::ScannerFault;
use cccd_sim::{CameraTrouble, LineFault};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Control;
use super::problem::invalid;
use super::readers::{Code, code_of, named};
use crate::desk::api::body::Body;
use crate::desk::api::problem::{Problem, ProblemDocument};
use crate::simulation::desk::refusal::StageRefusal;
use crate::simulation::desk::stage::{CAMERA, LineScan, Stage};

/// Most bytes of a body with pictures.
const MOST_BYTES: usize = 16 * 1_024 * 1_024;
/// Most pictures that are shown one after the other.
const MOST_PICTURES: usize = 64;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new()
        .routes(routes!(scan_by_line))
        .routes(routes!(plug_scanner))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(show))
                .layer(DefaultBodyLimit::max(MOST_BYTES)),
        )
}

/// A scan by a scanner on a serial line: `text` as it is, or the `code` of a `persona`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LineScanBody {
    /// What kind of scanner, by its profile: `qr-line`, which is the default, `qr`, `qr-datalogic`,
    /// `mrz-lines`, `mrz-desko` or `mrz-3m`.
    profile: Option<String>,
    /// Any text; of a zone its lines, with a line feed between.
    text: Option<String>,
    /// Whose card.
    persona: Option<String>,
    /// `qr` or `mrz`; by default what the profile is for.
    code: Option<Code>,
    /// What the scanner puts before a text that is no zone.
    before: Option<Before>,
    /// What it puts after it: `cr`, which is the default, or another.
    after: Option<After>,
    /// A character that the scanner's optics took for another.
    misread: Option<Misread>,
    /// What the line does to it.
    fault: Option<Fault>,
    /// How often the scanner sends it: 1, and up to 10.
    times: Option<usize>,
}

/// What a scanner puts before a text.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Before {
    /// Start of text.
    Stx,
    /// UTF-8's byte order mark.
    Bom,
    /// The identifier of a QR code (ISO/IEC 15424), `]Q1`.
    Aim,
}

/// What a scanner puts after a text.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum After {
    /// Carriage return.
    Cr,
    /// Line feed.
    Lf,
    /// Both.
    Crlf,
    /// End of text.
    Etx,
    /// A zero.
    Nul,
    /// Nothing: the line is quiet.
    Idle,
}

/// A character that is read as another.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Misread {
    /// Which, counted from 0.
    at: usize,
    /// What it was read as.
    r#as: char,
}

/// What a line does to a scan. Positions count bytes from 0.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Fault {
    /// The byte is lost.
    Dropped(usize),
    /// The byte comes twice.
    Doubled(usize),
    /// The lowest bit of the byte is turned.
    Flipped(usize),
    /// Nothing comes from the byte on.
    Cut(usize),
    /// The line stalls for 1.5 s before the byte.
    Stalled(usize),
    /// The scanner is pulled out after as many bytes.
    Unplugged(usize),
    /// 5,000 bytes too many stand before the byte.
    Overlong(usize),
    /// The last byte, of some scanners a checksum, is another.
    LastByte,
}

impl From<Fault> for LineFault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Dropped(at) => Self::Dropped { at },
            Fault::Doubled(at) => Self::Doubled { at },
            Fault::Flipped(at) => Self::Flipped { at, bit: 0 },
            Fault::Cut(at) => Self::Cut { at },
            Fault::Stalled(at) => Self::Stalled {
                at,
                by: Duration::from_millis(1_500),
            },
            Fault::Unplugged(at) => Self::Unplugged { at },
            Fault::Overlong(at) => Self::Overlong { at, by: 5_000 },
            Fault::LastByte => Self::LastByte { by: 1 },
        }
    }
}

/// What became of a scan: the desk's event `scan`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes JSON")]
struct Told {
    /// The scanner, as the desk calls it.
    scanner: String,
    /// The reader that it stands beside.
    reader: Option<String>,
    /// Whether a session took it.
    taken: bool,
    /// Which took it, or has a proposal to answer.
    session: Option<String>,
    /// Why none took it.
    code: Option<String>,
}

impl LineScanBody {
    fn scan(self, stage: &Stage) -> Result<LineScan, Problem> {
        let profile = self.profile.unwrap_or_else(|| "qr-line".to_owned());
        let usual = if profile.starts_with("mrz") {
            Code::Mrz
        } else {
            Code::Qr
        };
        let mut text = match (self.text, self.persona) {
            (Some(text), None) if self.code.is_none() => text,
            (None, Some(persona)) => code_of(stage, &persona, self.code.unwrap_or(usual))?,
            _ => return Err(invalid("either text, or persona with code")),
        };
        if let Some(misread) = &self.misread {
            let mut characters: Vec<char> = text.chars().collect();
            match characters.get_mut(misread.at) {
                Some(character) => *character = misread.r#as,
                None => return Err(invalid("misread.at: a character of the text")),
            }
            text = characters.into_iter().collect();
        }
        let times = self.times.unwrap_or(1);
        if !(1..=10).contains(&times) {
            return Err(StageRefusal::Bounds {
                what: "times",
                bounds: "1 to 10",
            }
            .into());
        }
        Ok(LineScan {
            profile,
            text,
            before: match self.before {
                None => b"",
                Some(Before::Stx) => b"\x02",
                Some(Before::Bom) => b"\xef\xbb\xbf",
                Some(Before::Aim) => b"]Q1",
            },
            after: match self.after.unwrap_or(After::Cr) {
                After::Cr => b"\r",
                After::Lf => b"\n",
                After::Crlf => b"\r\n",
                After::Etx => b"\x03",
                After::Nul => b"\0",
                After::Idle => b"",
            },
            fault: self.fault.map(LineFault::from),
            times,
        })
    }
}

/// Scans with a scanner on a serial line beside a reader: the driver takes the line apart as at a
/// counter. Answers with what became of it, taken or not. The scanner is plugged in by its first use.
#[utoipa::path(
    post, path = "/v1/readers/{reader}/scan-by-line", tag = "scanners", request_body = LineScanBody,
    params(("reader" = String, Path, description = "The reader.")),
    responses(
        (status = 200, body = Told),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn scan_by_line(
    State(control): State<Control>,
    Path(reader): Path<String>,
    Body(body): Body<LineScanBody>,
) -> Result<Json<Value>, Problem> {
    let scan = body.scan(&control.stage)?;
    control
        .on_stage(move |stage| {
            let reader = named(stage, &reader);
            Ok(Json(stage.scan_by_line(&reader, &scan)?))
        })
        .await
}

/// How a scanner is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetScanner {
    /// `plugged`, `unplugged`, `busy` (another program has it), `denied` (the desk may not open it) or
    /// `no-port`.
    state: ScannerState,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum ScannerState {
    Plugged,
    Unplugged,
    Busy,
    Denied,
    NoPort,
}

/// Plugs a scanner on a serial line in, or takes it away. Answers once the desk sees it, with the
/// desk's scanners.
#[utoipa::path(
    put, path = "/v1/readers/{reader}/scanner/{profile}", tag = "scanners", request_body = SetScanner,
    params(
        ("reader" = String, Path, description = "The reader."),
        ("profile" = String, Path, description = "The kind of scanner."),
    ),
    responses(
        (status = 200, body = Value),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn plug_scanner(
    State(control): State<Control>,
    Path((reader, profile)): Path<(String, String)>,
    Body(body): Body<SetScanner>,
) -> Result<Json<Value>, Problem> {
    let absent = match body.state {
        ScannerState::Plugged => None,
        ScannerState::Unplugged => Some(ScannerFault::Unplugged),
        ScannerState::Busy => Some(ScannerFault::Busy),
        ScannerState::Denied => Some(ScannerFault::Denied),
        ScannerState::NoPort => Some(ScannerFault::NoPort),
    };
    control
        .on_stage(move |stage| {
            let reader = named(stage, &reader);
            stage.plug_scanner(&reader, &profile, absent)?;
            let scanners = stage.desk().scanners().view();
            Ok(Json(serde_json::json!({ "scanners": scanners })))
        })
        .await
}

/// What stands before the desk's own camera.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Show {
    /// Pictures in base64, up to 64: one a look, the last one for good. None: nothing comes.
    #[serde(default)]
    pictures: Vec<String>,
    /// What is wrong with the camera.
    trouble: Option<Trouble>,
}

/// What is wrong with a camera.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Trouble {
    /// There never was one.
    None,
    /// It was pulled out.
    Gone,
    /// Another program holds it.
    Busy,
    /// It gives no picture.
    Silent,
    /// It gives no form of picture that is known.
    Formless,
    /// It gives bytes that are no picture.
    Garbage,
    /// It gives pictures that are too large.
    Oversize,
    /// It gives the first half of each.
    Truncated,
}

/// The desk's own camera.
#[derive(Serialize, ToSchema)]
struct CameraView {
    /// As the desk knows it.
    name: &'static str,
    /// Whether the desk has let it rest since its last picture.
    resting: bool,
}

/// Shows pictures to the desk's own camera, or makes trouble; without `trouble` it is well.
#[utoipa::path(
    put, path = "/v1/camera", tag = "camera", request_body = Show,
    responses(
        (status = 200, body = CameraView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn show(
    State(control): State<Control>,
    Body(body): Body<Show>,
) -> Result<Json<CameraView>, Problem> {
    if body.pictures.len() > MOST_PICTURES {
        return Err(StageRefusal::Bounds {
            what: "pictures",
            bounds: "at most 64",
        }
        .into());
    }
    let pictures = body.pictures.iter().map(|text| STANDARD.decode(text));
    let pictures = pictures
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| invalid("pictures: base64"))?;
    let trouble = body.trouble.map(|trouble| match trouble {
        Trouble::None => CameraTrouble::None,
        Trouble::Gone => CameraTrouble::Gone,
        Trouble::Busy => CameraTrouble::Busy,
        Trouble::Silent => CameraTrouble::Silent,
        Trouble::Formless => CameraTrouble::Formless,
        Trouble::Garbage => CameraTrouble::Garbage,
        Trouble::Oversize => CameraTrouble::Oversize,
        Trouble::Truncated => CameraTrouble::Truncated,
    });
    control.stage.show(&pictures, trouble)?;
    Ok(Json(CameraView {
        name: CAMERA,
        resting: control.stage.scene()?.is_resting(),
    }))
}
