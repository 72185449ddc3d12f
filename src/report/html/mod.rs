//! `report.html`: the night to look at, one file without network, readable without script.
//!
//! For whoever has things to do in the morning, for whoever keeps the program running, and for whoever answers for it
//! all: what is to be done first, then where everything went, who waits, who receives, how it goes over time, every
//! transfer, and last how the run itself went. Drawn from the account alone, so that it can be drawn again. Shows no
//! result and no title of a document: those stand in the tables. Computes nothing but where things are drawn.

mod ink;
mod table;
mod frame;
mod verdict;
mod todo;
mod flow;
mod picture;
mod waiting;
mod receivers;
mod bars;
mod trend;
mod transfers;
mod keeping;
#[cfg(test)]
mod tests;

use maud::html;

use self::ink::Ink;
use super::Style;
use crate::reconcile::Reconciliation;

/// The page as bytes.
pub fn page(account: &Reconciliation, style: &Style) -> Vec<u8> {
    let ink = Ink::new(account, style);
    let body = html! {
        (verdict::verdict(&ink))
        (todo::todo(&ink))
        (picture::picture(&ink))
        (waiting::waiting(&ink))
        (receivers::receivers(&ink))
        (trend::trend(&ink))
        (transfers::transfers(&ink))
        (keeping::keeping(&ink))
    };
    frame::frame(&ink, &body).into_string().into_bytes()
}
