//! What `bench` counts, asserted: a reading takes hardly longer than physics allows.

use cccd_desk::simulation::bench::{self, Profile};

#[test]
fn every_reading_is_within_a_twentieth_of_the_floor() {
    let persona = cccd_sim::personas().unwrap().swap_remove(0);
    for profile in Profile::matrix() {
        let rows = bench::own_rows(&persona, profile).unwrap();
        assert_eq!(rows.len(), 12, "four bit rates with three chips");
        for row in rows {
            let modelled = row.modelled_ms.unwrap();
            let name = format!(
                "{} {} {} {} {}",
                row.access, row.chip_authentication, row.length, row.bit_rate, row.chip
            );
            assert!(modelled >= row.floor_ms, "{name}: {modelled} is impossible");
            assert!(
                modelled <= 1.05 * row.floor_ms,
                "{name}: {modelled} over {}",
                row.floor_ms
            );
            let phases: usize = row.phases.iter().map(|phase| phase.apdus).sum();
            assert_eq!(phases, row.apdus, "{name}");
        }
    }
}

#[cfg(feature = "peers")]
#[test]
fn another_reader_at_the_same_card_takes_more() {
    let persona = cccd_sim::personas().unwrap().swap_remove(0);
    let peers = bench::peer_rows(&persona).unwrap();
    let ours = bench::own_rows(&persona, Profile::citizen(false)).unwrap();
    for (peer, own) in peers.iter().zip(&ours) {
        assert_eq!((peer.bit_rate, peer.chip), (own.bit_rate, own.chip));
        // It leaves chip authentication and the second reading of DG1 out: six exchanges.
        assert!(peer.apdus > own.apdus, "{} and {}", peer.apdus, own.apdus);
        assert!(peer.bytes_in > own.bytes_in);
    }
}
