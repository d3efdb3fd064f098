//! One claim stands on an entry of a list, at all desks.
//!
//! Under the key of an entry stand the claims that were made on it, each signed by the desk that says so. A
//! desk that pays writes its own into an entry on which none stands, if nobody wrote meanwhile: of any number
//! of desks one succeeds. A desk that paid while it was cut off adds its claim afterwards, beside whatever
//! stands there; where two stand, both desks list a conflict until one is undone.

mod taking_back;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cccd_port::Timer;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::keyring::{Keyring, OwnKeys};
use super::view::FleetStanding;
use super::{PAUSE, Trouble, connected, gone};
use crate::fleet::book::{Book, Entry, LONGEST_VALUE};
use crate::fleet::{FleetError, Link, names};
use crate::report::jose;
use crate::store::payees::{Reconciled, RemoteClaim};
use crate::store::{Store, StoreError, in_store};

/// A claim as it stands in the book: who says it, and the signed text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    desk: String,
    jws: String,
}

/// A line whose signature was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    line: Line,
    /// None where it cannot be believed.
    claim: Option<RemoteClaim>,
}

/// What became of a claim that was to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// It stands.
    Ours,
    /// Another one stands.
    Theirs(Box<RemoteClaim>),
    /// Something stands that cannot be believed, or somebody wrote and it could not be seen what: nobody is
    /// paid on it.
    Unreadable,
    /// The servers are not reached, and nothing was seen of this entry: the desk's own database decides.
    Alone {
        /// Whether the claim may have reached them all the same.
        perhaps: bool,
    },
    /// The servers answer and do not take it: nobody is paid on it.
    Refused,
}

/// What is done with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// These lines are written.
    Write(Vec<Line>),
    /// Nothing is: that is how it ended.
    End(Made),
}

/// Lines under one key: a list is paid by a handful of desks, and whoever writes more means no good.
const MOST_LINES: usize = 16;
/// So many conflicts are told of in the log.
const MOST_WARNED: usize = 10_000;
/// Somebody else wrote first: that often it is looked at anew.
const ATTEMPTS: usize = 8;
/// Claims that were made while nobody listened are told at the latest after so long.
const LOOK: Duration = Duration::from_secs(10);
/// What was said of lists that are not here is heard again so often: they may have come.
const HEAR_AGAIN: Duration = Duration::from_secs(300);
/// How far a claim got on its way into the book.
#[derive(Default)]
struct Progress {
    /// Something is known to stand under the key.
    seen: AtomicBool,
    /// The claim was sent, and whether it was written is not known.
    sent: AtomicBool,
}

/// The book of claims, as one desk reads and writes it.
pub struct Claims {
    link: Link,
    store: Arc<Store>,
    keys: Keyring,
    standing: Arc<FleetStanding>,
    changed: Notify,
    /// Claims of this desk between the book and its own database: not to be heard as another's.
    under_way: Mutex<BTreeSet<String>>,
    warned: Mutex<BTreeSet<String>>,
    /// Claims to be taken back that the desk's own database could not note: for as long as the desk runs.
    unnoted: Mutex<Vec<RemoteClaim>>,
    own_keys: Arc<OwnKeys>,
}

/// A claim on its way from the book into the desk's database.
pub(super) struct UnderWay<'a> {
    claims: &'a Claims,
    id: String,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.claims.under_way().remove(&self.id);
    }
}

impl Claims {
    pub(super) fn new(
        link: Link,
        store: Arc<Store>,
        standing: Arc<FleetStanding>,
        own_keys: Arc<OwnKeys>,
    ) -> Self {
        Self {
            keys: Keyring::new(link.clone()),
            link,
            store,
            standing,
            changed: Notify::new(),
            under_way: Mutex::new(BTreeSet::new()),
            warned: Mutex::new(BTreeSet::new()),
            unnoted: Mutex::new(Vec::new()),
            own_keys,
        }
    }

    /// Those of a command beside the desk that runs, or without it: what it cannot tell the desk tells later.
    #[must_use]
    pub fn of_command(link: Link, store: Arc<Store>) -> Self {
        let standing = Arc::new(FleetStanding::new(link.clone(), Arc::clone(&store)));
        let keys = Arc::new(OwnKeys::new(link.clone(), Arc::clone(&store)));
        Self::new(link, store, standing, keys)
    }

    fn under_way(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A claim is going to be made: until the returned value is gone, the desk makes it and does not hear it.
    pub(super) fn begin(&self, id: &str) -> UnderWay<'_> {
        self.under_way().insert(id.to_owned());
        UnderWay {
            claims: self,
            id: id.to_owned(),
        }
    }

    /// A claim was made or undone here, and is to be told.
    pub fn changed(&self) {
        self.changed.notify_one();
    }

    /// Makes a claim, unless another stands; nobody waits longer than three questions take. Where nobody is paid
    /// on it, and it may stand there all the same, it is taken back.
    pub async fn make(&self, claim: &RemoteClaim) -> Made {
        let progress = Progress::default();
        let most = self.link.timeout() * 3;
        let ended = tokio::time::timeout(most, self.write(claim, make, &progress)).await;
        let error = match ended.unwrap_or(Err(FleetError::Timeout)) {
            Ok(made) => return made,
            Err(error) => error,
        };
        tracing::info!(%error, "a claim was not made in the fleet");
        let perhaps = progress.sent.load(Ordering::Relaxed);
        let made = match error {
            _ if progress.seen.load(Ordering::Relaxed) => Made::Unreadable,
            FleetError::Offline | FleetError::Timeout => return Made::Alone { perhaps },
            _ => Made::Refused,
        };
        if perhaps {
            self.not_paid(&self.undone(claim)).await;
            self.changed();
        }
        made
    }

    /// Writes what the step says, if nobody writes meanwhile.
    async fn write(
        &self,
        claim: &RemoteClaim,
        step: fn(&[Said], &RemoteClaim, Line) -> Step,
        progress: &Progress,
    ) -> Result<Made, FleetError> {
        // What this desk signs can be checked from the first line on.
        self.own_keys.tell().await?;
        let book = self.link.book(names::CLAIMS).await?;
        let key = names::entry(&claim.list_sha256, &claim.entry);
        let line = self.line(claim)?;
        let mut found: Option<Entry> = None;
        for _ in 0..ATTEMPTS {
            let there = match &found {
                None => Vec::new(),
                Some(entry) => match self.said(entry, &key).await? {
                    Some(there) => there,
                    None => return Ok(Made::Unreadable),
                },
            };
            match step(&there, claim, line.clone()) {
                Step::End(made) => return Ok(made),
                Step::Write(lines) => {
                    let value = serde_json::to_vec(&lines)
                        .map_err(|_| FleetError::Malformed("claims do not serialise"))?;
                    if value.len() > LONGEST_VALUE {
                        return Ok(Made::Unreadable);
                    }
                    let revision = found.as_ref().map_or(0, |entry| entry.revision);
                    progress.sent.store(true, Ordering::Relaxed);
                    let written = book.write_if(&key, value, revision).await;
                    if matches!(written, Ok(_) | Err(FleetError::Offline)) {
                        progress.sent.store(false, Ordering::Relaxed);
                    }
                    if written? {
                        return Ok(Made::Ours);
                    }
                    progress.seen.store(true, Ordering::Relaxed);
                }
            }
            found = book.look(&key).await?;
        }
        Err(FleetError::Timeout)
    }

    /// Hears what stands now where a known claim is; whether that could be heard.
    pub async fn hear_of(&self, claim: &RemoteClaim) -> bool {
        let key = names::entry(&claim.list_sha256, &claim.entry);
        let heard = async {
            let book = self.link.book(names::CLAIMS).await?;
            if let Some(entry) = book.look(&key).await? {
                // What is to be looked at again is noted by whoever follows all keys.
                self.hear(&entry, &mut Heard::default()).await?;
            }
            Ok::<_, Trouble>(())
        };
        let within = tokio::time::timeout(self.link.timeout() * 2, heard).await;
        matches!(within, Ok(Ok(())))
    }

    /// Tells of one claim now; whether others know of it.
    pub async fn tell_of(&self, id: &str) -> bool {
        let told = async {
            let id = id.to_owned();
            match in_store(&self.store, move |store| store.claim_as_told(&id)).await? {
                Some(claim) => self.tell_one(claim).await,
                None => Ok(false),
            }
        };
        told.await.unwrap_or(false)
    }

    /// A claim as this desk says it.
    fn line(&self, claim: &RemoteClaim) -> Result<Line, FleetError> {
        let signed = serde_json::to_vec(claim)
            .map_err(|_| StoreError::State("a claim does not serialise"))
            .and_then(|payload| jose::sign(&self.store.signing(), &payload, "cccd-claim+json"));
        match signed {
            Ok(jws) => Ok(Line {
                desk: self.link.desk().to_owned(),
                jws: jws.to_string(),
            }),
            Err(_) => Err(FleetError::Malformed("a claim could not be signed")),
        }
    }

    /// What stands under a key; none where it is no list of lines.
    async fn said(&self, entry: &Entry, key: &str) -> Result<Option<Vec<Said>>, FleetError> {
        // A key that was deleted: nothing stands there.
        if entry.value.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let lines: Vec<Line> = match serde_json::from_slice(&entry.value) {
            Ok(lines) => lines,
            Err(_) => return Ok(None),
        };
        if lines.len() > MOST_LINES {
            return Ok(None);
        }
        let mut said = Vec::with_capacity(lines.len());
        for line in lines {
            let claim = self.believed(&line, key).await?;
            said.push(Said { line, claim });
        }
        Ok(Some(said))
    }

    /// The claim of a line, where its desk said it, of this very entry. Only the desk that made a claim says
    /// that it stands; that it was undone, a supervisor may say at any desk.
    async fn believed(&self, line: &Line, key: &str) -> Result<Option<RemoteClaim>, FleetError> {
        let payload = if line.desk == self.link.desk() {
            let own = self.store.keys().verify(&line.jws);
            own.ok().map(|payload| payload.to_vec())
        } else {
            self.keys.open(&line.desk, &line.jws).await?.payload()
        };
        let claim = payload
            .and_then(|payload| serde_json::from_slice::<RemoteClaim>(&payload).ok())
            .filter(|claim| names::entry(&claim.list_sha256, &claim.entry) == key)
            .filter(|claim| claim.desk == line.desk || claim.undone.is_some());
        Ok(claim)
    }

    /// Tells and hears, for as long as the desk runs.
    pub(super) async fn run(self: Arc<Self>, timer: Arc<dyn Timer>) {
        loop {
            connected(&self.link).await;
            if let Err(error) = self.follow(timer.as_ref()).await {
                tracing::warn!(%error, "claims of payees could not be laid beside those of other desks");
                timer.pause(PAUSE).await;
            }
        }
    }

    /// Comes back when the connection is gone, or when all is to be heard again.
    async fn follow(&self, timer: &dyn Timer) -> Result<(), Trouble> {
        self.tell().await?;
        let book: Book = self.link.book(names::CLAIMS).await?;
        let mut following = book.follow().await?;
        let mut heard = Heard::begin(&self.store).await?;
        self.standing.reconciled(self.store.now());
        let (again, look) = (timer.pause(HEAR_AGAIN), timer.pause(LOOK));
        tokio::pin!(again, look);
        loop {
            tokio::select! {
                next = following.next() => match next? {
                    Some(entry) => self.hear(&entry, &mut heard).await?,
                    None => return Ok(()),
                },
                () = self.changed.notified() => self.tell().await?,
                () = &mut look => {
                    self.tell().await?;
                    for key in heard.take_some() {
                        if let Some(entry) = book.look(&key).await? {
                            self.hear(&entry, &mut heard).await?;
                        }
                    }
                    look.set(timer.pause(LOOK));
                }
                () = self.standing.arrival() => return Ok(()),
                () = gone(&self.link) => return Ok(()),
                () = &mut again => {
                    if heard.knows_no_list && heard.newest_list < newest_list(&self.store).await? {
                        return Ok(());
                    }
                    again.set(timer.pause(HEAR_AGAIN));
                }
            }
        }
    }

    /// Tells what others have not heard. What cannot be told holds nothing up.
    async fn tell(&self) -> Result<(), Trouble> {
        match self.tell_unnoted().await {
            Err(error @ (FleetError::Offline | FleetError::Timeout)) => return Err(error.into()),
            Err(error) => tracing::error!(%error, "a claim could not be taken back"),
            Ok(()) => {}
        }
        for claim in in_store(&self.store, Store::unsynced_claims).await? {
            let id = claim.id.clone();
            match self.tell_one(claim).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::error!(
                        claim = id,
                        "a claim could not be told: what stands there cannot be read"
                    );
                }
                Err(Trouble::Fleet(error @ (FleetError::Offline | FleetError::Timeout))) => {
                    return Err(error.into());
                }
                Err(Trouble::Fleet(error)) => {
                    tracing::error!(claim = id, %error, "a claim could not be told");
                }
                Err(error @ Trouble::Store(_)) => return Err(error),
            }
        }
        self.standing.reconciled(self.store.now());
        Ok(())
    }

    async fn tell_one(&self, claim: RemoteClaim) -> Result<bool, Trouble> {
        let told = self.write(&claim, add, &Progress::default()).await? == Made::Ours;
        if told {
            in_store(&self.store, move |store| store.synced(&claim)).await?;
        }
        Ok(told)
    }

    /// Says once that an entry was paid at two desks; the list of conflicts says it for as long as it is so.
    fn warn(&self, claim: &str) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.len() < MOST_WARNED && warned.insert(claim.to_owned()) {
            tracing::warn!(claim, "an entry was paid at two desks");
        }
    }

    /// Takes in what other desks say under one key. What is wrong with it is this key's trouble alone.
    async fn hear(&self, entry: &Entry, heard: &mut Heard) -> Result<(), Trouble> {
        let said = match self.said(entry, &entry.key).await {
            Ok(said) => said,
            Err(error @ (FleetError::Offline | FleetError::Timeout)) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(key = entry.key, %error, "what stands among the claims could not be looked at");
                heard.later(&entry.key);
                return Ok(());
            }
        };
        let Some(said) = said else {
            tracing::warn!(key = entry.key, "what stands among the claims is none");
            return Ok(());
        };
        self.tell_again(&entry.key, &said, heard).await?;
        for said in said {
            let Some(claim) = said.claim else {
                tracing::warn!(key = entry.key, "a claim cannot be believed");
                // Its desk may not have told its key yet.
                heard.later(&entry.key);
                continue;
            };
            let id = claim.id.clone();
            if self.under_way().contains(&id) {
                heard.later(&entry.key);
                continue;
            }
            match in_store(&self.store, move |store| store.reconcile(&claim)).await {
                Ok(Reconciled::Accepted) => {}
                Ok(Reconciled::Conflict(_)) => self.warn(&id),
                Err(StoreError::Unknown { .. }) => heard.knows_no_list = true,
                Err(StoreError::Input { field, problem }) => {
                    tracing::warn!(claim = id, field, problem, "a claim does not fit");
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Claims of this desk that stood under a key and do not any more: somebody took them away, and they are
    /// told again.
    async fn tell_again(&self, key: &str, said: &[Said], heard: &Heard) -> Result<(), Trouble> {
        for id in heard.own.get(key).into_iter().flatten() {
            let there = |said: &Said| said.claim.as_ref().is_some_and(|claim| claim.id == *id);
            if !said.iter().any(there) {
                tracing::error!(
                    claim = id,
                    "a claim of this desk was taken out of the book; it is told again"
                );
                let id = id.clone();
                in_store(&self.store, move |store| store.unsync(&id)).await?;
                self.changed();
            }
        }
        Ok(())
    }
}

/// What was heard since all was heard from the beginning.
#[derive(Default)]
struct Heard {
    /// Claims of this desk that stood in the book at that time, by their keys.
    own: BTreeMap<String, Vec<String>>,
    /// A claim was on a list that is not here.
    knows_no_list: bool,
    /// The newest list then.
    newest_list: i64,
    /// Keys that are looked at again.
    later: BTreeSet<String>,
}

/// So many keys are looked at again, and so many of them at a time.
const MOST_LATER: usize = 1_000;
const SOME: usize = 16;

impl Heard {
    async fn begin(store: &Arc<Store>) -> Result<Self, StoreError> {
        let mut own: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for claim in in_store(store, Store::told_claims).await? {
            let key = names::entry(&claim.list_sha256, &claim.entry);
            own.entry(key).or_default().push(claim.id);
        }
        Ok(Self {
            own,
            knows_no_list: false,
            newest_list: newest_list(store).await?,
            later: BTreeSet::new(),
        })
    }

    /// Some of the keys that are to be looked at again: each takes questions.
    fn take_some(&mut self) -> Vec<String> {
        let some: Vec<String> = self.later.iter().take(SOME).cloned().collect();
        self.later.retain(|key| !some.contains(key));
        some
    }

    fn later(&mut self, key: &str) {
        if self.later.len() < MOST_LATER {
            self.later.insert(key.to_owned());
        }
    }
}

async fn newest_list(store: &Arc<Store>) -> Result<i64, StoreError> {
    in_store(store, Store::newest_payee_list).await
}

/// The lines with that claim's own put in: what its desk said before of the same claim goes.
fn with(there: &[Said], claim: &RemoteClaim, line: Line) -> Vec<Line> {
    let of_claim = |said: &Said| {
        said.claim
            .as_ref()
            .is_some_and(|known| known.id == claim.id)
    };
    let mut lines: Vec<Line> = there
        .iter()
        .filter(|said| !of_claim(said))
        .map(|said| said.line.clone())
        .collect();
    // The oldest of what was undone goes first.
    while lines.len() >= MOST_LINES {
        let undone = |line: &Line| {
            let known = there.iter().find(|said| said.line == *line);
            let claim = known.and_then(|said| said.claim.as_ref());
            claim.is_some_and(|claim| claim.undone.is_some())
        };
        match lines.iter().position(undone) {
            Some(place) => drop(lines.remove(place)),
            None => break,
        }
    }
    lines.push(line);
    lines
}

/// A claim is made only where none stands.
fn make(there: &[Said], claim: &RemoteClaim, line: Line) -> Step {
    let mut standing = None;
    for said in there {
        match &said.claim {
            None => return Step::End(Made::Unreadable),
            Some(known) if known.id == claim.id => return Step::End(Made::Ours),
            Some(known) if known.undone.is_none() => standing = Some(known),
            Some(_) => {}
        }
    }
    match standing {
        Some(known) => Step::End(Made::Theirs(Box::new(known.clone()))),
        None => full_or(with(there, claim, line)),
    }
}

/// A claim that was made is added, whatever stands there; what was undone stays so.
fn add(there: &[Said], claim: &RemoteClaim, line: Line) -> Step {
    let known = there
        .iter()
        .filter_map(|said| said.claim.as_ref())
        .find(|known| known.id == claim.id);
    match known {
        Some(known) if known.undone.is_some() || claim.undone.is_none() => Step::End(Made::Ours),
        _ => full_or(with(there, claim, line)),
    }
}

fn full_or(lines: Vec<Line>) -> Step {
    if lines.len() > MOST_LINES {
        Step::End(Made::Unreadable)
    } else {
        Step::Write(lines)
    }
}

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;
