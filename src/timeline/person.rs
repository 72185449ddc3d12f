//! One person's rows laid out: counted, walked through, and made into moves, effects and whereabouts.

use super::changes;
use super::effects::{Story, transfers};
use super::endings::Endings;
use super::plan::{Effect, Fate, Lives, NotMove, PlannedMove, Settings, Timeline};
use super::stays::{Recorded, StayKey, Stays, Told};
use super::unplaced::Waiting;
use super::walk::{Person, Role, Step, walk};
use crate::id::Digest;
use crate::identity::Identities;
use crate::intake::{Change, EventKind, Occurrence};
use crate::ledger::{Book, Entry, Residence};
use crate::moves::{Destination, Move, MoveKey};
use crate::patient::{Grading, Migrant};
use crate::person::IdType;
use crate::place::MunicipalityNo;
use crate::reason::Reason;
use crate::tables::municipalities::Municipalities;
use crate::tabular::{BadCell, RejectedRow};
use crate::transfer::{Hold, Kind};

/// What is known beside the rows.
pub(super) struct Known<'a> {
    pub(super) identities: &'a Identities,
    pub(super) book: &'a Book,
    pub(super) municipalities: &'a Municipalities,
    pub(super) settings: &'a Settings<'a>,
    /// Whether a file of events is held tonight.
    pub(super) events_held: bool,
}

/// Adds one person to the timeline.
pub(super) fn lay_out(known: &Known<'_>, migrant: &Migrant, rows: Vec<&Occurrence>, timeline: &mut Timeline) {
    let patient = &migrant.patient.patient;
    let mut stays = Stays::remembered(known.book, patient);
    let lived_there = stays.0.values().any(|stay| stay.temporary && !stay.permanent);
    let tells = |row: &&Occurrence| row.tells_address() && !is_temporary(row, migrant, lived_there);
    let (addresses, others): (Vec<&Occurrence>, Vec<&Occurrence>) = rows.iter().copied().partition(tells);
    let counted = others.iter().filter(|row| row.kind != EventKind::Unread);
    counted.for_each(|row| timeline.counts.add(fate(&row.kind)));
    tell(known, migrant, (&rows, &addresses), &mut stays, timeline);
    stays.decide();
    let endings = Endings::of(known.book, migrant, &others);
    let left = endings.left();
    let person = Person {
        has_transfers: known.book.transfers_of(patient).next().is_some(),
        in_register: !known.identities.dropped.contains(patient),
        left: &left,
        settings: known.settings,
    };
    let steps = walk(&stays, person);
    steps.iter().for_each(|step| count(step, timeline));
    if migrant.grading < Grading::StrictlyConfidential {
        steps.iter().filter_map(mapped).for_each(|pair| *timeline.mapped.entry(pair).or_default() += 1);
    }
    let story = Story {
        steps: &steps,
        ended: endings.ended(),
        taken_back: endings.taken_back(),
        book: known.book,
        own: known.settings.own,
        today: known.settings.today,
    };
    for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.role == Role::Ours) {
        let key = move_key(migrant, step.key);
        let new = transfers(known.book, &key).is_empty();
        if new && !person.in_register {
            continue;
        }
        let effects = story.of_move(at, &key);
        if new || step.stay.is_of_tonight() || is_open(known.book, &key) {
            timeline.moves.push(planned(known, migrant, step, key, new, &effects));
        }
        timeline.effects.extend(effects);
    }
    let waiting = |step: &&Step<'_>| step.role == Role::NotInRegister && step.stay.stands();
    timeline.undecided += steps.iter().filter(waiting).count() as u64;
    if let Some(lives) = lives(known, migrant, &story) {
        timeline.lives.insert(patient.clone(), lives);
    }
    timeline.residences.extend(steps.iter().flat_map(|step| whereabouts(migrant, step)));
    timeline.residences.extend(endings.entries(migrant));
}

/// Where the person lives now: where the last move that has come and stands has led.
fn lives(known: &Known<'_>, migrant: &Migrant, story: &Story<'_>) -> Option<Lives> {
    let moved = |step: &&Step<'_>| {
        step.stay.stands() && step.role.moves_person() && step.key.1 <= known.settings.today
    };
    let last = story.steps.iter().rfind(moved)?;
    let waits = story.steps.iter().any(|step| step.stay.in_question);
    Some(if waits || !last.conflict.is_empty() {
        Lives::Unclear
    } else if last.role == Role::Own || story.ended.is_some_and(|ended| last.order() <= ended.until) {
        Lives::Nowhere
    } else {
        Lives::At(Box::new(the_move(known, last, move_key(migrant, last.key))))
    })
}

/// Oppholdsadresse is a move only for those who cannot have a bostedsadresse: without a fødselsnummer in use. What
/// was a move before somebody got theirs can still be taken back.
fn is_temporary(row: &Occurrence, migrant: &Migrant, lived_there: bool) -> bool {
    let numbers = [row.id.as_ref(), migrant.message_id()];
    let has_fnr = numbers.into_iter().flatten().any(|id| id.kind() == IdType::Fnr);
    let takes_back = row.change == Change::Annulled && lived_there;
    row.kind == EventKind::Residence && has_fnr && !takes_back
}

/// Where a row goes that tells no address of its own.
pub(super) fn fate(kind: &EventKind) -> Fate {
    match kind {
        EventKind::WithoutMoving => Fate::NotMove(NotMove::WithoutMoving),
        EventKind::Renumbering => Fate::NotMove(NotMove::Renumbering),
        EventKind::Residence | EventKind::Move => Fate::NotMove(NotMove::TemporaryAddress),
        EventKind::Other(_) => Fate::NotMove(NotMove::UnknownType),
        EventKind::Grading
        | EventKind::Abroad
        | EventKind::Dead
        | EventKind::IdentityChange
        | EventKind::Status => Fate::PersonEvent,
        EventKind::Unread => Fate::Rejected,
    }
}

/// Tells the stays what the rows say, and then what the changes change: tonight's, and those that have waited.
fn tell(
    known: &Known<'_>,
    migrant: &Migrant,
    (rows, addresses): (&[&Occurrence], &[&Occurrence]),
    stays: &mut Stays,
    timeline: &mut Timeline,
) {
    let (new, changing): (Vec<&Occurrence>, Vec<&Occurrence>) =
        addresses.iter().partition(|row| row.change == Change::New);
    for row in new {
        // A new row without any date was rejected when it was read.
        let date = row.move_date.unwrap_or(known.settings.today);
        stays.tell(row, date, known.municipalities, known.settings);
    }
    let left = |key: &StayKey| {
        let transfers = transfers(known.book, &move_key(migrant, key));
        transfers.iter().any(|t| t.birth.kind == Kind::First && t.state.may_have_left())
    };
    let patient = &migrant.patient.patient;
    let waiting = Waiting::of(known.book, patient, rows, stays, known.events_held);
    let is_tonights = |row: &&Occurrence| row.at.line > 0;
    let told_again = |row: &&Occurrence| changing.iter().any(|other| other.event_id == row.event_id);
    let remembered = waiting.remembered.iter().filter(|row| !told_again(row));
    let all: Vec<&Occurrence> = changing.iter().copied().chain(remembered).collect();
    let applied = changes::apply(stays, &all, &waiting, left, known.municipalities, known.settings);
    timeline.residences.extend(waiting.entries(known.book, migrant, &applied.waits));
    timeline.waiting += applied.waits.len() as u64;
    let changed = applied.known.iter().chain(&applied.waits).copied().filter(is_tonights);
    changed.for_each(|_| timeline.counts.add(Fate::Change));
    for row in applied.unknown.into_iter().filter(is_tonights) {
        timeline.counts.add(Fate::Rejected);
        let reason = "the event that the row corrects or annuls is not known";
        let cell = BadCell::new("event_id", Reason::AnnulsNothing.code(), reason);
        let record = row.event_id.as_deref().map(|id| Digest::of(id.as_bytes()));
        timeline.rejected.push(RejectedRow { record, ..cell.reject(&row.at.file, row.at.line) });
    }
}

/// An old municipality number in tonight's rows of a move of ours, and what it was read as.
fn mapped(step: &Step<'_>) -> Option<(MunicipalityNo, MunicipalityNo)> {
    let from = step.stay.mapped_from.clone()?;
    let ours = step.role == Role::Ours && step.stay.is_of_tonight();
    Some((from, step.key.0.municipality()?)).filter(|_| ours)
}

/// Counts tonight's rows of one stay.
fn count(step: &Step<'_>, timeline: &mut Timeline) {
    let (rows, gradings) = (step.stay.rows, step.stay.grading_rows);
    let each = match step.role {
        Role::Ours => {
            let fates = std::iter::once(Fate::Move).chain(std::iter::repeat(Fate::Repeat));
            (0..rows + gradings).zip(fates).for_each(|(_, fate)| timeline.counts.add(fate));
            return;
        }
        Role::Again => Fate::Repeat,
        Role::Own => Fate::NotMove(NotMove::OwnMunicipality),
        Role::Same => Fate::NotMove(NotMove::SameMunicipality),
        Role::NotFromUs => Fate::NotMove(NotMove::NotFromUs),
        Role::NotInRegister => Fate::NotOurs,
    };
    (0..rows).for_each(|_| timeline.counts.add(each));
    // What is no move is what its type says it is: a change of grading.
    (0..gradings).for_each(|_| timeline.counts.add(Fate::PersonEvent));
}

fn move_key(migrant: &Migrant, key: &StayKey) -> MoveKey {
    MoveKey { patient: migrant.patient.patient.clone(), to: key.0.clone(), date: key.1 }
}

fn is_open(book: &Book, key: &MoveKey) -> bool {
    transfers(book, key).iter().any(|transfer| !transfer.state.is_end())
}

fn planned(
    known: &Known<'_>,
    migrant: &Migrant,
    step: &Step<'_>,
    key: MoveKey,
    new: bool,
    effects: &[Effect],
) -> PlannedMove {
    let the_move = the_move(known, step, key);
    let due = step.key.1 <= known.settings.today;
    let over = effects.iter().any(|effect| matches!(effect, Effect::Withdraw { .. }));
    let holds = if over { Vec::new() } else { holds(known, migrant, step) };
    PlannedMove { the_move, holds, due, new, tonight: step.stay.is_of_tonight() }
}

/// The move as the ledger has it, else as it is told now.
fn the_move(known: &Known<'_>, step: &Step<'_>, key: MoveKey) -> Move {
    let recorded = transfers(known.book, &key).first().map(|transfer| transfer.birth.the_move.clone());
    recorded.unwrap_or_else(|| Move {
        key,
        from: Some(step.from.clone()),
        district: step.stay.district.clone(),
        mapped_from: step.stay.mapped_from.clone(),
        registered_at: step.stay.position().at,
        event_ids: step.stay.event_ids.clone(),
    })
}

/// Why a move must wait. Of a strictly confidential person no place is named.
fn holds(known: &Known<'_>, migrant: &Migrant, step: &Step<'_>) -> Vec<Hold> {
    let places = |text: String| {
        if migrant.grading == Grading::StrictlyConfidential { String::new() } else { text }
    };
    let mut holds = Vec::new();
    if let Some(conflict) = &migrant.conflict {
        holds.push(Hold { reason: Reason::IdentityConflict, detail: conflict.clone() });
    }
    if step.stay.in_question {
        holds.push(Hold { reason: Reason::AnnulsNothing, detail: String::new() });
    }
    if let Destination::Unclear(written) = &step.key.0 {
        let detail = places(candidates(known, written, step));
        holds.push(Hold { reason: Reason::UnknownMunicipality, detail });
    }
    if !step.conflict.is_empty() {
        let named: Vec<&str> = step.conflict.iter().map(Destination::code).collect();
        holds.push(Hold { reason: Reason::ConflictingMoves, detail: places(named.join(", ")) });
    }
    holds
}

/// The number as written, and what it was divided into.
fn candidates(known: &Known<'_>, written: &str, step: &Step<'_>) -> String {
    let named = step.stay.candidates.iter().map(|number| {
        format!("{number} {}", known.municipalities.name(number).unwrap_or_default()).trim().to_owned()
    });
    match named.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => written.to_owned(),
        some => format!("{written}: {some}"),
    }
}

/// What the ledger does not know yet of a stay.
fn whereabouts(migrant: &Migrant, step: &Step<'_>) -> Vec<Entry> {
    let stay = step.stay;
    let minor = !step.role.moves_person();
    let recorded = stay.recorded.as_ref();
    // A row that says where the person came from, and is a repeat, is the move that it repeats and no address of its
    // own: what is said of the move is said of it.
    if step.role == Role::Again && recorded.is_none() && !stay.from.is_empty() {
        return Vec::new();
    }
    let enough = |last_told| !stay.stands() || stay.annulled_at.is_none_or(|annulled| last_told > annulled);
    let decided = |last_told| stay.decided_at.is_none_or(|at| last_told >= at);
    let undecided = step.role == Role::NotInRegister;
    let as_recorded =
        |r: &Recorded| r.event_ids == stay.event_ids && r.minor == minor && r.undecided == undecided;
    let known = recorded.is_some_and(|r| as_recorded(r) && enough(r.last_told) && decided(r.last_told));
    let told = (!known).then(|| stay.position());
    let annulled = stay.annulled_at.filter(|_| recorded.and_then(|r| r.annulled_at) != stay.annulled_at);
    let residence = |told: Told, annulled| Residence {
        to: step.key.0.clone(),
        date: step.key.1,
        registered_at: told.at,
        sequence: told.sequence,
        temporary: stay.temporary && !stay.permanent,
        event_ids: stay.event_ids.iter().cloned().collect(),
        ours: step.role == Role::Ours,
        annulled,
        minor,
        undecided,
        from: (minor && !stay.from.is_empty()).then(|| step.from.clone()),
    };
    let entry = |residence| Entry::Whereabouts {
        patient: migrant.patient.patient.clone(),
        persons: migrant.persons.clone(),
        residence,
    };
    let told = told.map(|at| entry(residence(at, false)));
    told.into_iter().chain(annulled.map(|at| entry(residence(at, true)))).collect()
}
