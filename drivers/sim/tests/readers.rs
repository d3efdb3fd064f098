//! Simulated readers: what comes and goes, and what a link may do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::{Arc, mpsc};
use std::time::Duration;

use cccd_port::{CardReaders, Clock, LinkFault, ReaderEvent, ReaderName, ReaderWatcher};
use cccd_sim::{
    BitRate, ChipSpeed, LaidBack, Pace, ReaderModel, SeededRandom, SharedCard, SimCard, SimReaders,
    TimeModel, VirtualClock, defect, persona,
};
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-23 09:00 UTC);
const READER: &str = "Simulated 00";
const SELECT: [u8; 12] = [
    0x00, 0xA4, 0x04, 0x0C, 7, 0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01,
];

/// READ BINARY of DG2.
const READ: [u8; 5] = [0x00, 0xB0, 0x82, 0x00, 0x00];

fn card(defects: &[&str]) -> SimCard {
    let defects: Vec<_> = defects.iter().map(|id| defect(id).unwrap()).collect();
    let random = Box::new(SeededRandom::new("readers"));
    SimCard::new(&persona("adult-man").unwrap(), &defects, random, NOW).unwrap()
}

fn name() -> ReaderName {
    ReaderName(READER.to_owned())
}

fn readers() -> (SimReaders, Arc<VirtualClock>) {
    let clock = Arc::new(VirtualClock::new(NOW));
    let readers = SimReaders::new(Pace::Virtual(clock.clone()), None);
    readers.plug(READER);
    (readers, clock)
}

/// What is there now, or what has come since the last call.
fn next(watcher: &mut dyn ReaderWatcher) -> Vec<ReaderEvent> {
    watcher.wait(Duration::from_secs(10))
}

#[test]
fn a_watcher_is_told_what_is_there_and_what_comes_and_goes() {
    let (readers, _) = readers();
    let card = card(&[]);
    let atr = cccd_port::Atr(card.atr().to_vec());
    readers.lay(READER, card).unwrap();
    let arrived = ReaderEvent::CardArrived {
        reader: name(),
        atr,
    };
    let here = vec![ReaderEvent::ReaderArrived(name()), arrived.clone()];
    let mut watcher = readers.watch();
    assert_eq!(next(&mut *watcher), here);

    let lifted = readers.lift(READER).unwrap();
    assert_eq!(
        next(&mut *watcher),
        [ReaderEvent::CardLeft { reader: name() }]
    );
    readers.lay(READER, lifted).unwrap();
    assert_eq!(next(&mut *watcher), [arrived]);

    readers.stop_service();
    assert_eq!(next(&mut *watcher), [ReaderEvent::ServiceLost]);
    assert_eq!(readers.list(), Err(LinkFault::ServiceLost));
    assert_eq!(next(&mut *readers.watch()), [ReaderEvent::ServiceLost]);
    readers.start_service();
    assert_eq!(
        next(&mut *watcher),
        [vec![ReaderEvent::ServiceBack], here].concat()
    );

    readers.unplug(READER);
    assert_eq!(next(&mut *watcher), [ReaderEvent::ReaderLeft(name())]);
    assert_eq!(readers.list(), Ok(Vec::new()));
    assert_eq!(watcher.wait(Duration::ZERO), []);
}

#[test]
fn connecting_says_why_it_cannot() {
    let (readers, _) = readers();
    let connect = |name: &ReaderName| readers.with_card(name, &mut |_| {});
    assert_eq!(
        connect(&ReaderName("another".into())),
        Err(LinkFault::NoReader)
    );
    assert_eq!(connect(&name()), Err(LinkFault::NoCard));
    for (id, fault) in [
        ("link-reader-busy", LinkFault::ReaderBusy),
        ("link-two-cards", LinkFault::MultipleCards),
    ] {
        readers.lay(READER, card(&[id])).unwrap();
        assert_eq!(connect(&name()), Err(fault));
    }
    readers.lay(READER, card(&[])).unwrap();
    let mut inner = Ok(());
    readers
        .with_card(&name(), &mut |_| inner = connect(&name()))
        .unwrap();
    assert_eq!(inner, Err(LinkFault::ReaderBusy));
    assert_eq!(connect(&name()), Ok(()));
    readers.stop_service();
    assert_eq!(connect(&name()), Err(LinkFault::ServiceLost));
    assert_eq!(readers.lay("another", card(&[])), Err(LinkFault::NoReader));
}

/// A card without access control, with that mishap.
fn plain(id: &str) -> SimCard {
    card(&["access-plain-chip", id])
}

/// The fault at which reading DG2 again and again ends, and after how many commands.
fn until_fault(readers: &SimReaders) -> (usize, LinkFault) {
    let mut end = None;
    readers
        .with_card(&name(), &mut |channel| {
            channel.transmit(&SELECT).unwrap();
            end = (2..=100).find_map(|count| channel.transmit(&READ).err().map(|e| (count, e)));
        })
        .unwrap();
    end.unwrap()
}

#[test]
fn each_mishap_comes_at_its_command_and_leaves_its_mark() {
    for (id, at, fault) in [
        ("link-card-removed", 4, LinkFault::CardRemoved),
        ("link-card-reset", 4, LinkFault::CardReset),
        ("link-reader-unplugged", 40, LinkFault::ReaderLost),
        ("link-service-restart", 4, LinkFault::ServiceLost),
        (
            "link-response-empty",
            4,
            LinkFault::ResponseMalformed { length: 0 },
        ),
        (
            "link-response-oversize",
            4,
            LinkFault::ResponseMalformed { length: 70_002 },
        ),
    ] {
        let (readers, _) = readers();
        readers.lay(READER, plain(id)).unwrap();
        assert_eq!(until_fault(&readers), (at, fault), "{id}");
        match fault {
            LinkFault::ServiceLost => {
                assert_eq!(readers.list(), Err(fault));
                readers.start_service();
                assert_eq!(readers.list().unwrap().len(), 1);
            }
            LinkFault::ReaderLost => assert_eq!(readers.list(), Ok(Vec::new())),
            LinkFault::CardRemoved => {
                assert!(
                    readers
                        .list()
                        .unwrap()
                        .iter()
                        .all(|reader| reader.card.is_none())
                );
            }
            _ => assert!(
                readers
                    .list()
                    .unwrap()
                    .iter()
                    .all(|reader| reader.card.is_some())
            ),
        }
    }
}

#[test]
fn nothing_goes_on_a_channel_whose_card_was_lifted_even_if_it_is_back() {
    let (readers, _) = readers();
    readers.lay(READER, card(&[])).unwrap();
    readers
        .with_card(&name(), &mut |channel| {
            assert_eq!(channel.transmit(&SELECT), Ok(vec![0x90, 0x00]));
            let lifted = readers.lift(READER).unwrap();
            readers.lay(READER, lifted).unwrap();
            assert_eq!(channel.transmit(&SELECT), Err(LinkFault::CardRemoved));
        })
        .unwrap();
    assert_eq!(readers.with_card(&name(), &mut |_| {}), Ok(()));
}

#[test]
fn a_mute_card_takes_longer_than_any_limit_by_a_virtual_clock() {
    let (readers, clock) = readers();
    readers.lay(READER, plain("link-wtx-flood")).unwrap();
    assert_eq!(until_fault(&readers), (4, LinkFault::Timeout));
    assert!(clock.elapsed() > Duration::from_mins(30));
}

#[test]
fn a_mute_card_holds_the_transmit_until_it_is_lifted() {
    let readers = SimReaders::new(Pace::RealTime, None);
    readers.plug(READER);
    readers.lay(READER, plain("link-wtx-flood")).unwrap();
    let (sender, receiver) = mpsc::channel();
    let other = readers.clone();
    let reading = std::thread::spawn(move || {
        let mut end = None;
        other
            .with_card(&name(), &mut |channel| {
                channel.transmit(&SELECT).unwrap();
                for _ in 1..3 {
                    channel.transmit(&READ).unwrap();
                }
                sender.send(()).unwrap();
                end = Some(channel.transmit(&READ));
            })
            .unwrap();
        end
    });
    receiver.recv().unwrap();
    readers.lift(READER).unwrap();
    assert_eq!(reading.join().unwrap(), Some(Err(LinkFault::CardRemoved)));
}

#[test]
fn modelled_time_moves_the_clock_and_nothing_waits() {
    let clock = Arc::new(VirtualClock::new(NOW));
    let model = TimeModel::new(BitRate::R106, ChipSpeed::Slow);
    let readers = SimReaders::new(Pace::Virtual(clock.clone()), Some(model));
    readers.plug(READER);
    readers.lay(READER, card(&["link-slow-drip"])).unwrap();
    readers
        .with_card(&name(), &mut |channel| {
            assert_eq!(clock.elapsed(), model.power_up());
            channel.transmit(&SELECT).unwrap();
            let expected = model.exchange(SELECT.len(), 2, cccd_sim::Work::None)
                + model.power_up()
                + Duration::from_millis(4900);
            assert_eq!(clock.elapsed(), expected);
        })
        .unwrap();
}

#[test]
fn another_card_comes_back_that_the_same_key_opens() {
    let (readers, _) = readers();
    let mut watcher = readers.watch();
    readers.lay(READER, plain("link-swap-after-tear")).unwrap();
    next(&mut *watcher);
    assert_eq!(until_fault(&readers), (4, LinkFault::CardRemoved));
    let laid = next(&mut *watcher);
    assert!(matches!(
        laid[..],
        [
            ReaderEvent::CardLeft { .. },
            ReaderEvent::CardArrived { .. }
        ]
    ));
    readers
        .with_card(&name(), &mut |channel| {
            for _ in 0..100 {
                assert_eq!(channel.transmit(&SELECT), Ok(vec![0x90, 0x00]));
            }
        })
        .unwrap();
}

/// Transmits of SELECT that succeed until one does not, and then what the reader says.
fn selects(readers: &SimReaders) -> (usize, Option<LinkFault>) {
    let mut found = (0, None);
    readers
        .with_card(&name(), &mut |channel| {
            while found.0 < 10 && found.1.is_none() {
                match channel.transmit(&SELECT) {
                    Ok(_) => found.0 += 1,
                    Err(fault) => found.1 = Some(fault),
                }
            }
        })
        .unwrap();
    found
}

#[test]
fn a_card_is_torn_at_any_transmit_and_lies_there_again() {
    for at in 1..=10 {
        let (readers, _) = readers();
        readers.lay(READER, card(&[])).unwrap();
        let mut watcher = readers.watch();
        next(&mut *watcher);
        readers.tear(READER, at, LaidBack::Same).unwrap();
        assert_eq!(selects(&readers), (at - 1, Some(LinkFault::CardRemoved)));
        assert!(matches!(
            next(&mut *watcher)[..],
            [
                ReaderEvent::CardLeft { .. },
                ReaderEvent::CardArrived { .. }
            ]
        ));
        assert_eq!(selects(&readers), (10, None));
        assert_eq!(readers.transmits(READER), at + 10);
    }
}

#[test]
fn a_torn_card_stays_away_or_another_is_laid() {
    let (readers, _) = readers();
    readers.lay(READER, card(&[])).unwrap();
    let other = SharedCard::from(card(&["link-not-emrtd"]));
    readers.tear(READER, 3, LaidBack::Other(other)).unwrap();
    readers.tear(READER, 5, LaidBack::Nothing).unwrap();
    assert_eq!(selects(&readers), (2, Some(LinkFault::CardRemoved)));
    readers
        .with_card(&name(), &mut |channel| {
            assert_eq!(channel.transmit(&SELECT), Ok(vec![0x6A, 0x82]));
            assert_eq!(channel.transmit(&SELECT), Err(LinkFault::CardRemoved));
        })
        .unwrap();
    assert_eq!(
        readers.with_card(&name(), &mut |_| {}),
        Err(LinkFault::NoCard)
    );
    assert_eq!(
        readers.tear("another", 1, LaidBack::Same),
        Err(LinkFault::NoReader)
    );
}

#[test]
fn a_card_that_is_laid_back_by_its_own_mishap_is_the_same() {
    let (readers, _) = readers();
    readers.lay(READER, plain("good-laid-back")).unwrap();
    assert_eq!(until_fault(&readers), (4, LinkFault::CardRemoved));
    readers
        .with_card(&name(), &mut |channel| {
            channel.transmit(&SELECT).unwrap();
            for _ in 0..10 {
                assert_eq!(channel.transmit(&READ).unwrap().len(), 258);
            }
        })
        .unwrap();
}

#[test]
fn a_reader_of_short_commands_alone_refuses_longer_ones_and_goes_on() {
    let (readers, _) = readers();
    readers.plug_model("Short 00", ReaderModel::SHORT);
    readers.lay("Short 00", plain("good-bac-only")).unwrap();
    let refused = Err(LinkFault::Driver { code: 0x8010_0016 });
    readers
        .with_card(&ReaderName("Short 00".into()), &mut |channel| {
            channel.transmit(&SELECT).unwrap();
            // Extended length fields, and 264 bytes
            assert_eq!(channel.transmit(&[0, 0xB0, 0x82, 0, 0, 1, 0]), refused);
            assert_eq!(channel.transmit(&[0; 264]), refused);
            assert_eq!(channel.transmit(&READ).unwrap().len(), 258);
        })
        .unwrap();
}
