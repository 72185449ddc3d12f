//! Folkeregisteret: event documents (Hendelsesdokument v1.4, XML) and the event feed (JSON).
//!
//! What a document or an entry states, as values. Lenient about prefixes, unknown elements and the containers that
//! documents come in; strict about what is read. Leaves out what follows from an event (`intake::events`).

pub mod document;
pub mod feed;
