//! The log of a program that goes on: lines on stderr, none of them with personal data.

use tracing_subscriber::EnvFilter;

/// Begins to log; `RUST_LOG` says how much, else it is what an operator needs.
pub fn start() {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,cccd_desk=info"));
    // A second start keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .try_init();
}
