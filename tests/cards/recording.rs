//! What went over the link, recorded: played again byte for byte, imitated by another person's card, and
//! told apart line by line.

use std::sync::Arc;

use cccd_desk::crypto::random::{DrawnBefore, Overheard, SystemRandom};
use cccd_desk::desk::reading::{Fingerprints, Judgement};
use cccd_desk::simulation::recorded::Imitation;
use cccd_port::{CardReaders, SystemClock};
use cccd_replay::recorder::Keeping;
use cccd_replay::script::script as lines_of;
use cccd_replay::{Difference, Player, Recorder, Recording, RecordingReaders, differences};
use cccd_sim::{Defect, LaidBack, Pace, Persona, SimCard, SimReaders, VirtualClock};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::bench::{Bench, Line, READER, Script, outcome};

/// A card that was read and recorded.
struct Recorded {
    recording: Recording,
    judgement: Judgement,
    issued: OffsetDateTime,
    now: OffsetDateTime,
}

fn desk_time(script: &Script<'_>, issued: OffsetDateTime) -> OffsetDateTime {
    let shown = script.defects.iter().find_map(|defect| defect.desk_clock());
    shown.unwrap_or(issued)
}

fn readers(now: OffsetDateTime, card: SimCard) -> (SimReaders, Arc<VirtualClock>) {
    let clock = Arc::new(VirtualClock::new(now));
    let readers = SimReaders::new(Pace::Virtual(Arc::clone(&clock)), None);
    readers.plug(READER);
    readers.lay(READER, card).unwrap();
    (readers, clock)
}

/// Reads the card of a script, and keeps a record of it.
fn record(script: &Script<'_>, keeping: Keeping) -> Recorded {
    let issued = OffsetDateTime::now_utc();
    let now = desk_time(script, issued);
    let (readers, clock) = readers(now, script.card(issued));
    if let Some((at, back)) = &script.tear {
        readers.tear(READER, *at, back.clone()).unwrap();
    }
    let (recording, judgement) = recorded(script, Arc::new(readers), clock, issued, keeping);
    Recorded {
        recording,
        judgement,
        issued,
        now,
    }
}

fn recorded(
    script: &Script<'_>,
    readers: Arc<dyn CardReaders>,
    clock: Arc<VirtualClock>,
    issued: OffsetDateTime,
    keeping: Keeping,
) -> (Recording, Judgement) {
    let recorder = Recorder::new(keeping, "tests", Arc::new(SystemClock::default()));
    recorder.note_key("qr", &script.key);
    let mut system = SystemRandom;
    let mut hear = |drawn: &[u8]| recorder.note_random(drawn);
    let line = Line {
        readers: Arc::new(RecordingReaders::new(readers, recorder.clone())),
        clock,
        issued,
        random: &mut Overheard::new(&mut system, &mut hear),
    };
    let judgement = Bench.read_on(script, line).1;
    (recorder.recorded(), judgement)
}

/// Plays a recording of everything to the desk's reader.
fn play(script: &Script<'_>, recorded: &Recorded) -> (Player, Judgement) {
    let player = Player::new(&recorded.recording).expect("everything was kept");
    let secrets = recorded.recording.secrets.as_ref().unwrap();
    let draws = secrets
        .random
        .iter()
        .map(|draw| Zeroizing::new(hex::decode(draw).unwrap()));
    let mut drawn = DrawnBefore::new(draws);
    let line = Line {
        readers: Arc::new(player.clone()),
        clock: Arc::new(VirtualClock::new(recorded.now)),
        issued: recorded.issued,
        random: &mut drawn,
    };
    let judgement = Bench.read_on(script, line).1;
    (player, judgement)
}

/// The script of a row, as the catalogue's own test sets it up.
fn script_of<'a>(persona: &'a Persona, defect: &'a Defect) -> Script<'a> {
    let mut script = Script::of(persona).with(defect);
    match defect.id {
        "good-sha1-legacy" => script.legacy = true,
        "ta-required-missing" => script.fingerprints = Fingerprints::Wanted(None),
        _ => {}
    }
    script
}

/// Rows that end by time: what is played takes none.
const BY_TIME: &[&str] = &["link-slow-drip"];

#[test]
fn every_row_is_played_again_byte_for_byte_to_the_same_verdict() {
    let persona = &cccd_sim::personas().unwrap()[0];
    let mut wrong = Vec::new();
    let mut played = 0;
    for defect in cccd_sim::defects() {
        if defect.given.before.is_some() || BY_TIME.contains(&defect.id) {
            continue;
        }
        let script = script_of(persona, defect);
        let before = record(&script, Keeping::Everything);
        let file = before.recording.to_json().unwrap();
        assert_eq!(Recording::parse(&file).unwrap(), before.recording);
        let (player, again) = play(&script, &before);
        let due = outcome(&before.judgement.verdict);
        let met = outcome(&again.verdict);
        let departed = player.departure();
        if met != due || departed.is_some() || player.left_over() > 0 {
            wrong.push(format!(
                "{}: {due:?}, played {met:?}, {departed:?}",
                defect.id
            ));
        }
        played += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} of {played}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(played > 280, "{played}");
}

#[test]
fn a_reader_that_does_otherwise_is_told_where() {
    let persona = &cccd_sim::personas().unwrap()[0];
    let script = Script::of(persona);
    let mut before = record(&script, Keeping::Everything);
    // Other keys than were drawn then; not all draws become one.
    for draw in &mut before.recording.secrets.as_mut().unwrap().random {
        let flipped = if draw.ends_with('0') { "1" } else { "0" };
        draw.pop();
        draw.push_str(flipped);
    }
    let (player, _) = play(&script, &before);
    let departure = player.departure().unwrap();
    assert_eq!(departure.link, 1);
    assert!(departure.recorded.unwrap().contains("GENERAL AUTHENTICATE"));
}

/// What anybody could search for in a recording that an office sends.
#[test]
fn a_recording_names_nobody_and_opens_nothing() {
    let all = cccd_sim::personas().unwrap();
    for persona in &all {
        for id in [
            "good-bac-only",
            "good-full-size",
            "clone-no-aa-key",
            "sm-plain-response",
        ] {
            let Some(defect) = cccd_sim::defect(id) else {
                continue;
            };
            let script = Script::of(persona).with(defect);
            let full = record(&script, Keeping::Everything);
            let shapes = record(&script, Keeping::Shapes);
            for recording in [full.recording.redacted(), shapes.recording] {
                let json = recording.to_json().unwrap();
                let text = String::from_utf8(json.to_vec()).unwrap().to_lowercase();
                let printed = format!("{recording:?} {}", lines_of(&recording)).to_lowercase();
                for secret in [
                    persona.personal_number.as_str(),
                    persona.full_name.as_str(),
                    persona.document_number(),
                    &persona.mrz(),
                ] {
                    for text in [&text, &printed] {
                        if secret.is_empty() {
                            continue;
                        }
                        assert!(
                            !text.contains(&secret.to_lowercase()),
                            "{} {id}",
                            persona.name
                        );
                        assert!(
                            !text.contains(&hex::encode(secret)),
                            "{} {id}",
                            persona.name
                        );
                    }
                }
                // No value is longer than what selects an application or is public of every card.
                let data = text.split('"').filter(|part| part.len() > 64);
                for part in data.filter(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit())) {
                    assert!(part.starts_with("31"), "{id}: {part}");
                }
            }
            // And the whole one does hold it, so that the search above finds what is there.
            let json = full.recording.to_json().unwrap();
            let json = String::from_utf8(json.to_vec()).unwrap();
            assert!(json.contains(&persona.personal_number) || !persona.is_citizen());
        }
    }
}

/// Rows that a recording of shapes cannot show: their trouble is in what a chip says, in the time that
/// it takes, or in how it hands long responses out, which is each card's own.
const NOT_IN_SHAPES: &[&str] = &[
    "link-slow-drip",
    "link-transcript-replay",
    "link-swap-after-tear",
    "link-swap-mid-session",
    "link-61-loop",
    "link-61-zero-data",
    "link-6c-loop",
];

#[test]
fn what_a_card_did_is_done_again_by_another_persons() {
    let all = cccd_sim::personas().unwrap();
    let (persona, other) = (&all[0], &all[1]);
    let mut wrong = Vec::new();
    let mut imitated = 0;
    let rows = cccd_sim::defects().iter().filter(|row| row.section == 'A');
    for defect in rows.filter(|row| !NOT_IN_SHAPES.contains(&row.id)) {
        let script = script_of(persona, defect);
        let before = record(&script, Keeping::Shapes);
        let due = outcome(&before.judgement.verdict);
        let (again, _) = imitate(&before.recording, other);
        if again != due {
            let left_out = Imitation::of(&before.recording).left_out;
            wrong.push(format!(
                "{}: {due:?}, imitated {again:?}, {left_out:?}",
                defect.id
            ));
        }
        imitated += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} of {imitated}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

type Outcome = (String, Option<String>);

fn imitate(recording: &Recording, persona: &Persona) -> (Outcome, Recording) {
    let issued = OffsetDateTime::now_utc();
    let script = Script::of(persona);
    let card = script
        .card(issued)
        .with_habits(Imitation::of(recording).habits);
    let (readers, clock) = readers(issued, card);
    let (again, judgement) = recorded(&script, Arc::new(readers), clock, issued, Keeping::Shapes);
    (outcome(&judgement.verdict), again)
}

#[test]
fn a_card_that_was_torn_and_laid_back_is_so_again() {
    let all = cccd_sim::personas().unwrap();
    let mut script = Script::of(&all[0]);
    script.tear = Some((14, LaidBack::Same));
    let before = record(&script, Keeping::Shapes);
    assert_eq!(before.recording.links.len(), 2);
    let (met, again) = imitate(&before.recording, &all[1]);
    assert_eq!(met, ("verified".to_owned(), None));
    assert_eq!(again.links.len(), 2);
}

#[test]
fn two_recordings_are_told_apart_by_what_differs() {
    let persona = &cccd_sim::personas().unwrap()[0];
    let good = record(&Script::of(persona), Keeping::Shapes).recording;
    let again = record(&Script::of(persona), Keeping::Shapes).recording;
    let same = |line: &Difference| matches!(line, Difference::Same(_));
    assert!(
        differences(&good, &again).iter().all(same),
        "times and nonces are no difference"
    );

    let defect = cccd_sim::defect("link-card-removed").unwrap();
    let torn = record(&script_of(persona, defect), Keeping::Shapes).recording;
    let lines = differences(&good, &torn);
    let told: Vec<&String> = lines
        .iter()
        .filter_map(|line| match line {
            Difference::Second(text) => Some(text),
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("READ BINARY 0102"), "{told:?}");
    assert!(told[0].ends_with("the card was taken away"), "{told:?}");
}
