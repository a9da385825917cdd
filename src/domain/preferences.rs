//! Settings of GitLab's pages, which this server stores for its clients.

/// `doc/api/users.md`, "Get your user preferences".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferences {
    pub view_diffs_file_by_file: bool,
    pub show_whitespace_in_diffs: bool,
    pub pass_user_identities_to_ci_jwt: bool,
}

/// GitLab's defaults.
impl Default for Preferences {
    fn default() -> Self {
        Self { view_diffs_file_by_file: false, show_whitespace_in_diffs: true, pass_user_identities_to_ci_jwt: false }
    }
}
