//! `[sender]`: who sends, in two tiers, and whom a receiver can call.

use toml::de::DeValue;

use super::super::raw::{Read, Section};
use super::super::value::{Wrong, one_of, parsed, text, whole};
use super::super::{Contact, OrganisationName, Sender, ServiceName};
use crate::place::HerId;

/// The types of professional of code list 9060.
const ROLES: [&str; 32] = [
    "AA", "AT", "AU", "BI", "ET", "FA1", "FA2", "FO", "FT", "HE", "HF", "HP", "JO", "KE", "KI", "LE", "MT",
    "OA", "OI", "OP", "OR", "PE", "PS", "RA", "SP", "TH", "TL", "TP", "TT", "VE", "VP", "XX",
];

/// The type of the service «Migrasjonshelse» in code list 8663.
const MIGRATION_HEALTH: &str = "KA04";

/// Reads the section.
pub(super) fn sender(section: &mut Section<'_, '_>) -> Read<Sender> {
    let municipality =
        section.required("municipality", "the municipality's number, four digits in quotes", parsed);
    let organisation = section.required_section(
        "organisation",
        "the municipality in Adresseregisteret: name, org_number, her_id",
        organisation,
    );
    let service =
        section.required_section("service", "the service in Adresseregisteret: name, her_id, code", service);
    let contact = section.required_section(
        "contact",
        "the professional responsible for the content: name, phone, role",
        contact,
    );
    let (organisation, service) = (organisation?, service?);
    if organisation.her_id == service.her_id {
        let wrong = Wrong::with_hint(
            "the organisation and the service have the same her_id",
            "each has its own in Adresseregisteret",
        );
        return Err(section.complain(&section.span(), wrong));
    }
    Ok(Sender { municipality: municipality?, organisation, service, contact: contact? })
}

fn organisation(section: &mut Section<'_, '_>) -> Read<OrganisationName> {
    let name = section.required("name", "the organisation's name in Adresseregisteret", text);
    let org_number =
        section.required("org_number", "its number in Enhetsregisteret, nine digits in quotes", parsed);
    let her_id = her_id(section);
    Ok(OrganisationName { name: name?, org_number: org_number?, her_id: her_id? })
}

fn service(section: &mut Section<'_, '_>) -> Read<ServiceName> {
    let name = section.required("name", "the service's name in Adresseregisteret", text);
    let her_id = her_id(section);
    let code = section.or("code", MIGRATION_HEALTH.to_owned(), code);
    Ok(ServiceName { name: name?, her_id: her_id?, code: code? })
}

fn contact(section: &mut Section<'_, '_>) -> Read<Contact> {
    let roles = ROLES.map(|role| (role, role));
    let name = section.required("name", "the professional's name", text);
    let phone = section.required("phone", "where a receiver can call", text);
    let role = section.required(
        "role",
        "the type of professional in code list 9060: SP, LE, HE, JO, VP …",
        one_of(&roles),
    );
    Ok(Contact { name: name?, phone: phone?, role: role?.to_owned() })
}

fn her_id(section: &mut Section<'_, '_>) -> Read<HerId> {
    section.required("her_id", "its number in Adresseregisteret", whole(1..=u32::MAX)).map(HerId)
}

/// A code of list 8663: two capital letters and two digits.
fn code(typed: &DeValue<'_>) -> Result<String, Wrong> {
    let code = text(typed)?;
    let (letters, digits) = code.split_at_checked(2).unwrap_or((&code, ""));
    let formed = letters.bytes().all(|b| b.is_ascii_uppercase())
        && digits.len() == 2
        && digits.bytes().all(|b| b.is_ascii_digit());
    if formed {
        Ok(code)
    } else {
        Err(Wrong::with_hint("is not a code of list 8663", "the service «Migrasjonshelse» is KA04"))
    }
}
