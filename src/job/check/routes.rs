//! `[routes]`: the ways out in order of preference, and whether the job has what each of them needs.

use toml::de::DeValue;

use super::super::Routes;
use super::super::raw::{At, Read, Section};
use super::super::value::{Wrong, flag, one_of};
use crate::verdict::{Channel, Content};

/// The routes, with the places at which to complain of them.
pub(super) struct Chosen {
    /// The routes.
    pub(super) routes: Routes,
    places: Vec<At<Channel>>,
}

/// Reads the section. A job that has bundles sends journals by them where no message can go.
pub(super) fn routes(section: &mut Section<'_, '_>, sealed: bool) -> Read<Chosen> {
    let by_default: &[Channel] =
        if sealed { &[Channel::Outbox, Channel::Bundle] } else { &[Channel::Outbox] };
    let tb = channels(section, Content::Tb, &[Channel::Print]);
    let journal = channels(section, Content::Journal, by_default);
    let require_agreement = section.or("require_agreement", true, flag);
    let oslo_districts = section.or("oslo_districts", false, flag);
    let (tb, journal) = (tb?, journal?);
    let of = |places: &[At<Channel>]| places.iter().map(|at| at.value).collect();
    let routes = Routes {
        tb: of(&tb),
        journal: of(&journal),
        require_agreement: require_agreement?,
        oslo_districts: oslo_districts?,
    };
    Ok(Chosen { routes, places: [tb, journal].concat() })
}

/// The channels of one content; `default` where the job names none (rules § 8).
fn channels(section: &mut Section<'_, '_>, content: Content, default: &[Channel]) -> Read<Vec<At<Channel>>> {
    let key = content.code();
    let Some(named) = section.list(key, channel)? else {
        return Ok(default.iter().map(|value| At { value: *value, span: section.span() }).collect());
    };
    if named.is_empty() && content == Content::Tb {
        let span = section.place_of(key);
        let wrong = Wrong::with_hint(
            "is empty",
            "TB results always go: name a channel; print needs nothing from the receiver",
        );
        return Err(section.wrong(key, &span, wrong));
    }
    for (at, channel) in named.iter().enumerate() {
        if named[..at].iter().any(|before| before.value == channel.value) {
            let wrong = Wrong::new(format!("\"{}\" is named twice", channel.value));
            return Err(section.wrong(key, &channel.span, wrong));
        }
    }
    Ok(named)
}

fn channel(typed: &DeValue<'_>) -> Result<Channel, Wrong> {
    one_of(&Channel::ALL.map(|channel| (channel.code(), channel)))(typed)
}

/// Complains, at the top of the file, of each route that lacks something, once.
pub(super) fn need(top: &mut Section<'_, '_>, chosen: &Chosen) -> Read<()> {
    let mut lacking: Vec<(&At<Channel>, &str)> = Vec::new();
    for place in &chosen.places {
        for setting in needs(place.value) {
            if !top.has(setting) && !lacking.iter().any(|(_, told)| told == setting) {
                lacking.push((place, setting));
            }
        }
    }
    let mut answer = Ok(());
    for (At { value: channel, span }, setting) in lacking {
        let what = format!("the route \"{channel}\" needs \"{setting}\", which is missing");
        let hint = "give it, or name other channels in [routes]; journal = [] sends no journals";
        answer = Err(top.complain(span, Wrong::with_hint(what, hint)));
    }
    answer
}

/// The settings without which no transfer could take a route.
fn needs(channel: Channel) -> &'static [&'static str] {
    match channel {
        Channel::Outbox => &["outbox", "directory.snapshot"],
        Channel::Bundle => &["bundle", "directory.snapshot"],
        Channel::Print => &["print", "directory.addresses"],
        Channel::InEpj => &["worklist"],
    }
}
