//! The fields of a v4 user, in the order of the examples in `users.md`, and the representations that show each of them.

/// A representation of a user. The letters are those of [`FIELDS`].
#[derive(Clone, Copy)]
pub enum View {
    /// In lists for regular users, and in `created_by`.
    Basic = b'B' as isize,
    /// Another user, for a regular user.
    Public = b'P' as isize,
    /// The current user.
    Current = b'C' as isize,
    /// The current user, who is an administrator.
    CurrentAdmin = b'R' as isize,
    /// In lists for administrators.
    AdminList = b'L' as isize,
    /// A single user, for administrators.
    AdminSingle = b'S' as isize,
}

/// Each field with its views. `bot` and `note` have two places: the examples put them at different ones.
const FIELDS: [(&str, &str); 50] = [
    ("id", "BPCRLS"),
    ("username", "BPCRLS"),
    ("email", "CRLS"),
    ("name", "BPCRLS"),
    ("state", "BPCRLS"),
    ("locked", "BPCRLS"),
    ("avatar_url", "BPCRLS"),
    ("web_url", "BPCRLS"),
    ("created_at", "PCRLS"),
    ("is_admin", "RLS"),
    ("bio", "PCRLS"),
    ("bot", "P"),
    ("location", "PCRLS"),
    ("public_email", "PCRLS"),
    ("skype", "PCRLS"),
    ("linkedin", "PCRLS"),
    ("twitter", "PCRLS"),
    ("discord", "PCRLS"),
    ("website_url", "PCRLS"),
    ("organization", "PCRLS"),
    ("job_title", "PCRLS"),
    ("pronouns", "PCS"),
    ("bot", "C"),
    ("work_information", "PCS"),
    ("followers", "PCS"),
    ("following", "PCS"),
    ("local_time", "PCS"),
    ("is_followed", "P"),
    ("last_sign_in_at", "CRLS"),
    ("confirmed_at", "CRLS"),
    ("theme_id", "CRLS"),
    ("last_activity_on", "CRLS"),
    ("color_scheme_id", "CRLS"),
    ("projects_limit", "CRLS"),
    ("current_sign_in_at", "CRLS"),
    ("note", "LS"),
    ("identities", "CRLS"),
    ("can_create_group", "CRLS"),
    ("can_create_project", "CRLS"),
    ("two_factor_enabled", "CRLS"),
    ("external", "CRLS"),
    ("private_profile", "CRLS"),
    ("commit_email", "CRS"),
    ("current_sign_in_ip", "RLS"),
    ("last_sign_in_ip", "RLS"),
    ("sign_in_count", "S"),
    ("namespace_id", "RLS"),
    ("created_by", "RLS"),
    ("email_reset_offered_at", "RLS"),
    ("note", "R"),
];

/// The names of a view's fields, in order.
pub fn fields(view: View) -> Vec<&'static str> {
    let letter = char::from(view as u8);
    FIELDS.iter().filter(|(_, views)| views.contains(letter)).map(|(name, _)| *name).collect()
}
