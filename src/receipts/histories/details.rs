//! What a history's table does not show: what is held, what is kept verbatim, and when a letter is done.

use super::files::{Answer, file};
use super::steps::By;
use super::steps::Step::{self, *};
use super::story::{Outcome, Story, id, message};
use crate::job::PaperDone;
use crate::ledger::Entry;
use crate::receipts::read_one;
use crate::receipts::view::View;
use crate::transfer::{Acceptance, ReceiptAnswer};

const SENT: &[Step] = &[Sealed(1), Begun, Taken];

/// A name, what is said, and the documents of each message of the next revision.
type Shared = (&'static str, &'static [Step], &'static [&'static [u32]]);

fn played(before: &[Step], then: &[Step]) -> Outcome<Story> {
    let mut story = Story::after(before)?;
    then.iter().try_for_each(|step| story.play(*step).map(|_| ()))?;
    Ok(story)
}

#[test]
fn an_earlier_yes_holds_and_nothing_else_does() -> Outcome {
    let rows = [
        (YesOf(1, 1), true),
        (YesOfBy(1, 1, By::Organisation), true),
        (NoOf(1, 1), false),
        (YesOfBy(1, 1, By::Somebody), false),
        (YesOfBy(1, 1, By::OtherService), false),
        (YesOfBy(1, 1, By::Nobody), false),
    ];
    for (said, expected) in rows {
        let story = played(SENT, &[No(1), Reopened, said])?;
        assert_eq!(story.transfer()?.accepted_earlier, expected, "{said:?}");
    }
    Ok(())
}

#[test]
fn a_later_revision_carries_what_the_receiver_has_not() -> Outcome {
    let three: &[Step] = &[Sealed(3), Begun, Taken];
    let rows: [Shared; 5] = [
        ("one refused", &[Yes(1), No(2), Yes(3), Reopened], &[&[2]]),
        ("two refused", &[No(1), Yes(2), No(3), Reopened], &[&[1], &[3]]),
        ("refused, and then accepted", &[No(1), Yes(1), Reopened], &[&[2], &[3]]),
        ("accepted after it was opened again", &[No(1), Reopened, YesOf(1, 3)], &[&[1], &[2]]),
        ("everything once more", &[Yes(1), Yes(2), Yes(3), ReopenedForAll], &[&[1, 2], &[3]]),
    ];
    for (name, then, expected) in rows {
        let sealed = played(three, then)?.play(Sealed(2))?.sealed.unwrap_or_default();
        assert_eq!(sealed, expected, "{name}");
    }
    Ok(())
}

#[test]
fn defects_once_told_mark_the_whole() -> Outcome {
    let two: &[Step] = &[Sealed(2), Begun, Taken];
    for then in [[Defects(1), Yes(1), Yes(2)], [Yes(1), Defects(1), Yes(2)], [Yes(2), Defects(1), Yes(1)]] {
        let story = played(two, &then)?;
        let how = match &story.transfer()?.state {
            crate::transfer::State::Accepted { how, .. } => Some(how),
            _ => None,
        };
        assert_eq!(how, Some(&Acceptance::Receipts { defects: true }), "{then:?}");
    }
    Ok(())
}

#[test]
fn a_yes_after_a_no_is_kept_with_its_part() -> Outcome {
    let story = played(&[Sealed(1), Begun, Lost], &[Begun, Taken, Duplicate(1), Yes(1)])?;
    let parts = story.transfer()?.state.parts();
    let heard: Vec<_> = parts.iter().filter_map(|part| part.receipt.as_ref()).map(|one| one.answer).collect();
    assert_eq!(heard, [ReceiptAnswer::Accepted]);
    Ok(())
}

#[test]
fn codes_stay_and_numbers_are_masked() -> Outcome {
    let mut story = Story::after(SENT)?;
    let row = story.play(No(1))?.rows.remove(0);
    assert_eq!((row.status.as_str(), row.codes.as_str()), ("rejected", "E35"));
    assert_eq!(row.text, "Feil: *********25 er ukjent");
    assert_eq!((row.revision, row.part), (Some(1), Some(1)));
    assert_eq!(story.play(NoMessage)?.rows.remove(0).text, "referanse 12");
    Ok(())
}

#[test]
fn a_row_names_the_part_and_the_revision_of_its_message() -> Outcome {
    let mut story = played(&[Sealed(3), Begun, Taken], &[No(2), Reopened, Sealed(2), Begun, Taken])?;
    let mut place =
        |step| story.play(step).map(|mut told| told.rows.remove(0)).map(|row| (row.revision, row.part));
    assert_eq!(place(YesOf(1, 3))?, (Some(1), Some(3)));
    assert_eq!(place(Yes(2))?, (Some(2), Some(2)));
    assert_eq!(place(YesBy(By::Somebody, 1))?, (Some(2), Some(1)), "told also where it moves nothing");
    assert_eq!(place(UnknownMessage)?, (None, None));
    Ok(())
}

#[test]
fn a_receipt_answers_one_message() -> Outcome {
    let story = Story::after(&[Sealed(2), Begun, Taken])?;
    let one = Answer::new("1", "", message(1, 1).to_string()).xml(1);
    let another = format!("<OriginalMsgId><Id>{}</Id></OriginalMsgId></AppRec>", message(1, 2));
    let two = one.replace("</AppRec>", &another);
    let read = read_one(two.as_bytes(), "to.xml", &View::of(&story.book), PaperDone::Posted, story.now);
    assert_eq!(read.rows.iter().map(|row| row.part).collect::<Vec<_>>(), [Some(1)]);
    assert_eq!(read.entries.len(), 1);
    Ok(())
}

#[test]
fn a_letter_is_done_when_the_job_says_so() -> Outcome {
    for (paper_done, expected) in [(PaperDone::Posted, "accepted"), (PaperDone::Confirmed, "sent")] {
        let story = Story::after(&[SealedLetter, Begun, Placed])?;
        let (name, list) = file(Done(20), 1, 1).ok_or("a list")?;
        let mut view = View::of(&story.book);
        let read = read_one(list.as_bytes(), &name, &view, paper_done, story.now);
        assert!(read.entries.iter().all(|entry| matches!(entry, Entry::Event { .. })));
        view.take(&read.entries, story.now.to_utc());
        let transfer = view.transfer(&id()).ok_or("no transfer")?;
        assert_eq!(transfer.state.code(), expected);
        // The beginning of that day, where the job runs.
        let sent_at = transfer.state.sent_at().map(|at| at.to_rfc3339());
        assert_eq!(sent_at.as_deref(), Some("2026-11-19T23:00:00+00:00"));
    }
    Ok(())
}
