//! Real card readers, through the PC/SC service (PC/SC workgroup specification, part 5).
//!
//! # Layout
//! - [`readers`]: the readers of the service, and one transaction with one card
//! - [`watcher`]: what comes and goes, across restarts of the service
//! - [`fault`]: what each error of the service means to a reading
//!
//! Watching and commanding never share a context: a blocking call on one context would hold up
//! every other call on it. Each transaction has a context of its own, so that no session inherits
//! the dead handle of a service that was restarted.

mod channel;
pub mod fault;
pub mod readers;
pub mod watcher;

pub use readers::PcscReaders;
