//! The readers of the service, and one transaction with one card.

use std::ffi::CString;
use std::time::Duration;

use cccd_port::{Atr, CardChannel, CardReaders, LinkFault, ReaderName, ReaderState, ReaderWatcher};
use pcsc::{Context, Disposition, Error, Protocols, Scope, ShareMode, State};

use crate::channel::PcscChannel;
use crate::fault::{Moment, fault};
use crate::watcher::PcscWatcher;

/// All readers that the PC/SC service of this machine knows.
#[derive(Clone, Copy, Debug, Default)]
pub struct PcscReaders;

impl PcscReaders {
    /// The readers of this machine. Nothing is asked yet: a service that does not run is found
    /// when it is needed, and looked for again each time.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl CardReaders for PcscReaders {
    fn list(&self) -> Result<Vec<ReaderState>, LinkFault> {
        let context = establish()?;
        let names = reader_names(&context).map_err(|error| fault(error, Moment::Connecting))?;
        let mut states: Vec<_> = names
            .into_iter()
            .map(|name| pcsc::ReaderState::new(name, State::UNAWARE))
            .collect();
        if states.is_empty() {
            return Ok(Vec::new());
        }
        match context.get_status_change(Duration::ZERO, &mut states) {
            Ok(()) | Err(Error::Timeout) => {}
            // A reader that went between the two calls: it will be missing the next time.
            Err(Error::UnknownReader | Error::ReaderUnavailable) => {}
            Err(error) => return Err(fault(error, Moment::Connecting)),
        }
        Ok(states
            .iter()
            .filter(|state| {
                !state
                    .event_state()
                    .intersects(State::UNKNOWN | State::UNAVAILABLE)
            })
            .map(|state| ReaderState {
                name: name_of(state),
                card: state
                    .event_state()
                    .contains(State::PRESENT)
                    .then(|| Atr(state.atr().to_vec())),
            })
            .collect())
    }

    fn watch(&self) -> Box<dyn ReaderWatcher> {
        Box::new(PcscWatcher::new())
    }

    fn with_card(
        &self,
        reader: &ReaderName,
        exchange: &mut dyn FnMut(&mut dyn CardChannel),
    ) -> Result<(), LinkFault> {
        let connecting = |error| fault(error, Moment::Connecting);
        let context = establish()?;
        let name = CString::new(reader.0.as_str()).map_err(|_| LinkFault::NoReader)?;
        let mut card = context
            .connect(&name, ShareMode::Shared, Protocols::T0 | Protocols::T1)
            .map_err(connecting)?;
        let atr = card.status2_owned().map_err(connecting)?.atr().to_vec();
        let transaction = card.transaction().map_err(connecting)?;
        exchange(&mut PcscChannel {
            context: &context,
            reader: name,
            transaction: &transaction,
            atr,
        });
        // The card is reset while it is still ours: whoever comes next meets a chip without the
        // state, and without the open access, of this session. A card that is gone, or a service
        // that stopped, makes this fail, and then there is nothing left to reset.
        if let Err((transaction, _)) = transaction.end(Disposition::ResetCard) {
            drop(transaction);
        }
        let _ = card.disconnect(Disposition::LeaveCard);
        Ok(())
    }
}

/// A new context.
fn establish() -> Result<Context, LinkFault> {
    Context::establish(Scope::User).map_err(|error| fault(error, Moment::Connecting))
}

/// The readers' names; none at all is an empty list.
pub(crate) fn reader_names(context: &Context) -> Result<Vec<CString>, Error> {
    match context.list_readers_owned() {
        Err(Error::NoReadersAvailable) => Ok(Vec::new()),
        names => names,
    }
}

/// The name in a state. Drivers write them in ASCII; what is not UTF-8 is shown with a mark.
pub(crate) fn name_of(state: &pcsc::ReaderState) -> ReaderName {
    ReaderName(state.name().to_string_lossy().into_owned())
}
