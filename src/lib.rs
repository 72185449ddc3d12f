//! journalflytt

pub mod lang;
pub mod person;
pub mod place;
pub mod id;
pub mod reason;

pub mod moves;
pub mod patient;
pub mod inventory;
pub mod verdict;
pub mod transfer;

pub mod clock;
pub mod durable;
pub mod tabular;
pub mod xml;

pub mod tables;
pub mod message;

pub mod job;

pub mod ledger;

pub mod intake;

pub mod identity;

pub mod timeline;

pub mod collect;

pub mod preflight;

pub mod package;

pub mod dispatch;

pub mod receipts;

pub mod reconcile;

pub mod report;

pub mod run;
pub mod hands;

pub mod cli;
