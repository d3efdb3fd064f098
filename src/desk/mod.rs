//! The desk: sessions that drive the pipeline, the API and the page.

pub mod reading;
