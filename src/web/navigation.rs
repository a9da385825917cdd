//! The navigation bar: one row for each page that it links to.

/// A page in the navigation bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Overview,
    Profile,
    Emails,
    Keys,
    Tokens,
    Applications,
    Sessions,
    Password,
    Users,
    Invitations,
    AllApplications,
    Log,
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
    Entry { section: Section::Overview,       label: "Overview",          path: "/account",               for_administrators: false },
    Entry { section: Section::Profile,        label: "Profile",           path: "/account/profile",       for_administrators: false },
    Entry { section: Section::Emails,         label: "Email addresses",   path: "/account/emails",        for_administrators: false },
    Entry { section: Section::Keys,           label: "SSH keys",          path: "/account/keys",          for_administrators: false },
    Entry { section: Section::Tokens,         label: "Access tokens",     path: "/account/tokens",        for_administrators: false },
    Entry { section: Section::Applications,   label: "Applications",      path: "/account/applications",  for_administrators: false },
    Entry { section: Section::Sessions,       label: "Sessions",          path: "/account/sessions",      for_administrators: false },
    Entry { section: Section::Password,       label: "Password",          path: "/account/password",      for_administrators: false },
    Entry { section: Section::Users,           label: "Users",             path: "/admin/users",           for_administrators: true },
    Entry { section: Section::Invitations,     label: "Invitations",       path: "/admin/invitations",     for_administrators: true },
    Entry { section: Section::AllApplications, label: "All applications",  path: "/admin/applications",    for_administrators: true },
    Entry { section: Section::Log,             label: "Audit log",         path: "/admin/log",             for_administrators: true },
    Entry { section: Section::Server,         label: "Server",            path: "/admin",                 for_administrators: true },
];

/// What a user sees, in this order.
pub fn entries(is_administrator: bool) -> impl Iterator<Item = &'static Entry> {
    ENTRIES.iter().filter(move |entry| is_administrator || !entry.for_administrators)
}
