//! Which route a transfer takes tonight: the one it is sealed for, the one that went before it, or one found anew.
//!
//! Leaves out whether a route is open (`preflight`).

use crate::job::Routes;
use crate::preflight::{self, Judgement, Known, Question};
use crate::transfer::{Sealed, State, Transfer};
use crate::verdict::Clearance;

/// What is sealed for a route stays on it as long as the route holds. What has surely not left may then take another,
/// or go to the receiver's new address, in a parcel of its own; what may have left may not.
pub(super) fn judge(
    transfer: &Transfer,
    question: &Question,
    known: &Known,
    routes: &Routes,
    pinned: Option<&Clearance>,
) -> Judgement {
    let as_before = || {
        let again = preflight::reclear(pinned?, question, known, routes);
        matches!(again, Judgement::Cleared(_)).then_some(again)
    };
    let anew = || as_before().unwrap_or_else(|| preflight::judge(question, known, routes));
    let again = |sealed: &Sealed| preflight::reclear(&sealed.clearance, question, known, routes);
    match &transfer.state {
        State::Sealed { sealed } | State::Deferred { sealed, .. } | State::Placed { sealed, .. } => {
            match again(sealed) {
                cleared @ Judgement::Cleared(_) => cleared,
                held @ Judgement::Held { .. } => match anew() {
                    cleared @ Judgement::Cleared(_) => cleared,
                    Judgement::Held { .. } => held,
                },
            }
        }
        State::InDoubt { sealed, .. } => again(sealed),
        State::Planned
        | State::Held { .. }
        | State::NothingToSend { .. }
        | State::Collected { .. }
        | State::Cleared { .. }
        | State::InFlight { .. }
        | State::Sent { .. }
        | State::Delivered { .. }
        | State::Accepted { .. }
        | State::Rejected { .. }
        | State::Abandoned { .. }
        | State::Withdrawn { .. } => anew(),
    }
}
