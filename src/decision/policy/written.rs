//! Policies as an operator writes them, in the configuration or in a bundle:
//!
//! ```toml
//! [policy.office-payment]
//! version = "2026-11"
//! based_on = "benefit-payment"
//! data_groups = [1, 2, 13, 14, 15]
//! must_be_supported = ["chip-auth"]
//!
//! [policy.office-payment.checks]
//! dsc-revocation = "optional"     # mandatory, optional, noted, not-asked
//!
//! [policy.office-payment.rules]
//! crl_grace_days = 7
//!
//! [policy.office-payment.person]
//! clerk_stands_in = true
//! liveness = "required"           # required, offered
//!
//! [[policy.office-payment.override]]
//! role = "operator"
//! reasons = ["crl-stale"]
//! ```
//!
//! Everything that is not written is as in the policy that it is based on. A mistake is told with
//! its line, and no policy of the text counts then.

use core::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Override, Policies, Policy, Weight};
use crate::biometrics::Liveness;
use crate::finding::reason::{self, Class};
use crate::finding::{CheckId, Reason};
use crate::verify::documents::Documents;
use crate::verify::rules::DscTimeModel;

/// Most policies of one text.
const MAX_POLICIES: usize = 64;
/// Longest text, in bytes.
const MAX_TEXT: usize = 1_048_576;

/// What no policy may ask for less than: without it “verified” would mean nothing.
const NEVER_LESS: [CheckId; 7] = [
    CheckId::Dg1Read,
    CheckId::SodRead,
    CheckId::SodHash,
    CheckId::SodSignature,
    CheckId::DscSignature,
    CheckId::DscProfile,
    CheckId::DscTime,
];

/// A mistake, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub problem: String,
}

/// Reads the policies of a text; other tables of it are left aside.
///
/// # Errors
/// [`Mistake`], the first that is met.
pub fn read(text: &str, known: &Policies) -> Result<Vec<Policy>, Mistake> {
    if text.len() > MAX_TEXT {
        return Err(Mistake {
            line: 1,
            problem: format!("longer than {MAX_TEXT} bytes"),
        });
    }
    let reader = Reader { text };
    let root = DeTable::parse(text).map_err(|error| Mistake {
        line: reader.line(error.span().unwrap_or(0..0)),
        problem: error.message().to_owned(),
    })?;
    let Some(section) = root.get_ref().get("policy") else {
        return Ok(Vec::new());
    };
    let mut known = known.clone();
    let mut found: Vec<Policy> = Vec::new();
    for (name, table) in reader.table(section)? {
        if found.len() >= MAX_POLICIES {
            return Err(reader.mistake(name.span(), format!("more than {MAX_POLICIES} policies")));
        }
        let policy = reader.policy(name, table, &known)?;
        // A later one may be based on it.
        known.0.retain(|other| other.name != policy.name);
        known.0.push(policy.clone());
        found.push(policy);
    }
    Ok(found)
}

/// Writes a policy so that [`read`] makes the same of it, whatever the reader's own are.
#[must_use]
pub fn write(policy: &Policy) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let list = |texts: &[String]| {
        let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
        format!("[{}]", texts.join(", "))
    };
    let groups: Vec<String> = policy.data_groups.iter().map(u8::to_string).collect();
    let mut lines = vec![
        format!("[policy.{}]", policy.name),
        "based_on = \"document\"".to_owned(),
        format!("version = {}", quoted(&policy.version)),
        format!("data_groups = [{}]", groups.join(", ")),
        format!("must_be_supported = {}", list(&policy.must_be_supported)),
        String::new(),
        format!("[policy.{}.checks]", policy.name),
    ];
    for (check, weight) in &policy.weights {
        let weight = match weight {
            Weight::Mandatory => "mandatory",
            Weight::Optional => "optional",
            Weight::Evaluatory => "noted",
            Weight::NotAsked => "not-asked",
        };
        lines.push(format!("{check} = \"{weight}\""));
    }
    let rules = &policy.rules;
    let documents = match rules.documents {
        Documents::CitizenCard => "citizen-card",
        Documents::Any => "any",
    };
    let model = match rules.dsc_time_model {
        DscTimeModel::Signing => "signing",
        DscTimeModel::Current => "current",
    };
    lines.extend([
        String::new(),
        format!("[policy.{}.rules]", policy.name),
        format!("crl_grace_days = {}", rules.crl_grace_days),
        format!("crl_may_be_missing = {}", rules.crl_may_be_missing),
        format!("sha1_allowed = {}", rules.sha1_allowed),
        format!("rsa_min_bits = {}", rules.rsa_min_bits),
        format!("documents = \"{documents}\""),
        format!("dsc_time_model = \"{model}\""),
    ]);
    let person = &policy.person;
    let liveness = match person.liveness {
        Liveness::Required => "required",
        Liveness::Offered => "offered",
    };
    lines.extend([
        String::new(),
        format!("[policy.{}.person]", policy.name),
        format!("clerk_stands_in = {}", person.clerk_stands_in),
        format!("liveness = \"{liveness}\""),
        format!("portrait_years = {}", person.portrait_years),
        format!("child_portrait_years = {}", person.child_portrait_years),
        format!("face_attempts = {}", person.face_attempts),
        format!("finger_presses = {}", person.finger_presses),
    ]);
    for one in &policy.overrides {
        lines.extend([
            String::new(),
            format!("[[policy.{}.override]]", policy.name),
            format!("role = \"{}\"", one.role),
            format!("reasons = {}", list(&one.reasons)),
        ]);
    }
    lines.push(String::new());
    lines.join("\n")
}

/// A value of a table, with its key, both with their places.
type Entry<'a, 'i> = (
    &'a Spanned<std::borrow::Cow<'i, str>>,
    &'a Spanned<DeValue<'i>>,
);

struct Reader<'t> {
    text: &'t str,
}

impl Reader<'_> {
    fn line(&self, span: Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        before.matches('\n').count().saturating_add(1)
    }

    fn mistake(&self, span: Range<usize>, problem: impl Into<String>) -> Mistake {
        Mistake {
            line: self.line(span),
            problem: problem.into(),
        }
    }

    fn unknown(&self, span: Range<usize>, what: &str, met: &str, known: &[String]) -> Mistake {
        let near = known
            .iter()
            .map(|known| (strsim::damerau_levenshtein(met, known), known))
            .filter(|(distance, known)| *distance <= known.len().div_ceil(3))
            .min();
        let remedy = match near {
            Some((_, near)) => format!("did you mean “{near}”?"),
            None => format!("there are: {}", known.join(", ")),
        };
        self.mistake(span, format!("there is no {what} “{met}”; {remedy}"))
    }

    fn table<'a, 'i>(
        &self,
        value: &'a Spanned<DeValue<'i>>,
    ) -> Result<Vec<Entry<'a, 'i>>, Mistake> {
        let DeValue::Table(table) = value.get_ref() else {
            return Err(self.mistake(value.span(), "a table is wanted here"));
        };
        Ok(table.iter().collect())
    }

    fn string<'a>(&self, value: &'a Spanned<DeValue<'_>>) -> Result<&'a str, Mistake> {
        match value.get_ref() {
            DeValue::String(text) => Ok(text.as_ref()),
            _ => Err(self.mistake(value.span(), "a text in quotes is wanted here")),
        }
    }

    fn truth(&self, value: &Spanned<DeValue<'_>>) -> Result<bool, Mistake> {
        match value.get_ref() {
            DeValue::Boolean(value) => Ok(*value),
            _ => Err(self.mistake(value.span(), "true or false is wanted here")),
        }
    }

    fn number(
        &self,
        value: &Spanned<DeValue<'_>>,
        bounds: core::ops::RangeInclusive<u32>,
    ) -> Result<u32, Mistake> {
        let number = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            _ => None,
        };
        let (least, most) = (bounds.start(), bounds.end());
        number
            .filter(|number| bounds.contains(number))
            .ok_or_else(|| {
                self.mistake(
                    value.span(),
                    format!("a number from {least} to {most} is wanted here"),
                )
            })
    }

    fn list<'a, 'i>(
        &self,
        value: &'a Spanned<DeValue<'i>>,
    ) -> Result<Vec<&'a Spanned<DeValue<'i>>>, Mistake> {
        match value.get_ref() {
            DeValue::Array(list) => Ok(list.iter().collect()),
            _ => Err(self.mistake(value.span(), "a list in square brackets is wanted here")),
        }
    }

    fn choice<T>(
        &self,
        value: &Spanned<DeValue<'_>>,
        what: &str,
        choices: &[(&str, T)],
    ) -> Result<T, Mistake>
    where
        T: Clone,
    {
        let text = self.string(value)?;
        let names: Vec<String> = choices.iter().map(|(name, _)| (*name).to_owned()).collect();
        choices
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, choice)| choice.clone())
            .ok_or_else(|| self.unknown(value.span(), what, text, &names))
    }

    fn policy(
        &self,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        table: &Spanned<DeValue<'_>>,
        known: &Policies,
    ) -> Result<Policy, Mistake> {
        let own = name.get_ref().as_ref();
        let plain = |character: char| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
        };
        if own.is_empty() || own.len() > 64 || !own.chars().all(plain) {
            let problem = "a policy's name is 1 to 64 small letters, digits and hyphens";
            return Err(self.mistake(name.span(), problem));
        }
        let entries = self.table(table)?;
        let find = |wanted: &str| {
            let found = entries.iter().find(|(key, _)| key.get_ref() == wanted);
            found.map(|(_, value)| *value)
        };
        let mut policy = match find("based_on") {
            Some(value) => {
                let base = self.string(value)?;
                let base = known
                    .get(base)
                    .ok_or_else(|| self.unknown(value.span(), "policy", base, &known.names()))?;
                base.clone()
            }
            None => known.get(own).cloned().ok_or_else(|| {
                let problem =
                    "based_on is missing: the name of the policy that this one begins with";
                self.mistake(name.span(), problem)
            })?,
        };
        own.clone_into(&mut policy.name);
        let version = find("version").ok_or_else(|| {
            let problem = "version is missing: every verdict names the version of its policy";
            self.mistake(name.span(), problem)
        })?;
        let text = self.string(version)?;
        if text.is_empty() || text.len() > 64 || text.chars().any(char::is_control) {
            return Err(self.mistake(version.span(), "a version has 1 to 64 characters"));
        }
        text.clone_into(&mut policy.version);
        for (key, value) in &entries {
            match key.get_ref().as_ref() {
                "based_on" | "version" => {}
                "data_groups" => policy.data_groups = self.data_groups(value)?,
                "must_be_supported" => {
                    policy.must_be_supported = self
                        .list(value)?
                        .into_iter()
                        .map(|check| self.check(check.span(), self.string(check)?))
                        .collect::<Result<_, _>>()?;
                }
                "checks" => self.weights(value, &mut policy)?,
                "rules" => self.rules(value, &mut policy)?,
                "person" => self.person(value, &mut policy)?,
                "override" => {
                    policy.overrides = self
                        .list(value)?
                        .into_iter()
                        .map(|one| self.override_of(one))
                        .collect::<Result<_, _>>()?;
                }
                other => {
                    let keys = [
                        "based_on",
                        "version",
                        "data_groups",
                        "must_be_supported",
                        "checks",
                        "rules",
                        "person",
                        "override",
                    ];
                    return Err(self.unknown(key.span(), "key", other, &keys.map(str::to_owned)));
                }
            }
        }
        Ok(policy)
    }

    fn data_groups(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<u8>, Mistake> {
        let mut groups = Vec::new();
        for group in self.list(value)? {
            let number = self.number(group, 1..=16)?;
            let number = u8::try_from(number).unwrap_or_default();
            if !groups.contains(&number) {
                groups.push(number);
            }
        }
        if !groups.contains(&1) {
            return Err(self.mistake(value.span(), "data group 1 is in every policy"));
        }
        Ok(groups)
    }

    fn check(&self, span: Range<usize>, name: &str) -> Result<String, Mistake> {
        let mut names: Vec<String> = CheckId::ALL.iter().map(|id| id.name()).collect();
        names.push("dg-hash".to_owned());
        if names.iter().any(|known| known == name) {
            return Ok(name.to_owned());
        }
        Err(self.unknown(span, "check", name, &names))
    }

    fn weights(&self, value: &Spanned<DeValue<'_>>, policy: &mut Policy) -> Result<(), Mistake> {
        for (key, value) in self.table(value)? {
            let check = self.check(key.span(), key.get_ref())?;
            let weight = self.choice(
                value,
                "weight",
                &[
                    ("mandatory", Weight::Mandatory),
                    ("optional", Weight::Optional),
                    ("noted", Weight::Evaluatory),
                    ("not-asked", Weight::NotAsked),
                ],
            )?;
            let firm = NEVER_LESS.iter().any(|id| id.name() == check);
            if firm && weight != Weight::Mandatory {
                let problem = format!("“{check}” is mandatory in every policy");
                return Err(self.mistake(value.span(), problem));
            }
            policy.weights.insert(check, weight);
        }
        Ok(())
    }

    fn rules(&self, value: &Spanned<DeValue<'_>>, policy: &mut Policy) -> Result<(), Mistake> {
        let rules = &mut policy.rules;
        for (key, value) in self.table(value)? {
            match key.get_ref().as_ref() {
                "crl_grace_days" => rules.crl_grace_days = self.number(value, 0..=365)?,
                "crl_may_be_missing" => rules.crl_may_be_missing = self.truth(value)?,
                "sha1_allowed" => rules.sha1_allowed = self.truth(value)?,
                "rsa_min_bits" => {
                    let bits = self.number(value, 1_024..=8_192)?;
                    rules.rsa_min_bits = usize::try_from(bits).unwrap_or(usize::MAX);
                }
                "documents" => {
                    let kinds = [
                        ("citizen-card", Documents::CitizenCard),
                        ("any", Documents::Any),
                    ];
                    rules.documents = self.choice(value, "kind of documents", &kinds)?;
                }
                "dsc_time_model" => {
                    let models = [
                        ("signing", DscTimeModel::Signing),
                        ("current", DscTimeModel::Current),
                    ];
                    rules.dsc_time_model = self.choice(value, "time model", &models)?;
                }
                other => {
                    let keys = [
                        "crl_grace_days",
                        "crl_may_be_missing",
                        "sha1_allowed",
                        "rsa_min_bits",
                        "documents",
                        "dsc_time_model",
                    ];
                    return Err(self.unknown(key.span(), "rule", other, &keys.map(str::to_owned)));
                }
            }
        }
        Ok(())
    }

    fn person(&self, value: &Spanned<DeValue<'_>>, policy: &mut Policy) -> Result<(), Mistake> {
        let person = &mut policy.person;
        for (key, value) in self.table(value)? {
            match key.get_ref().as_ref() {
                "clerk_stands_in" => person.clerk_stands_in = self.truth(value)?,
                "liveness" => {
                    let kinds = [
                        ("required", Liveness::Required),
                        ("offered", Liveness::Offered),
                    ];
                    person.liveness = self.choice(value, "kind of liveness", &kinds)?;
                }
                "portrait_years" => person.portrait_years = self.number(value, 1..=100)?,
                "child_portrait_years" => {
                    person.child_portrait_years = self.number(value, 1..=100)?;
                }
                "face_attempts" => person.face_attempts = self.number(value, 1..=10)?,
                "finger_presses" => person.finger_presses = self.number(value, 1..=10)?,
                other => {
                    let keys = [
                        "clerk_stands_in",
                        "liveness",
                        "portrait_years",
                        "child_portrait_years",
                        "face_attempts",
                        "finger_presses",
                    ];
                    return Err(self.unknown(key.span(), "rule", other, &keys.map(str::to_owned)));
                }
            }
        }
        Ok(())
    }

    fn override_of(&self, value: &Spanned<DeValue<'_>>) -> Result<Override, Mistake> {
        let mut role = None;
        let mut reasons = None;
        for (key, value) in self.table(value)? {
            match key.get_ref().as_ref() {
                "role" => {
                    let roles = [("clerk", "clerk"), ("operator", "operator")];
                    role = Some(self.choice(value, "role", &roles)?.to_owned());
                }
                "reasons" => {
                    let mut codes = Vec::new();
                    for code in self.list(value)? {
                        codes.push(self.open_reason(code)?);
                    }
                    reasons = Some(codes);
                }
                other => {
                    let keys = ["role", "reasons"].map(str::to_owned);
                    return Err(self.unknown(key.span(), "key", other, &keys));
                }
            }
        }
        match (role, reasons) {
            (Some(role), Some(reasons)) if !reasons.is_empty() => Ok(Override { role, reasons }),
            _ => {
                let problem =
                    "an override names a role, and the reasons that it may go on in spite of";
                Err(self.mistake(value.span(), problem))
            }
        }
    }

    /// Only what left a verdict open may be gone on in spite of: what was proven stays.
    fn open_reason(&self, value: &Spanned<DeValue<'_>>) -> Result<String, Mistake> {
        let open = |reason: &Reason| {
            let class = reason.class();
            matches!(class, Class::Missing | Class::IssuerData | Class::Person)
        };
        let code = self.string(value)?;
        let Some(known) = reason::by_code(code) else {
            let codes: Vec<String> = reason::all()
                .filter(open)
                .map(|reason| reason.code().to_owned())
                .collect();
            return Err(self.unknown(value.span(), "reason", code, &codes));
        };
        if open(&known) {
            return Ok(code.to_owned());
        }
        let problem = format!("“{code}” is no open question: nobody may go on in spite of it");
        Err(self.mistake(value.span(), problem))
    }
}

#[cfg(test)]
#[path = "written_tests.rs"]
mod tests;
