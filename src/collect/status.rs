//! A person's status over all results: the first that fits, in the order of the rule book (rules § 5).
//!
//! Only the status. What follows from it, for the form and the basis of a transfer, is in `tb`.

use crate::inventory::{Reading, ResultStatus, Standing, TbItem, TbStatus};
use crate::patient::Screening;

/// Whether an item counts as a result that is known: neither replaced nor taken back.
pub fn is_live(item: &TbItem) -> bool {
    match item.standing {
        Standing::Current | Standing::ToJudge | Standing::Objected => true,
        Standing::Superseded(_) | Standing::Duplicate | Standing::Cancelled | Standing::NotTb => false,
    }
}

/// The person's status.
pub fn status(items: &[TbItem], group_a: Option<bool>, screening: Option<Screening>) -> TbStatus {
    let live: Vec<&TbItem> = items.iter().filter(|item| is_live(item)).collect();
    let any = |test: &dyn Fn(&TbItem) -> bool| live.iter().any(|item| test(item));
    let reads = |reading: Reading| live.iter().any(|item| item.reading == reading);
    if reads(Reading::Positive) {
        TbStatus::FollowUpNeeded
    } else if reads(Reading::Unread)
        || reads(Reading::Inconclusive)
        || any(&|item| item.standing == Standing::ToJudge)
    {
        TbStatus::ToBeJudged
    } else if any(&|item| item.status == ResultStatus::Preliminary && item.reading != Reading::Unanswered) {
        TbStatus::Preliminary
    } else if is_incomplete(&live, screening) {
        TbStatus::Incomplete
    } else if live.is_empty() && screening == Some(Screening::Exempt) {
        TbStatus::Exempt
    } else if live.is_empty() && screening == Some(Screening::NotDone) {
        TbStatus::NotExamined
    } else if group_a.is_none() {
        TbStatus::ToBeJudged
    } else {
        TbStatus::NoPositiveFindings
    }
}

/// Ordered or done with no answer: an item says so, or the register does, or there are only values that nobody
/// interprets and so no answer among them. A register that says nothing, with no result either, answers nothing.
fn is_incomplete(live: &[&TbItem], screening: Option<Screening>) -> bool {
    let unanswered = live.iter().any(|item| item.reading == Reading::Unanswered);
    let only_shown = !live.is_empty() && live.iter().all(|item| item.reading == Reading::Shown);
    let over = matches!(screening, Some(Screening::NotDone | Screening::Exempt));
    unanswered || only_shown || (live.is_empty() && !over)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::fixtures::item;

    #[test]
    fn the_first_that_fits() {
        use Reading::{Inconclusive, Negative, Positive, Shown, Unanswered, Unread};
        use ResultStatus::{Cancelled, Final, Preliminary};
        use TbStatus::{Exempt, FollowUpNeeded, Incomplete, NoPositiveFindings, NotExamined, ToBeJudged};
        let (done, ordered) = (Some(Screening::Done), Some(Screening::Ordered));
        let (not_done, exempt) = (Some(Screening::NotDone), Some(Screening::Exempt));
        let a = Some(true);
        let rows = [
            ("any positive", vec![(Positive, Preliminary), (Unread, Final)], a, done, FollowUpNeeded),
            ("any unread value", vec![(Negative, Preliminary), (Unread, Final)], a, done, ToBeJudged),
            ("any inconclusive value", vec![(Inconclusive, Final)], a, done, ToBeJudged),
            (
                "any preliminary",
                vec![(Negative, Preliminary), (Unanswered, Final)],
                a,
                done,
                TbStatus::Preliminary,
            ),
            (
                "ordered with no answer",
                vec![(Negative, Final), (Unanswered, Preliminary)],
                a,
                done,
                Incomplete,
            ),
            ("done with no answer", vec![(Unanswered, Final)], a, done, Incomplete),
            ("done, and no result", vec![], a, done, Incomplete),
            ("ordered, and no result", vec![], a, ordered, Incomplete),
            ("the register says nothing, and no result", vec![], a, None, Incomplete),
            ("values that nobody interprets are no answer", vec![(Shown, Final)], a, done, Incomplete),
            ("exempt and no result", vec![], a, exempt, Exempt),
            ("exempt, with a result", vec![(Negative, Final)], a, exempt, NoPositiveFindings),
            ("not done and no result", vec![], a, not_done, NotExamined),
            ("not done, with a result", vec![(Negative, Final)], a, not_done, NoPositiveFindings),
            ("not done and no result, group unknown", vec![], None, not_done, NotExamined),
            ("group unknown", vec![(Negative, Final)], None, done, ToBeJudged),
            ("else", vec![(Negative, Final), (Shown, Final)], a, done, NoPositiveFindings),
            ("else, not in group a", vec![(Negative, Final)], Some(false), done, NoPositiveFindings),
            ("a cancelled item says nothing", vec![(Positive, Cancelled)], a, not_done, NotExamined),
        ];
        for (name, given, group_a, screening, expected) in rows {
            let items: Vec<TbItem> = given.into_iter().map(|(reading, how)| item(reading, how)).collect();
            assert_eq!(status(&items, group_a, screening), expected, "{name}");
        }
    }

    #[test]
    fn an_item_to_judge_makes_the_person_to_be_judged() {
        let asked = TbItem { standing: Standing::ToJudge, ..item(Reading::Negative, ResultStatus::Final) };
        assert_eq!(status(&[asked], Some(true), Some(Screening::Done)), TbStatus::ToBeJudged);
    }
}
