//! What is known of receivers, as it is understood: agreements, addresses, municipalities, directory, profiles.
//!
//! Nothing here is a migrant's. A party that is a person is shown without a name, and so is who agreed.

use super::super::inputs::{Head, Role};
use super::field::{Field, Fields, ShownForm, ShownInput, ShownRow, text, yes_no};
use super::persons::{day, heads};
use super::sight::Sight;
use crate::message::directory::{ArParty, PartyKind};
use crate::place::HerId;
use crate::preflight::addresses;
use crate::preflight::agreements::{self, Agreement};
use crate::preflight::area::Area;
use crate::preflight::capability::Profile;
use crate::preflight::directory::{Directory, MIGRATION_HEALTH, in_force, shown};
use crate::tabular::Row;

/// Everything that is known of receivers.
pub(super) fn receivers(sight: &Sight<'_>) -> Vec<ShownInput> {
    let agreed = |head: &Head| {
        sight.table("agreements", head, |record, row| {
            let read = agreements::read(record, &head.source.shown);
            read.agreements.iter().flat_map(|agreement| of_agreement(sight, row, agreement)).collect()
        })
    };
    let offices = |head: &Head| {
        sight.table("addresses", head, |record, row| {
            let (offices, _rejected) = addresses::read(record, &head.source.shown);
            offices.all().flat_map(|(area, _)| of_office(sight, row, area)).collect()
        })
    };
    let mut out: Vec<ShownInput> = heads(sight, Role::Agreements).map(agreed).collect();
    out.extend(heads(sight, Role::Addresses).map(offices));
    out.extend(municipalities(sight));
    out.extend(directory(sight));
    out.extend(profiles(sight));
    out
}

fn of_agreement(sight: &Sight<'_>, row: Row<'_>, read: &Agreement) -> Vec<Field> {
    let mut fields = Fields::of(row);
    fields.put("her_id", read.her_id.map(|her_id| party(sight, her_id)));
    area(sight, &mut fields, &read.area);
    fields.put("content", Some(read.content.code().to_owned()));
    fields.put("channel", Some(read.channel.code().to_owned()));
    fields.put("mode", text(read.mode.code()));
    fields.put("action", text(&read.action));
    fields.put("version", text(&read.version));
    let types: Vec<&str> = read.attachment_types.iter().map(String::as_str).collect();
    fields.put("attachment_types", text(&types.join(" ")));
    fields.put("max_bytes", read.max_bytes.map(|bytes| bytes.to_string()));
    fields.put_cell("agreed_on", day(Some(read.agreed_on)));
    fields.put_cell("expires_on", day(read.expires_on));
    fields.add("in_force_today", yes_no(Some(read.in_force(sight.reading.now.date_naive()))));
    fields.done()
}

fn area(sight: &Sight<'_>, fields: &mut Fields<'_>, area: &Area) {
    match area {
        Area::Municipality(number) => sight.municipality(fields, "municipality", number.as_str(), false),
        Area::District(number) => sight.district(fields, "municipality", number.as_str(), false),
    }
}

fn of_office(sight: &Sight<'_>, row: Row<'_>, read: &Area) -> Vec<Field> {
    let mut fields = Fields::of(row);
    sight.municipality(&mut fields, "municipality", row.get("municipality"), false);
    match read {
        Area::Municipality(_) => fields.put("district", None),
        Area::District(number) => sight.district(&mut fields, "district", number.as_str(), false),
    }
    for key in ["office", "address", "postal_code", "city"] {
        fields.put(key, text(row.get(key)));
    }
    fields.done()
}

/// A party by its number, with its name where the directory has it.
fn party(sight: &Sight<'_>, her_id: HerId) -> String {
    let party = sight.inputs.directory.as_ref().and_then(|directory| directory.party(her_id));
    match party.and_then(name) {
        Some(name) => format!("{her_id} {name}"),
        None => her_id.to_string(),
    }
}

fn name(party: &ArParty) -> Option<String> {
    match party.kind {
        PartyKind::Organisation | PartyKind::Service | PartyKind::Other => text(shown(party)),
        PartyKind::Person => None,
    }
}

/// The job's own register of municipalities: each number, and what it stands for today.
fn municipalities(sight: &Sight<'_>) -> Option<ShownInput> {
    let source = sight.job.directory.municipalities.as_ref()?;
    let register = sight.inputs.municipalities.as_ref();
    let numbers = register.into_iter().flat_map(|register| register.numbers()).take(sight.most);
    let rows = numbers.map(|number| {
        let mut fields = Fields::free();
        sight.municipality(&mut fields, "number", number.as_str(), false);
        let in_use = sight.inputs.municipalities().today(number).is_some();
        fields.add("in_use", yes_no(Some(in_use)));
        ShownRow { fields: fields.done(), ..ShownRow::default() }
    });
    Some(sight.input("municipalities", &source.shown, ShownForm::table(&source.form), rows.collect()))
}

/// The directory: services of migration health first, for those are looked for.
fn directory(sight: &Sight<'_>) -> Option<ShownInput> {
    sight.job.directory.snapshot.as_ref()?;
    let directory = sight.inputs.directory.as_ref();
    let parties = || directory.into_iter().flat_map(Directory::parties);
    let is_wanted = |party: &&ArParty| party.service_code.as_deref() == Some(MIGRATION_HEALTH);
    let ordered = parties().filter(is_wanted).chain(parties().filter(|party| !is_wanted(party)));
    let rows = ordered
        .take(sight.most)
        .map(|party| ShownRow { fields: of_party(sight, party), ..ShownRow::default() });
    let (form, rows) = (ShownForm::other("ar-json"), rows.collect());
    Some(sight.input("directory", &sight.job.directory.snapshot_shown, form, rows))
}

fn of_party(sight: &Sight<'_>, read: &ArParty) -> Vec<Field> {
    let kind = match read.kind {
        PartyKind::Organisation => "organisation",
        PartyKind::Service => "service",
        PartyKind::Person => "person",
        PartyKind::Other => "other",
    };
    let parties = |her_ids: &[HerId]| {
        text(&her_ids.iter().map(|her_id| party(sight, *her_id)).collect::<Vec<_>>().join(", "))
    };
    let mut fields = Fields::free();
    fields.add("her_id", Some(read.her_id.to_string()));
    fields.add("kind", Some(kind.to_owned()));
    fields.add("name", name(read));
    fields.add("service", read.service_code.as_deref().and_then(text));
    fields.add("parent", parties(read.parent_her_id.as_slice()));
    let municipality = read.municipality.as_ref().map_or("", |number| number.as_str());
    sight.municipality(&mut fields, "municipality", municipality, false);
    fields.add("covers", parties(&read.coverage));
    fields.add("active", yes_no(Some(in_force(read, sight.reading.now.naive_local()))));
    let transports: Vec<&str> = read.addresses.iter().map(|(kind, _)| kind.as_str()).collect();
    fields.add("addresses", text(&transports.join(" ")));
    fields.done()
}

/// What parties declare that they can receive.
fn profiles(sight: &Sight<'_>) -> Option<ShownInput> {
    let location = sight.job.directory.profiles.as_ref()?;
    let declared = sight.inputs.declared.profiles.iter().take(sight.most);
    let rows = declared.map(|(her_id, profile)| ShownRow {
        fields: of_profile(sight, *her_id, profile),
        ..ShownRow::default()
    });
    Some(sight.input("profiles", &location.shown, ShownForm::other("cpp-xml"), rows.collect()))
}

fn of_profile(sight: &Sight<'_>, her_id: HerId, read: &Profile) -> Vec<Field> {
    let receives = read.receives.iter().map(|(action, versions)| {
        let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
        format!("{action} {}", versions.join("/")).trim().to_owned()
    });
    let mut fields = Fields::free();
    fields.add("her_id", Some(party(sight, her_id)));
    fields.add("source", text(&read.source));
    fields.add("receives", text(&receives.collect::<Vec<_>>().join(", ")));
    let until = read.certificates.first().map(|certificate| certificate.valid_to.date_naive());
    fields.add("certificate_until", day(until));
    fields.done()
}
