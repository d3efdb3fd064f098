//! The stage as the demo's page has it: cards to lay, a case system to look at.

use serde_json::{Value, json};

use super::refusal::StageRefusal;
use super::stage::{Laid, Stage, Wanted};
use crate::desk::api::{DemoPanel, UnknownCard};
use crate::simulation::listed;

impl From<StageRefusal> for UnknownCard {
    fn from(refusal: StageRefusal) -> Self {
        Self(refusal.to_string())
    }
}

impl DemoPanel for Stage {
    fn document(&self) -> Value {
        let personas: Vec<Value> = self.personas().iter().map(listed).collect();
        let policies = self.desk().ports().policies.now();
        let policies = policies
            .map(|policies| policies.names())
            .unwrap_or_default();
        json!({ "personas": personas, "defects": cccd_sim::defects(), "policies": policies })
    }

    fn lay(&self, reader: &str, persona: &str, defects: &[String]) -> Result<(), UnknownCard> {
        let wanted = Wanted {
            persona: persona.to_owned(),
            defects: defects.to_vec(),
            ..Wanted::default()
        };
        Stage::lay(self, reader, &wanted)?;
        Ok(())
    }

    fn lift(&self, reader: &str) -> Result<(), UnknownCard> {
        Ok(Stage::lift(self, reader)?)
    }

    fn finger(&self, persona: &str, finger: Option<&str>) -> Result<(), UnknownCard> {
        match finger {
            Some(finger) => Ok(Stage::lay_finger(
                self,
                &Laid {
                    persona: persona.to_owned(),
                    finger: finger.to_owned(),
                    press: None,
                    noise: None,
                },
            )?),
            None => {
                self.lift_finger();
                Ok(())
            }
        }
    }

    fn received(&self) -> Value {
        serde_json::to_value(self.case_system().received()).unwrap_or(Value::Null)
    }
}
