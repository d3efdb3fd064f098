//! `cccd-desk models`: what compares faces and fingers, installed, looked at, checked and measured.

mod fingers;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use cccd_desk::biometrics::evaluation::Det;
use cccd_desk::biometrics::evaluation::drawing::det_svg;
use cccd_desk::biometrics::face::evaluate::report::{Naming, calibration, report};
use cccd_desk::biometrics::face::evaluate::{Terms, evaluate};
use cccd_desk::biometrics::face::models::manifest::FILE_NAME;
use cccd_desk::biometrics::face::models::{self, Models};
use cccd_desk::biometrics::face::package::fetch::fetch_package;
use cccd_desk::biometrics::face::package::install::{Existing, install};
use cccd_desk::biometrics::face::picture::PictureLimits;
use cccd_desk::biometrics::face::quality::Gates;
use cccd_desk::biometrics::finger::calibration::Calibration;
use cccd_desk::document::Date;
use clap::Subcommand;
use time::OffsetDateTime;

use super::remembered::Which;
use super::usage;

/// Face models and finger matcher: installed, listed, checked, measured
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  cccd-desk models install --from-package      has npm fetch the package, and converts it
  cccd-desk models install face-api-1.7.15.tgz
  cccd-desk models evaluate pictures/          a folder a person
  cccd-desk models evaluate DB1_B --fingers    files named 101_1.tif, or a folder a finger

docs/face.md says what the models are, what they get wrong, and what must not be claimed;
hardware-notes/fingers.md says it of fingers.")]
pub struct Args {
    /// The folder of models; without it that of the configuration
    #[arg(long, value_name = "DIR", global = true)]
    folder: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Installs the package of npm, or models of one's own by their models.toml
    Install {
        /// The package's archive, or a folder with a models.toml
        #[arg(required_unless_present = "from_package")]
        file: Option<PathBuf>,
        /// Has npm fetch the package
        #[arg(long, conflicts_with = "file")]
        from_package: bool,
        /// Replaces the models that are there
        #[arg(long)]
        replace: bool,
    },
    /// What is installed, under which licence, and what thresholds rest on
    List,
    /// Holds every file against its digest, and loads it; exit 1 where one is wrong
    Check,
    /// Compares all pictures of a folder with each other: error rates with their intervals
    Evaluate {
        /// A folder with a folder a person; of fingers, with a folder a finger or files named 101_1.tif
        pictures: PathBuf,
        /// Measures the finger matcher, on pictures of fingers: TIFF, PNG, BMP, PGM, WSQ, JPEG
        #[arg(long)]
        fingers: bool,
        /// What the pictures of fingers were taken with, in pixels an inch
        #[arg(long, value_name = "N", requires = "fingers", default_value_t = 500,
              value_parser = clap::value_parser!(u16).range(250..=1_200))]
        dpi: u16,
        /// What the measurement is called: verdicts cite it
        #[arg(long, value_name = "NAME", default_value = "own")]
        name: String,
        /// Takes only pictures that would pass at a desk
        #[arg(long, conflicts_with = "fingers")]
        gated: bool,
        /// Draws the detection error trade-off into this new file
        #[arg(long, value_name = "FILE.svg")]
        det: Option<PathBuf>,
        /// Verdicts cite this measurement from now on
        #[arg(long)]
        adopt: bool,
    },
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => match args.which.config() {
            Ok(config) => config.models_dir,
            Err(error) => return Ok(usage(&error.into())),
        },
    };
    match &args.action {
        Action::Install {
            file,
            from_package,
            replace,
        } => {
            let existing = if *replace {
                Existing::Replace
            } else {
                Existing::Keep
            };
            match (file, from_package) {
                (None, _) | (_, true) => {
                    let fetched = tempfile::tempdir()?;
                    let package = fetch_package(fetched.path())?;
                    install(&package, &folder, existing)?;
                }
                (Some(file), _) if own_manifest(file).is_some() => take_own(file, &folder)?,
                (Some(file), _) => drop(install(file, &folder, existing)?),
            }
            list(&folder)?;
            Ok(ExitCode::SUCCESS)
        }
        Action::List => {
            list(&folder)?;
            Ok(ExitCode::SUCCESS)
        }
        Action::Check => check(&folder),
        Action::Evaluate {
            pictures,
            fingers: of_fingers,
            dpi,
            name,
            gated,
            det,
            adopt,
        } => {
            let measuring = Measuring {
                name,
                gated: *gated,
                det: det.as_deref(),
                adopt: *adopt,
            };
            if *of_fingers {
                fingers::measure(&folder, pictures, *dpi, &measuring)?;
            } else {
                measure(&folder, pictures, &measuring)?;
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The folder of a models.toml, where a path is one or leads to one.
fn own_manifest(path: &Path) -> Option<PathBuf> {
    if path.file_name().is_some_and(|name| name == FILE_NAME) {
        return path.parent().map(Path::to_path_buf);
    }
    path.join(FILE_NAME).is_file().then(|| path.to_path_buf())
}

/// Copies models of the operator's own, once they load.
fn take_own(file: &Path, into: &Path) -> Result<()> {
    let from = own_manifest(file).context("no models.toml")?;
    let loaded = Models::load(&from)?;
    if into.join(FILE_NAME).exists() {
        bail!("{} holds models already: remove them first", into.display());
    }
    std::fs::create_dir_all(into).with_context(|| into.display().to_string())?;
    // The manifest last: a folder without one holds no models.
    let names = loaded.manifest.files().map(|(_, model)| model.file.clone());
    for name in names.chain([FILE_NAME.to_owned()]) {
        std::fs::copy(from.join(&name), into.join(&name)).with_context(|| name.clone())?;
    }
    Models::load(into)?;
    Ok(())
}

fn list(folder: &Path) -> Result<()> {
    let mut out = std::io::stdout().lock();
    // Fingers need no models: what is known of them is told where no face can be compared, too.
    match Calibration::load(folder) {
        Ok(None) => {}
        Ok(Some(known)) => writeln!(
            out,
            "fingers from {}, measured: {} on {} with {}",
            known.threshold, known.name, known.set, known.algorithm
        )?,
        Err(error) => eprintln!("cccd-desk: {error}"),
    }
    let (manifest, digest) = models::read_manifest(folder)?;
    writeln!(out, "{}", folder.display())?;
    writeln!(out, "models {digest}")?;
    for (role, model) in manifest.files() {
        writeln!(out, "  {role:<10} {}", model.file)?;
        writeln!(out, "  {:<10} SHA-256 {}", "", model.sha256)?;
        writeln!(out, "  {:<10} {}, {}", "", model.licence, model.source)?;
        if let Some(notice) = &model.notice {
            writeln!(out, "  {:<10} notice: {notice}", "")?;
        }
    }
    let decision = &manifest.decision;
    writeln!(
        out,
        "supports from {:.3}, inconclusive from {:.3}",
        decision.supports, decision.inconclusive
    )?;
    match &decision.calibration {
        Some(known) => writeln!(out, "measured: {} on {}", known.name, known.set)?,
        None => writeln!(out, "measured: nothing that verdicts could cite")?,
    }
    Ok(())
}

fn check(folder: &Path) -> Result<ExitCode> {
    let mut good = true;
    let mut out = std::io::stdout().lock();
    for checked in models::check(folder)? {
        let role = checked.role;
        match checked.found {
            Ok(()) => writeln!(out, "good   {role:<10} {}", checked.model.file)?,
            Err(error) => {
                good = false;
                writeln!(out, "WRONG  {role:<10} {error}")?;
            }
        }
    }
    Ok(ExitCode::from(u8::from(!good)))
}

struct Measuring<'a> {
    name: &'a str,
    gated: bool,
    det: Option<&'a Path>,
    adopt: bool,
}

fn measure(folder: &Path, pictures: &Path, measuring: &Measuring<'_>) -> Result<()> {
    let loaded = Models::load(folder)?;
    let terms = Terms {
        limits: PictureLimits::default(),
        gates: measuring.gated.then(Gates::default),
    };
    let mut tenths = Tenths::default();
    let found = evaluate(&loaded, pictures, &terms, &mut |number, all| {
        tenths.tell("picture", number, all);
    })?;
    let (set, made) = (set_name(pictures), today());
    let naming = Naming {
        name: measuring.name,
        set: &set,
        made: &made,
    };
    writeln!(
        std::io::stdout(),
        "{}",
        report(&loaded, &found, &naming)?.trim_end()
    )?;
    if let Some(file) = measuring.det {
        let curve = Det::new(&found.scores)?;
        let decision = &loaded.manifest.decision;
        let svg = det_svg(&curve, &set, &[decision.supports, decision.inconclusive]);
        std::fs::write(file, svg).with_context(|| file.display().to_string())?;
    }
    if measuring.adopt {
        models::adopt(folder, &calibration(&loaded, &found, &naming)?)?;
        eprintln!("cccd-desk: verdicts cite “{}” from now on", measuring.name);
    }
    Ok(())
}

/// The day, as a calibration says it.
fn today() -> String {
    Date::in_vietnam(OffsetDateTime::now_utc()).to_string()
}

/// What a folder of pictures is called, where it is named as `.` too.
fn set_name(pictures: &Path) -> String {
    let whole = pictures.canonicalize();
    let name = whole.as_deref().unwrap_or(pictures).file_name();
    name.map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// A line for each tenth: enough for a log, and for a person.
#[derive(Default)]
struct Tenths(usize);

impl Tenths {
    fn tell(&mut self, what: &str, number: usize, all: usize) {
        let tenth = number.saturating_mul(10).checked_div(all).unwrap_or(0);
        if tenth > self.0 {
            eprintln!("cccd-desk: {what} {number} of {all}");
        }
        self.0 = tenth;
    }
}
