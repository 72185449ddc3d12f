//! Which layers of a file are hidden when it is opened: what is hidden there must not be read on paper.
//!
//! The default configuration counts. What is to be shown on a screen and not printed, or at one magnification alone,
//! is shown.

use std::collections::BTreeSet;

use super::file::File;
use super::object::{Dict, Object, Ref};

/// The hidden layers of a file.
#[derive(Default)]
pub(super) struct Layers(BTreeSet<Ref>);

impl Layers {
    /// Reads them from the catalog.
    pub(super) fn of(file: &File<'_>) -> Self {
        let of_catalog = || {
            let properties = file.entry(&file.catalog()?, b"OCProperties")?;
            let properties = properties.as_dict()?;
            let configuration = file.entry(properties, b"D").and_then(|found| found.as_dict().cloned());
            let configuration = configuration.unwrap_or_default();
            let mut hidden = references(file, &configuration, b"OFF");
            if configuration.is(b"BaseState", b"OFF") {
                hidden.extend(references(file, properties, b"OCGs"));
                references(file, &configuration, b"ON").iter().for_each(|shown| {
                    hidden.remove(shown);
                });
            }
            Some(Layers(hidden))
        };
        of_catalog().unwrap_or_default()
    }

    /// Whether a layer is hidden.
    pub(super) fn is_hidden(&self, layer: Ref) -> bool {
        self.0.contains(&layer)
    }

    /// Whether what an `/OC` entry stands on is hidden: its layer, or every layer it names.
    pub(super) fn hides(&self, file: &File<'_>, entry: &Object) -> bool {
        if entry.as_ref().is_some_and(|layer| self.is_hidden(layer)) {
            return true;
        }
        let Some(found) = file.resolve(entry) else { return false };
        let Some(dict) = found.as_dict().filter(|dict| dict.is(b"Type", b"OCMD")) else { return false };
        let named = match dict.get(b"OCGs") {
            Some(Object::Ref(one)) => BTreeSet::from([*one]),
            Some(_) | None => references(file, dict, b"OCGs"),
        };
        !named.is_empty() && named.iter().all(|layer| self.is_hidden(*layer))
    }
}

fn references(file: &File<'_>, dict: &Dict, key: &[u8]) -> BTreeSet<Ref> {
    let list = file.entry(dict, key);
    let items = list.as_ref().and_then(Object::as_array).unwrap_or_default();
    items.iter().filter_map(Object::as_ref).collect()
}
