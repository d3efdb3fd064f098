//! One thing that was looked at.

use std::io::{self, Write};

use serde::Serialize;

/// How it stands with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// The desk works, and someone should look.
    Warning,
    /// The desk cannot work so.
    Fault,
}

/// One thing that was looked at, in Vietnamese and English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable name.
    pub id: &'static str,
    /// How it stands.
    pub state: State,
    /// What was found, in Vietnamese.
    pub vi: String,
    /// What was found, in English.
    pub en: String,
    /// What to do, in Vietnamese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_vi: Option<String>,
    /// What to do, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_en: Option<String>,
}

impl Finding {
    /// All is as it should be.
    pub fn ok(id: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            id,
            state: State::Ok,
            vi: vi.into(),
            en: en.into(),
            action_vi: None,
            action_en: None,
        }
    }

    /// The desk works, and someone should look.
    pub fn warning(
        id: &'static str,
        vi: impl Into<String>,
        en: impl Into<String>,
        action_vi: impl Into<String>,
        action_en: impl Into<String>,
    ) -> Self {
        Self {
            state: State::Warning,
            action_vi: Some(action_vi.into()),
            action_en: Some(action_en.into()),
            ..Self::ok(id, vi, en)
        }
    }

    /// The desk cannot work so.
    pub fn fault(
        id: &'static str,
        vi: impl Into<String>,
        en: impl Into<String>,
        action_vi: impl Into<String>,
        action_en: impl Into<String>,
    ) -> Self {
        Self {
            state: State::Fault,
            ..Self::warning(id, vi, en, action_vi, action_en)
        }
    }

    /// For people: the finding, and what to do about it.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mark = match self.state {
            State::Ok => "✓",
            State::Warning => "!",
            State::Fault => "✗",
        };
        writeln!(out, "{mark} {}", self.id)?;
        writeln!(out, "    {}", self.vi)?;
        writeln!(out, "    {}", self.en)?;
        for action in [&self.action_vi, &self.action_en].into_iter().flatten() {
            writeln!(out, "    → {action}")?;
        }
        Ok(())
    }
}
