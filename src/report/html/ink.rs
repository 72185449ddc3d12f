//! What every part of the page draws with: the account, the words, and how times, places and transfers are written.
//!
//! Everything becomes markup through `maud`, which escapes whatever is not markup already.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeDelta, Timelike};
use maud::{Markup, html};

use crate::id::TransferId;
use crate::job::PersonShown;
use crate::lang::Lang;
use crate::moves::Moment;
use crate::reason::Reason;
use crate::reconcile::lines::Group;
use crate::reconcile::{Reconciliation, TransferLine};
use crate::report::Style;
use crate::report::words::Words;
use crate::tables::municipalities::Municipalities;

const MONTHS_NB: [&str; 12] = [
    "januar",
    "februar",
    "mars",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "desember",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Reasons whose detail may hold a test or its answer: what a page that lies open should not show.
const TOLD_ELSEWHERE: [Reason; 4] =
    [Reason::PossibleActiveTb, Reason::AskLaboratory, Reason::LateResult, Reason::ToJudge];

/// What something means to whoever looks; drawn as a colour, a sign and a word together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Done, or as it should be.
    Good,
    /// On its way to somebody else.
    Going,
    /// Waits here.
    Waits,
    /// Waits for a person's decision.
    Asks,
    /// Went wrong.
    Bad,
    /// Over, or nothing to do.
    Still,
}

impl Tone {
    /// Its class in the style sheet.
    pub(super) fn class(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Going => "going",
            Tone::Waits => "waits",
            Tone::Asks => "asks",
            Tone::Bad => "bad",
            Tone::Still => "still",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Tone::Good => "✓",
            Tone::Going => "→",
            Tone::Waits => "…",
            Tone::Asks => "?",
            Tone::Bad => "!",
            Tone::Still => "–",
        }
    }

    /// Of a group.
    pub(super) fn of(group: Group) -> Self {
        match group {
            Group::Accepted => Tone::Good,
            Group::UnderWay => Tone::Going,
            Group::Waiting => Tone::Waits,
            Group::Held => Tone::Asks,
            Group::Rejected | Group::Abandoned => Tone::Bad,
            Group::NotDue | Group::Withdrawn | Group::NothingToSend | Group::SettledEarlier => Tone::Still,
        }
    }
}

/// The account and the hand that draws it.
pub(super) struct Ink<'a> {
    pub(super) account: &'a Reconciliation,
    pub(super) style: &'a Style,
    pub(super) words: Words,
    /// The transfers that have an anchor on the page.
    here: BTreeMap<&'a TransferId, &'a TransferLine>,
    /// The reasons that have an anchor among what is to be done.
    asked: BTreeSet<Reason>,
}

impl<'a> Ink<'a> {
    pub(super) fn new(account: &'a Reconciliation, style: &'a Style) -> Self {
        Ink {
            account,
            style,
            words: Words(style.lang),
            here: account.lines.iter().map(|line| (&line.transfer_id, line)).collect(),
            asked: account.actions.iter().map(|action| action.code).collect(),
        }
    }

    pub(super) fn pick(&self, nb: &'static str, en: &'static str) -> &'static str {
        self.words.pick(nb, en)
    }

    pub(super) fn is_english(&self) -> bool {
        self.style.lang == Lang::En
    }

    /// Whether the account is a whole night's.
    pub(super) fn is_night(&self) -> bool {
        self.account.command == "run"
    }

    pub(super) fn today(&self) -> NaiveDate {
        self.account.now.date_naive()
    }

    /// The transfer's line, where it stands on the page.
    pub(super) fn line(&self, id: &TransferId) -> Option<&'a TransferLine> {
        self.here.get(id).copied()
    }

    pub(super) fn group_of(&self, line: &TransferLine) -> Option<Group> {
        line.group(self.today())
    }

    pub(super) fn in_group(&self, group: Group) -> u64 {
        self.account.groups.get(&group).copied().unwrap_or_default()
    }

    /// Whether something is to be done because of this.
    pub(super) fn is_asked(&self, reason: Reason) -> bool {
        self.asked.contains(&reason)
    }

    /// The person, as the job shows persons; empty where it shows the reference alone.
    pub(super) fn person<'l>(&self, line: &'l TransferLine) -> &'l str {
        match self.style.person {
            PersonShown::Masked => &line.person,
            PersonShown::Reference => "",
        }
    }

    /// A detail of a reason as the page may show it.
    pub(super) fn detail<'l>(&self, reason: Reason, detail: &'l str) -> Option<&'l str> {
        (!detail.is_empty() && !TOLD_ELSEWHERE.contains(&reason)).then_some(detail)
    }

    /// Whether there is a detail that the page leaves to the tables.
    pub(super) fn is_told_elsewhere(&self, reason: Reason, detail: &str) -> bool {
        !detail.is_empty() && TOLD_ELSEWHERE.contains(&reason)
    }

    /// A number with its thousands apart.
    pub(super) fn number(&self, n: u64) -> String {
        let digits = n.to_string();
        let mut out = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                out.push(if self.is_english() { ',' } else { '\u{a0}' });
            }
            out.push(digit);
        }
        out
    }

    pub(super) fn count(&self, n: u64, nb: [&str; 2], en: [&str; 2]) -> String {
        let plural = usize::from(n != 1);
        format!("{}\u{a0}{}", self.number(n), if self.is_english() { en[plural] } else { nb[plural] })
    }

    /// So many more of what is shown.
    pub(super) fn more(&self, n: usize) -> String {
        let n = self.number(n as u64);
        self.words.say(format!("{n} til"), format!("{n} more"))
    }

    /// A transfer in one line: the patient, what is sent, the id.
    pub(super) fn named(&self, line: &TransferLine) -> Markup {
        html! {
            (self.patient(line)) " " span.quiet { (self.words.short_content(line.content)) } " "
            (self.transfer(&line.transfer_id))
        }
    }

    fn local(&self, at: Moment) -> DateTime<FixedOffset> {
        at.with_timezone(&self.style.offset)
    }

    /// A day, as the language writes it in tables.
    pub(super) fn day(&self, day: NaiveDate) -> String {
        if self.is_english() {
            day.format("%Y-%m-%d").to_string()
        } else {
            day.format("%d.%m.%Y").to_string()
        }
    }

    /// The day of a moment, without the hour.
    pub(super) fn day_of(&self, at: Moment) -> String {
        self.day(self.local(at).date_naive())
    }

    /// A moment to the minute.
    pub(super) fn moment(&self, at: Moment) -> String {
        let local = self.local(at);
        let (day, clock) = (self.day(local.date_naive()), local.format("%H:%M"));
        format!("{day} {}{clock}", self.pick("kl.\u{a0}", ""))
    }

    /// A moment in full, for a heading.
    pub(super) fn long(&self, at: DateTime<FixedOffset>) -> String {
        let month = at.month0() as usize;
        let (day, year, hour, minute) = (at.day(), at.year(), at.hour(), at.minute());
        self.words.say(
            format!("{day}. {} {year} kl.\u{a0}{hour:02}.{minute:02}", MONTHS_NB[month]),
            format!("{day} {} {year}, {hour:02}:{minute:02}", MONTHS_EN[month]),
        )
    }

    /// How long something lasts, in hours.
    pub(super) fn hours(&self, time: TimeDelta) -> String {
        let hour = self.pick("t", "h");
        match time.num_hours() {
            0 => format!("under 1\u{a0}{hour}"),
            all => format!("{all}\u{a0}{hour}"),
        }
    }

    /// How long something lasts, in days and hours.
    pub(super) fn lasts(&self, time: TimeDelta) -> String {
        let (day, hour) = (self.pick("døgn", "d"), self.pick("t", "h"));
        match (time.num_days(), time.num_hours() % 24) {
            (0, _) => self.hours(time),
            (days, 0) => format!("{days}\u{a0}{day}"),
            (days, hours) => format!("{days}\u{a0}{day} {hours}\u{a0}{hour}"),
        }
    }

    /// A municipality, district or whatever an extract wrote, with its name where it has one.
    pub(super) fn place(&self, written: &str) -> String {
        let register = Municipalities::embedded();
        let named = written.parse().ok().and_then(|number| register.name(&number));
        let named = named.or_else(|| register.district(written).map(|(_, name)| name));
        named.map_or_else(|| written.to_owned(), |name| format!("{name}\u{a0}({written})"))
    }

    /// Text in which what stands between backticks is code.
    pub(super) fn prose(&self, text: &str) -> Markup {
        html! {
            @for (at, piece) in text.split('`').enumerate() {
                @if at % 2 == 1 { code { (piece) } } @else { (piece) }
            }
        }
    }

    /// Text that is English whatever the page is.
    pub(super) fn english(&self, text: &str) -> Markup {
        html! { span lang=[(!self.is_english()).then_some("en")] { (text) } }
    }

    /// Text that is Norwegian whatever the page is.
    pub(super) fn norwegian(&self, text: &str) -> Markup {
        html! { span lang=[self.is_english().then_some("nb")] { (text) } }
    }

    /// A transfer's id, leading to where it stands on the page.
    pub(super) fn transfer(&self, id: &TransferId) -> Markup {
        html! {
            @if self.here.contains_key(id) { a.id href={ "#t-" (id) } { (id) } } @else { code.id { (id) } }
        }
    }

    /// Whether an agreement is behind an answer.
    pub(super) fn agreed(&self, agreed: bool) -> &'static str {
        if agreed { self.pick("avtalt", "agreed") } else { self.pick("uten avtale", "no agreement") }
    }

    /// A word with its colour and its sign.
    pub(super) fn chip(&self, tone: Tone, text: &str) -> Markup {
        html! {
            span class={ "chip " (tone.class()) } { span aria-hidden="true" { (tone.sign()) } " " (text) }
        }
    }

    /// Where a transfer stands.
    pub(super) fn group_chip(&self, line: &TransferLine) -> Markup {
        match self.group_of(line) {
            Some(group) => self.chip(Tone::of(group), self.words.group(group)),
            None => self.chip(Tone::Still, &self.words.state(&line.state)),
        }
    }

    /// The patient, and the person as the job shows persons.
    pub(super) fn patient(&self, line: &TransferLine) -> Markup {
        let person = self.person(line);
        html! {
            span.who { (line.patient_ref) }
            @if !person.is_empty() { " " span.quiet { (person) } }
        }
    }
}
