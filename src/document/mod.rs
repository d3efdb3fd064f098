//! The vocabulary of a document: dates, numbers, names, machine readable zones, printed codes.
//! Pure values without I/O; every step of the pipeline may use them.

mod personal;

pub use personal::Personal;
