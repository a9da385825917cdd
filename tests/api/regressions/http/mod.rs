//! Bugs that were reachable over HTTP.

mod allowed_signers_unbounded;
mod blocked_user_visible_to_anonymous_callers;
mod correct_password_throttled;
mod create_fails_after_commit;
mod deletion_blocks_writes;
mod dormant_despite_basic_sign_in;
mod expensive_imported_hashes;
mod reactivated_by_old_password;
mod stalled_large_bodies;
mod state_machine_bypassed;
mod unimplemented_route_looks_missing;
mod unlimited_tokens;
mod unreadable_sudo_ignored;
