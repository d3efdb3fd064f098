//! Readers, cards and the service come, go and fail (DEFECTS, section A).

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use cccd_desk::transport::{
    CancelToken, CardSession, ReaderChoice, ReaderHub, TransportError, Waits, display_name,
};
use cccd_pcsc::PcscReaders;
use cccd_port::{Atr, CardChannel, CardReaders, LinkFault, ReaderEvent};
use pcsc::{Context, Protocols, Scope, ShareMode};

use crate::bench::{Bench, LONG, interop};
use crate::card::{ATR, EchoCard, command};

fn hub() -> ReaderHub {
    ReaderHub::start(Arc::new(PcscReaders::new())).unwrap()
}

fn on_slot(slot: u16) -> ReaderChoice {
    ReaderChoice::Named(Bench::reader(slot).0)
}

fn connect(hub: &ReaderHub, slot: u16, waits: Waits) -> Result<CardSession, TransportError> {
    let none = CancelToken::new();
    let arrival = hub.wait_for_card(&on_slot(slot), None, LONG, &none)?;
    hub.connect(&arrival.reader, waits, &none)
}

fn patient() -> Waits {
    Waits {
        connect: LONG,
        apdu: LONG,
    }
}

/// Waits for the event, past others.
fn heard(events: &Receiver<ReaderEvent>, wanted: &ReaderEvent) {
    while events.recv_timeout(LONG).expect("the event never came") != *wanted {}
}

fn echoes(session: &mut CardSession, bytes: &[u8]) {
    let mut expected = bytes.to_vec();
    expected.extend([0x90, 0x00]);
    assert_eq!(session.transmit(bytes).unwrap(), expected);
}

interop! {
    fn a_card_is_laid_read_and_lifted(bench) {
        bench.start_service();
        let hub = hub();
        let events = hub.subscribe();
        heard(&events, &ReaderEvent::ReaderArrived(Bench::reader(0)));
        let card = EchoCard::lay(bench.slot(0));
        heard(&events, &ReaderEvent::CardArrived {
            reader: Bench::reader(0),
            atr: Atr(ATR.to_vec()),
        });
        for _ in 0..2 {
            let mut session = connect(&hub, 0, patient()).unwrap();
            assert_eq!(session.atr(), ATR);
            echoes(&mut session, &[0x00, 0xA4, 0x04, 0x0C]);
            let long: Vec<u8> = (0..=u8::MAX).cycle().take(4 + 3 + 65_000 + 2).collect();
            echoes(&mut session, &long);
        }
        drop(card);
        heard(&events, &ReaderEvent::CardLeft { reader: Bench::reader(0) });
    }
}

interop! {
    fn readers_have_names_that_people_know(bench) {
        bench.start_service();
        let _card = EchoCard::lay(bench.slot(1));
        bench.until("the card is seen", || {
            PcscReaders::new().list().unwrap().iter().any(|reader| reader.card.is_some())
        });
        let readers: Vec<_> = PcscReaders::new()
            .list()
            .unwrap()
            .into_iter()
            .filter(|reader| reader.name.0.starts_with("Virtual PCD"))
            .collect();
        let names: Vec<_> = readers.iter().map(|reader| reader.name.clone()).collect();
        assert_eq!(display_name(&names[0], &names), "Virtual PCD 1.1");
        assert_eq!(readers[0].card, None);
        assert_eq!(readers[1].card, Some(Atr(ATR.to_vec())));
    }
}

interop! {
    fn a_service_that_restarts_is_noticed_and_read_through_again(bench) {
        bench.start_service();
        let hub = hub();
        let events = hub.subscribe();
        let card = EchoCard::lay(bench.slot(0));
        let mut session = connect(&hub, 0, patient()).unwrap();
        echoes(&mut session, &[1, 2, 3, 4]);

        bench.stop_service();
        assert_eq!(session.transmit(&[1, 2, 3, 4]), Err(LinkFault::ServiceLost));
        drop(session);
        drop(card);
        heard(&events, &ReaderEvent::ServiceLost);
        assert!(!hub.service_answers());
        assert!(hub.readers().is_empty());
        assert_eq!(PcscReaders::new().list(), Err(LinkFault::ServiceLost));
        assert_eq!(
            hub.wait_for_card(&on_slot(0), None, Duration::ZERO, &CancelToken::new()),
            Err(TransportError::Link(LinkFault::ServiceLost))
        );

        bench.start_service();
        heard(&events, &ReaderEvent::ServiceBack);
        heard(&events, &ReaderEvent::ReaderArrived(Bench::reader(0)));
        let _card = EchoCard::lay(bench.slot(0));
        let mut session = connect(&hub, 0, patient()).unwrap();
        echoes(&mut session, &[5, 6, 7, 8]);
    }
}

interop! {
    fn a_service_that_starts_after_the_desk_is_found(bench) {
        let hub = hub();
        assert!(hub.first_look(LONG));
        assert!(!hub.service_answers());
        bench.start_service();
        let _card = EchoCard::lay(bench.slot(0));
        let mut session = connect(&hub, 0, patient()).unwrap();
        echoes(&mut session, &[1, 2, 3, 4]);
    }
}

interop! {
    /// `link-card-removed`: the driver reports success with nothing in it.
    fn a_card_torn_away_in_an_exchange_is_gone(bench) {
        bench.start_service();
        let hub = hub();
        let first = EchoCard::lay(bench.slot(0));
        let none = CancelToken::new();
        let arrival = hub.wait_for_card(&on_slot(0), None, LONG, &none).unwrap();
        let mut session = hub.connect(&arrival.reader, patient(), &none).unwrap();
        assert_eq!(session.transmit(&[command::TORN, 0, 0, 0]), Err(LinkFault::CardRemoved));
        drop(session);
        drop(first);

        let _second = EchoCard::lay(bench.slot(0));
        let back = hub.wait_for_card(&on_slot(0), Some(arrival.number), LONG, &none).unwrap();
        let mut session = hub.connect(&back.reader, patient(), &none).unwrap();
        echoes(&mut session, &[1, 2, 3, 4]);
    }
}

interop! {
    /// `link-response-empty`: the card is still there.
    fn an_answer_without_a_status_word_is_malformed(bench) {
        bench.start_service();
        let hub = hub();
        let _card = EchoCard::lay(bench.slot(0));
        let mut session = connect(&hub, 0, patient()).unwrap();
        assert_eq!(
            session.transmit(&[command::ONE_BYTE, 0, 0, 0]),
            Err(LinkFault::ResponseMalformed { length: 1 })
        );
    }
}

interop! {
    /// `link-wtx-flood`: the transmit does not return.
    fn a_mute_card_holds_its_own_reader_alone(bench) {
        bench.start_service();
        let hub = hub();
        let mute = EchoCard::lay(bench.slot(0));
        let _other = EchoCard::lay(bench.slot(1));
        let hasty = Waits { connect: LONG, apdu: Duration::from_millis(200) };
        let mut session = connect(&hub, 0, hasty).unwrap();
        assert_eq!(session.transmit(&[command::MUTE, 0, 0, 0]), Err(LinkFault::Timeout));
        drop(session);
        assert_eq!(connect(&hub, 0, patient()).err(), Some(TransportError::ReaderStuck));
        assert!(hub.readers().iter().any(|reader| reader.name == Bench::reader(0) && reader.stuck));
        let mut elsewhere = connect(&hub, 1, patient()).unwrap();
        echoes(&mut elsewhere, &[1, 2, 3, 4]);

        mute.let_go();
        bench.until("the reader is free again", || hub.readers().iter().all(|reader| !reader.stuck));
        let mut session = connect(&hub, 0, patient()).unwrap();
        echoes(&mut session, &[5, 6, 7, 8]);
    }
}

interop! {
    /// `link-reader-busy`: by an exclusive connection, and by a transaction that does not end.
    fn a_card_that_another_program_holds_is_busy(bench) {
        bench.start_service();
        let hub = hub();
        let _card = EchoCard::lay(bench.slot(0));
        let arrival = hub.wait_for_card(&on_slot(0), None, LONG, &CancelToken::new()).unwrap();
        let name = std::ffi::CString::new(arrival.reader.0.as_str()).unwrap();
        let protocols = Protocols::T0 | Protocols::T1;

        let context = Context::establish(Scope::User).unwrap();
        let exclusive = context.connect(&name, ShareMode::Exclusive, protocols).unwrap();
        let busy = Some(TransportError::Link(LinkFault::ReaderBusy));
        assert_eq!(connect(&hub, 0, patient()).err(), busy);
        drop(exclusive);

        let mut shared = context.connect(&name, ShareMode::Shared, protocols).unwrap();
        let transaction = shared.transaction().unwrap();
        let hasty = Waits { connect: Duration::from_millis(200), apdu: LONG };
        assert_eq!(connect(&hub, 0, hasty).err(), busy);
        drop(transaction);
        drop(shared);
        bench.until("the reader is free again", || hub.readers().iter().all(|reader| !reader.stuck));
        let mut session = connect(&hub, 0, patient()).unwrap();
        echoes(&mut session, &[1, 2, 3, 4]);
    }
}

interop! {
    fn a_reader_that_is_not_there_is_named_so(bench) {
        bench.start_service();
        let hub = hub();
        assert!(hub.first_look(LONG));
        let none = CancelToken::new();
        let absent = ReaderChoice::Named("No Such Reader".to_owned());
        let no_reader = TransportError::Link(LinkFault::NoReader);
        assert_eq!(hub.wait_for_card(&absent, None, Duration::ZERO, &none), Err(no_reader));
        let name = cccd_port::ReaderName("No Such Reader".to_owned());
        assert_eq!(hub.connect(&name, patient(), &none).err(), Some(no_reader));
        let no_card = TransportError::Link(LinkFault::NoCard);
        assert_eq!(hub.wait_for_card(&on_slot(0), None, Duration::ZERO, &none), Err(no_card));
        assert_eq!(hub.connect(&Bench::reader(0), patient(), &none).err(), Some(no_card));
    }
}
