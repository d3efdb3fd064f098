//! `cccd-desk serve`: the daemon.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use cccd_desk::config::{Config, Sources};
use cccd_desk::desk::Settings;
use cccd_desk::desk::api::{Hosts, Interface, Rate};
use cccd_desk::desk::assembly::{Surroundings, assemble};
use cccd_desk::desk::faces::PooledFaces;
use cccd_desk::desk::pairing::Pairing;
use cccd_desk::desk::ports::Role;
use cccd_desk::desk::server::{self, stop_signal};
use cccd_desk::desk::trust::view::TrustOfDesk;
use cccd_desk::desk::trust::{StandingError, StandingTrust};
use cccd_desk::desk::wiring::TrustSource;
use cccd_desk::report::RuntimeTimer;
use cccd_desk::store::safekeeping::FolderLock;
use cccd_desk::store::{AuditEvent, Store, StoreError};
use cccd_desk::verify::lost_cards::LostCardsFile;
use cccd_desk::verify::trust::TrustError;
use cccd_pcsc::PcscReaders;
use cccd_port::{CardReaders, Clock, SystemClock};
use cccd_replay::RecordingReaders;

use super::recording::Folder;

/// The desk: readers, API and page
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  cccd-desk serve --config /etc/cccd-desk/desk.toml
  cccd-desk serve --pair                a page for the clerk: prints its address, good once
  cccd-desk serve --pair case-system    a program: it posts the secret to /v1/pair")]
pub struct Args {
    /// The configuration; without it the defaults and the environment
    #[arg(long, value_name = "FILE", env = "CCCD_DESK_CONFIG")]
    config: Option<PathBuf>,
    /// Offer one page or program a token: clerk, case-system, operator or auditor. The secret is
    /// shown once, and is good once within ten minutes
    #[arg(long, value_name = "ROLE", num_args = 0..=1, default_missing_value = "clerk")]
    pair: Option<Role>,
    /// Where the database is damaged, or does not open with its key: set it aside under a name with the
    /// time, and begin a new one. Never needed otherwise. Reports without a receipt stay in the old one
    #[arg(long)]
    new_database_after_damage: bool,
    /// Keep what goes over each card's link in this folder, for a problem that nobody can show: the
    /// newest thousand, without keys, names, numbers or pictures (`cccd-desk recording`)
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    super::log::start();
    let config = Sources::of_process(args.config.clone()).load()?;
    if !config.api.listen.ip().is_loopback() {
        bail!(
            "api.listen = {}: beyond the loopback TLS is needed",
            config.api.listen
        );
    }
    // Held while the desk runs.
    let lock = FolderLock::take(&config.data_dir)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let store = match database(&lock, &clock, args.new_database_after_damage) {
        Err(error @ (StoreError::Damaged { .. } | StoreError::WrongKey)) => {
            return Ok(damaged(&error));
        }
        opened => opened?,
    };
    let served = serve(&config, args, Arc::new(store), clock);
    tokio::runtime::Runtime::new()?.block_on(served)?;
    drop(lock);
    Ok(ExitCode::SUCCESS)
}

/// The exit code of a database that is damaged (sysexits.h, EX_DATAERR).
const DAMAGED: u8 = 65;

/// Opens the database, each page of it looked at; with the operator's word one that cannot be used is set
/// aside first, and a new one begun.
fn database(
    lock: &FolderLock,
    clock: &Arc<dyn Clock>,
    begin_anew: bool,
) -> Result<Store, StoreError> {
    let damage = match Store::open_whole(lock, Arc::clone(clock)) {
        Err(error @ (StoreError::Damaged { .. } | StoreError::WrongKey)) if begin_anew => error,
        opened => return opened,
    };
    let aside = Store::set_damaged_aside(lock, clock.now())?;
    let place = aside.map_or_else(|| "-".to_owned(), |place| place.display().to_string());
    tracing::error!(error = %damage, set_aside = place, "the database is set aside and a new one is begun");
    let store = Store::open_whole(lock, Arc::clone(clock))?;
    store.record(&AuditEvent::new("database-begun-anew").fact("damage", damage))?;
    Ok(store)
}

fn damaged(error: &StoreError) -> ExitCode {
    eprintln!(
        "cccd-desk: {error}\n\n\
Cơ sở dữ liệu bị hỏng hoặc không mở được bằng khóa này. Quầy không khởi động: trong đó có thể còn báo\n\
cáo chưa gửi. Không có gì bị thay đổi. Hãy kiểm tra desk.key và ổ đĩa, rồi chọn một:\n\
  cccd-desk restore TỆP                          khôi phục từ bản sao lưu\n\
  cccd-desk serve --new-database-after-damage    cất tệp hỏng sang tên khác, bắt đầu cơ sở dữ liệu mới;\n\
                                                 nó không biết các khoản đã chi: nhập lại danh sách cũ thì\n\
                                                 người đã nhận có thể được chi lần nữa\n\n\
The database is damaged, or does not open with this key. The desk does not start: there may be reports in\n\
it that were not sent. Nothing was changed. Look at desk.key and the disk, and then choose:\n\
  cccd-desk restore FILE                         puts a backup in its place\n\
  cccd-desk serve --new-database-after-damage    sets it aside under another name, and begins a new one:\n\
                                                 with new tokens, imported trust, payees and a new key for\n\
                                                 reports, which the case system must be told. It knows of no\n\
                                                 payment before: whoever was paid on a list that is imported\n\
                                                 again would be paid again"
    );
    ExitCode::from(DAMAGED)
}

async fn serve(
    config: &Config,
    args: &Args,
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
) -> Result<()> {
    let changed = store.note_configuration(&config.digests())?;
    if !changed.is_empty() {
        tracing::info!(
            sections = changed.join(" "),
            "the configuration is another than at the last start"
        );
    }
    let stop = stop_signal()?;
    let listener = TcpListener::bind(config.api.listen)
        .with_context(|| format!("cannot listen on {}", config.api.listen))?;
    let address = listener.local_addr()?;
    let (trust, standing) = trust(config, &store)?;
    let readers: Arc<dyn CardReaders> = match &args.record {
        None => Arc::new(PcscReaders),
        Some(folder) => {
            let folder = Folder::at(folder.clone())?;
            Arc::new(RecordingReaders::new(Arc::new(PcscReaders), folder))
        }
    };
    let assembled = assemble(
        config,
        Surroundings {
            store,
            readers,
            scanners: super::devices::scanners(config)?,
            cameras: super::devices::cameras(config)?,
            trust,
            trusting: Arc::new(TrustOfDesk {
                standing,
                clock: Arc::clone(&clock),
            }),
            clock,
            timer: Arc::new(RuntimeTimer::default()),
            settings: Settings::from(config),
            before: Box::new(|pipeline| Arc::new(pipeline)),
            faces: Arc::new(PooledFaces::of_folder(&config.models_dir)),
            fingers: match super::sensor::of_desk(config)? {
                Some(sensor) => Some(Arc::new(sensor)),
                None => None,
            },
            test_key_ids: cccd_desk::simulation::test_key_identifiers(),
        },
    )
    .await?;
    let desk = assembled.desk.clone();
    let pairing = Arc::new(Pairing::default());
    let secret = match args.pair {
        None => None,
        Some(role) => Some(
            pairing
                .once(role)
                .ok_or_else(|| anyhow!("no random bytes"))?,
        ),
    };
    let interface = Interface {
        desk: desk.clone(),
        pairing,
        hosts: hosts(config, address.port()),
        rate: Rate::default(),
        demo: None,
    };
    let mut out = std::io::stdout();
    match secret {
        Some(secret) => writeln!(out, "http://{address}/#pair={}", *secret)?,
        None => writeln!(out, "http://{address}/")?,
    }
    out.flush()?;
    tracing::info!(%address, desk = config.desk.id, "the desk is open");
    let served = server::serve(listener, interface.router(), desk, stop).await;
    assembled.shut(Duration::from_secs(5)).await;
    Ok(served?)
}

/// What the desk trusts and the list of lost cards, looked at anew for each card, so that what the
/// operator changes counts at once. The test authority in it, or a list that cannot be used, stops
/// the start.
fn trust(config: &Config, store: &Arc<Store>) -> Result<(TrustSource, Arc<StandingTrust>)> {
    let list = config.status.lost_cards_file.clone().map(LostCardsFile::at);
    let standing = super::trust::standing(config, Some(Arc::clone(store)));
    let standing = Arc::new(standing.with_lost_cards(list));
    let of_source = Arc::clone(&standing);
    match standing.now() {
        Err(
            error @ StandingError::Folder(
                TrustError::TestAuthority { .. } | TrustError::LostCards(_),
            ),
        ) => {
            return Err(error.into());
        }
        Err(error) => {
            tracing::error!(%error, "what is trusted cannot be used: no card is verified");
        }
        Ok(_) => {}
    }
    let source: TrustSource = Arc::new(move || {
        of_source
            .now()
            .inspect_err(|error| tracing::error!(%error, "what is trusted cannot be used"))
            .ok()
    });
    Ok((source, standing))
}

fn hosts(config: &Config, port: u16) -> Hosts {
    let hosts = config
        .api
        .allowed_hosts
        .iter()
        .map(|host| format!("{host}:{port}"));
    Hosts::new(hosts, config.api.allowed_origins.iter().cloned())
}
