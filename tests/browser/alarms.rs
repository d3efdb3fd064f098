//! What is the matter with the desk, as the clerk is told of it before the next card.

use cccd_desk::simulation::desk::Options;

use crate::{Counter, counter};

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_is_cut_off_from_its_fleet_says_so_and_works_on() {
    let mut options = Options::default();
    // Nobody listens there.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("nats://{}", nobody.local_addr().unwrap());
    drop(nobody);
    options.config.fleet.servers = vec![server.parse().unwrap()];
    let Some(Counter { page, .. }) = counter(options).await else {
        return;
    };
    page.shows("body[data-live='yes']").await;
    page.visible("#device-alarm [data-code='fleet-unreachable']")
        .await;
    page.picture("12-fleet-unreachable").await;
    let persona = cccd_sim::persona("adult-man").unwrap();
    page.keys(format!("{}\n", persona.qr())).await;
    page.shows("body[data-state='card-wanted']").await;
    page.close().await;
}
