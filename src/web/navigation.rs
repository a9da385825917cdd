//! The navigation bar: one row for each page that it links to.

/// A page in the navigation bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Overview,
    Keys,
    Applications,
    Server,
}

/// A row of the navigation bar.
pub struct Entry {
    pub section: Section,
    pub label: &'static str,
    pub path: &'static str,
    /// Whether only administrators see it.
    pub for_administrators: bool,
}

#[rustfmt::skip]
const ENTRIES: &[Entry] = &[
    Entry { section: Section::Overview,     label: "Overview",     path: "/account",              for_administrators: false },
    Entry { section: Section::Keys,         label: "SSH keys",     path: "/account/keys",         for_administrators: false },
    Entry { section: Section::Applications, label: "Applications", path: "/account/applications", for_administrators: false },
    Entry { section: Section::Server,       label: "Server",       path: "/admin",                for_administrators: true },
];

/// What a user sees, in this order.
pub fn entries(is_administrator: bool) -> impl Iterator<Item = &'static Entry> {
    ENTRIES.iter().filter(move |entry| is_administrator || !entry.for_administrators)
}
