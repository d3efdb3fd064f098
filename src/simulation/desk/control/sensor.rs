//! The fingerprint sensor: plugged in and out, fingers laid on it, what goes wrong on its line.

use core::time::Duration;

use axum::Json;
use axum::extract::State;
use cccd_sim::sensor::SensorMishap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Control;
use crate::desk::api::body::Body;
use crate::desk::api::problem::{Problem, ProblemDocument};
use crate::simulation::desk::refusal::StageRefusal;
use crate::simulation::desk::stage::Laid;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new()
        .routes(routes!(set))
        .routes(routes!(lay, lift))
}

/// The sensor.
#[derive(Serialize, ToSchema)]
struct SensorView {
    /// Whether it is plugged in.
    plugged: bool,
}

/// What becomes of the sensor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetSensor {
    /// Plugs it in or out.
    plugged: Option<bool>,
    /// What goes wrong on its line from now on, in place of an earlier order; an empty list mends it.
    mishaps: Option<Vec<MishapBody>>,
}

/// One thing that goes wrong.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MishapBody {
    /// At which byte of what the module would say from now on.
    at: usize,
    /// `dropped`, `doubled`, `cut`, `power-up`, `stray-power-up`, `silence`, `unplugged`, `held-back`,
    /// `repeated`, `never-last`; with `value`: `flipped` (bits), `drip` and `late` (milliseconds), `pid`,
    /// `length`, `sum`, `longer`, `shorter` (bytes), `code`.
    what: String,
    /// See `what`.
    #[serde(default)]
    value: u16,
}

impl MishapBody {
    fn mishap(&self) -> Option<(usize, SensorMishap)> {
        let byte = u8::try_from(self.value);
        let time = Duration::from_millis(self.value.into());
        let what = match self.what.as_str() {
            "dropped" => SensorMishap::Dropped,
            "doubled" => SensorMishap::Doubled,
            "cut" => SensorMishap::Cut,
            "power-up" => SensorMishap::PowerUp,
            "stray-power-up" => SensorMishap::StrayPowerUp,
            "silence" => SensorMishap::Silence,
            "unplugged" => SensorMishap::Unplugged,
            "held-back" => SensorMishap::HeldBack,
            "repeated" => SensorMishap::Repeated,
            "never-last" => SensorMishap::NeverLast,
            "flipped" => SensorMishap::Flipped(byte.ok()?),
            "drip" => SensorMishap::Drip(time),
            "late" => SensorMishap::Late(time),
            "pid" => SensorMishap::Pid(byte.ok()?),
            "length" => SensorMishap::Length(self.value),
            "sum" => SensorMishap::Sum(self.value),
            "longer" => SensorMishap::Longer(self.value.into()),
            "shorter" => SensorMishap::Shorter(self.value.into()),
            "code" => SensorMishap::Code(byte.ok()?),
            _ => return None,
        };
        Some((self.at, what))
    }
}

/// A finger to lay down.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LayFinger {
    /// Whose.
    persona: String,
    /// `right-index`, for example.
    finger: String,
    /// The same number is the same press, to the pixel; without it another each time.
    press: Option<u32>,
    /// 0, a clean picture, to 1, one that is hardly usable; without it as people press.
    noise: Option<f32>,
}

/// Plugs the sensor in or out, and says what goes wrong on its line.
#[utoipa::path(
    put, path = "/v1/sensor", operation_id = "set_sensor", tag = "sensor", request_body = SetSensor,
    responses(
        (status = 200, body = SensorView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn set(
    State(control): State<Control>,
    Body(body): Body<SetSensor>,
) -> Result<Json<SensorView>, Problem> {
    let mishaps = body.mishaps.as_ref().map(|mishaps| {
        let mishaps = mishaps.iter().map(MishapBody::mishap);
        mishaps
            .collect::<Option<Vec<_>>>()
            .ok_or(StageRefusal::Bounds {
                what: "mishaps",
                bounds: "one of the names that the description lists, with a value that fits",
            })
    });
    let mishaps = mishaps.transpose()?;
    control
        .on_stage(move |stage| {
            if let Some(plugged) = body.plugged {
                stage.plug_sensor(plugged)?;
            }
            if let Some(mishaps) = mishaps {
                stage.sensor_suffers(mishaps)?;
            }
            Ok(Json(SensorView {
                plugged: stage.sensor_is_plugged(),
            }))
        })
        .await
}

/// Lays a finger on the sensor, in place of one that lies there. It stays until it is lifted.
#[utoipa::path(
    post, path = "/v1/sensor/finger", operation_id = "lay_finger", tag = "sensor", request_body = LayFinger,
    responses(
        (status = 200, body = SensorView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn lay(
    State(control): State<Control>,
    Body(body): Body<LayFinger>,
) -> Result<Json<SensorView>, Problem> {
    control
        .on_stage(move |stage| {
            stage.lay_finger(&Laid {
                persona: body.persona,
                finger: body.finger,
                press: body.press,
                noise: body.noise,
            })?;
            Ok(Json(SensorView {
                plugged: stage.sensor_is_plugged(),
            }))
        })
        .await
}

/// Lifts the finger.
#[utoipa::path(
    delete, path = "/v1/sensor/finger", operation_id = "lift_finger", tag = "sensor",
    responses(
        (status = 200, body = SensorView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn lift(State(control): State<Control>) -> Result<Json<SensorView>, Problem> {
    control
        .on_stage(|stage| {
            stage.lift_finger();
            Ok(Json(SensorView {
                plugged: stage.sensor_is_plugged(),
            }))
        })
        .await
}
