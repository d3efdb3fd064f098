//! Listens, serves, and stops in good order.

use core::future::Future;
use core::time::Duration;
use std::io;
use std::net::TcpListener;

use axum::Router;
use axum_server::Handle;

use super::Desk;

/// How long a connection may take to send its first request, or the head of any later one.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long open connections may go on after the stop.
const GRACE: Duration = Duration::from_secs(3);

/// Why the desk is not served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Beyond the loopback personal data would travel unprotected.
    #[error("the desk listens on the loopback alone until TLS is configured")]
    NotLoopback,
    /// The listener failed.
    #[error("cannot listen: {0}")]
    Listener(#[from] std::io::Error),
}

/// Serves until `stop` is done; then ends every session, lets readings come back, ends the streams
/// and closes the connections.
///
/// # Errors
/// [`ServeError`]: what the listener failed with, or that it is one beyond the loopback.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    desk: Desk,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let stopped = async move {
        stop.await;
        desk.stop().await;
    };
    serve_until(listener, router, stopped).await
}

/// Serves until `stop` is done, and closes the connections.
///
/// # Errors
/// As for [`serve`].
pub async fn serve_until(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    if !listener.local_addr()?.ip().is_loopback() {
        return Err(ServeError::NotLoopback);
    }
    let handle = Handle::new();
    let stopper = handle.clone();
    tokio::spawn(async move {
        stop.await;
        stopper.graceful_shutdown(Some(GRACE));
    });
    let mut server = axum_server::from_tcp(listener)?
        .http1_only()
        .first_request_timeout(HEAD_TIME)
        .handle(handle);
    server.http_builder().http1().header_read_timeout(HEAD_TIME);
    Ok(server.serve(router.into_make_service()).await?)
}

/// Done when the program is asked to stop: by Ctrl-C, or by the service manager. It listens from the call
/// on: who tells others where it is calls this first, and nobody can ask too early. To be called within
/// a Tokio runtime.
///
/// # Errors
/// The system's, where it takes no handler.
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
