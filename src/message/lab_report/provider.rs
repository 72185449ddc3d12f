//! Who answers: the two tiers of a party, institution and department.

use super::{code, text};
use crate::xml::Element;

/// The provider of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provider {
    /// The type of its id and the id: `HER 9000333`; its name where it has no id; empty where it has neither.
    pub key: String,
    /// Institution and department, as received.
    pub name: String,
}

impl Provider {
    /// Reads `ServProvider`. The innermost HER-id is what tells senders apart; failing it the outer one, an
    /// organisation number, any id, the name.
    pub(super) fn of(provider: &Element) -> Self {
        let tiers: Vec<&Element> = provider
            .descendants()
            .filter(|element| matches!(element.name(), "Inst" | "Dept" | "HCPerson" | "HCProf"))
            .collect();
        let is_unit = |tier: &&&Element| matches!(tier.name(), "Inst" | "Dept");
        let names: Vec<String> = tiers
            .iter()
            .filter(|tier| is_unit(tier) || tiers.len() == 1)
            .filter_map(|tier| tier.child("Name").and_then(text::of))
            .collect();
        let ids: Vec<(String, &str)> = tiers.iter().rev().flat_map(|tier| ids(tier)).collect();
        let of_kind = |wanted: &str| ids.iter().find(|(kind, _)| kind == wanted);
        let id = of_kind("HER").or_else(|| of_kind("ENH")).or_else(|| ids.first());
        let name = names.join(", ");
        let key = id.map_or_else(|| name.clone(), |(kind, id)| format!("{kind} {id}").trim().to_owned());
        Provider { key, name }
    }
}

/// The ids of a tier, each with its type.
fn ids(tier: &Element) -> Vec<(String, &str)> {
    let own = tier.child_text("Id").map(|id| (tier.child("TypeId"), id));
    let others =
        tier.all("AdditionalId").filter_map(|other| Some((other.child("Type"), other.child_text("Id")?)));
    own.into_iter()
        .chain(others)
        .map(|(kind, id)| (kind.map(code).unwrap_or_default().to_uppercase(), id))
        .collect()
}
