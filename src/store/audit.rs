//! The audit log: one row for each change. Rows are added and purged, and never changed.

use super::error::Error;
use super::purge::STEP;
use super::tx::{Columns, Read, Write, micros};
use crate::domain::{AuditEventId, UserId, Username};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Row;

/// A row to add.
#[derive(Debug)]
pub struct NewAuditEvent<'a> {
    pub at: Timestamp,
    pub event: &'a str,
    pub actor_id: Option<UserId>,
    pub actor: Option<&'a str>,
    pub via: Option<&'a str>,
    pub address: Option<&'a str>,
    pub subject_id: Option<UserId>,
    pub subject: Option<&'a str>,
    /// A JSON object.
    pub details: &'a str,
}

/// A row of the log. Names are those of the time of the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    pub id: AuditEventId,
    pub at: Timestamp,
    pub event: String,
    /// The user who made the change.
    pub actor_id: Option<UserId>,
    /// A user name; or `application NAME`, `uid N` for the command line, `None` for a stranger.
    pub actor: Option<String>,
    /// The credential.
    pub via: Option<String>,
    /// The client's address.
    pub address: Option<String>,
    /// The user whose account was changed.
    pub subject_id: Option<UserId>,
    pub subject: Option<String>,
    /// A JSON object.
    pub details: String,
}

/// The events of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuditFilter {
    #[default]
    All,
    /// Those that the user caused, or whose subject the user is.
    Concerning(UserId),
    /// Those whose subject is the user.
    About(UserId),
    /// Those whose subject is any user.
    AboutUsers,
    /// Those about no user.
    AboutServer,
}

/// A part of the log in the order of the commits, the newest event first unless `ascending`. Its cost depends on `limit`
/// and `offset` and not on the position of the cursor or the size of the log.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditQuery {
    pub filter: AuditFilter,
    /// From this time on.
    pub since: Option<Timestamp>,
    /// Up to this time.
    pub until: Option<Timestamp>,
    /// Only events that come after this one in the order of the list.
    pub cursor: Option<AuditEventId>,
    pub ascending: bool,
    pub offset: u64,
    pub limit: u64,
}

const COLUMNS: &str = "id, at, event, actor_id, actor, via, address, subject_id, subject, details";

/// How far the clock can be set back without effect on the search for a time.
const CLOCK_STEP: SignedDuration = SignedDuration::from_mins(1);

impl AuditFilter {
    /// The conditions of one range of ids, or of two that have no row in common.
    fn ranges(self) -> &'static [&'static str] {
        match self {
            Self::All => &["true"],
            Self::Concerning(_) => &["subject_id = ?1", "actor_id = ?1 AND actor_id IS NOT subject_id"],
            Self::About(_) => &["subject_id = ?1"],
            // Most rows. The sign keeps SQLite from reading them from an index, in another order.
            Self::AboutUsers => &["+subject_id IS NOT NULL"],
            Self::AboutServer => &["subject_id IS NULL"],
        }
    }

    fn user(self) -> Option<UserId> {
        match self {
            Self::Concerning(user) | Self::About(user) => Some(user),
            Self::All | Self::AboutUsers | Self::AboutServer => None,
        }
    }
}

impl AuditQuery {
    /// Its parameters are the user, the first and the last id, the first and the last time, the limit and the offset.
    fn sql(&self) -> String {
        let direction = if self.ascending { "ASC" } else { "DESC" };
        let range = |condition| {
            format!(
                "SELECT {COLUMNS} FROM audit_log
                 WHERE {condition} AND id BETWEEN ?2 AND ?3 AND at BETWEEN ?4 AND ?5"
            )
        };
        let ranges: Vec<_> = self.filter.ranges().iter().map(range).collect();
        // SQLite merges the ranges as it reads them.
        format!("{} ORDER BY id {direction} LIMIT ?6 OFFSET ?7", ranges.join(" UNION ALL "))
    }

    fn values(&self, db: &Read<'_>) -> Result<[Option<i64>; 7], Error> {
        let (mut first, mut last) = (i64::MIN, i64::MAX);
        if let Some(since) = self.since {
            first = db.first_id_at(since.checked_sub(CLOCK_STEP).unwrap_or(Timestamp::MIN))?;
        }
        if let Some(until) = self.until {
            last = db.first_id_at(until.checked_add(CLOCK_STEP).unwrap_or(Timestamp::MAX))?;
        }
        match self.cursor {
            Some(AuditEventId(id)) if self.ascending => first = first.max(id.saturating_add(1)),
            Some(AuditEventId(id)) => last = last.min(id.saturating_sub(1)),
            None => {}
        }
        let (since, until) = (self.since.map_or(i64::MIN, micros), self.until.map_or(i64::MAX, micros));
        let [limit, offset] = [self.limit, self.offset].map(|number| i64::try_from(number).unwrap_or(i64::MAX));
        let user = self.filter.user().map(|user| user.0);
        Ok([user, Some(first), Some(last), Some(since), Some(until), Some(limit), Some(offset)])
    }
}

impl Read<'_> {
    pub fn audit_log(&self, query: &AuditQuery) -> Result<Vec<AuditEvent>, Error> {
        self.all(&query.sql(), query.values(self)?, event)
    }

    /// The id of the first row from that time on, or one beyond the last row, found by bisection.
    fn first_id_at(&self, at: Timestamp) -> Result<i64, Error> {
        let ends = "SELECT coalesce(min(id), 0), coalesce(max(id), 0) + 1 FROM
                    (SELECT min(id) AS id FROM audit_log UNION ALL SELECT max(id) FROM audit_log)";
        let (mut low, mut high): (i64, i64) =
            self.one(ends, [], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or((0, 0));
        while low < high {
            let middle = low + (high - low) / 2;
            let sql = "SELECT id, at FROM audit_log WHERE id >= ?1 ORDER BY id LIMIT 1";
            let (id, then): (i64, i64) =
                self.one(sql, [middle], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or((high, i64::MAX));
            if then >= micros(at) { high = middle } else { low = id + 1 }
        }
        Ok(low)
    }

    pub fn audit_event(&self, id: AuditEventId) -> Result<Option<AuditEvent>, Error> {
        self.one(&format!("SELECT {COLUMNS} FROM audit_log WHERE id = ?1"), [id.0], event)
    }

    /// The id of the user who had this name, in any case, and was deleted last. It reads the log from its end, so it is
    /// for commands only.
    pub fn deleted_user(&self, username: &str) -> Result<Option<UserId>, Error> {
        let sql = "SELECT subject_id FROM audit_log
                   WHERE event IN ('user.deleted', 'user.rejected') AND subject = ?1 COLLATE NOCASE
                   ORDER BY id DESC LIMIT 1";
        self.one(sql, [username], |row| row.get(0).map(UserId))
    }

    /// The name of a user.
    pub fn username(&self, id: UserId) -> Result<Option<Username>, Error> {
        self.one("SELECT username FROM users WHERE id = ?1", [id.0], |row| row.get(0).map(Username::stored))
    }

    /// Whether there are events from before that time.
    pub fn has_audit_events_before(&self, before: Timestamp) -> Result<bool, Error> {
        let sql = "SELECT 1 FROM audit_log WHERE id < ?1 AND at < ?2 LIMIT 1";
        Ok(self.one(sql, (self.first_id_at(before)?, micros(before)), |_| Ok(()))?.is_some())
    }
}

impl Write<'_> {
    pub fn insert_audit_event(&self, new: &NewAuditEvent<'_>) -> Result<(), Error> {
        self.run(
            "INSERT INTO audit_log (at, event, actor_id, actor, via, address, subject_id, subject, details)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                micros(new.at),
                new.event,
                new.actor_id.map(|id| id.0),
                new.actor,
                new.via,
                new.address,
                new.subject_id.map(|id| id.0),
                new.subject,
                new.details,
            ),
        )
    }

    /// Deletes events from before that time, [`STEP`] at most.
    pub fn purge_audit_log(&self, before: Timestamp) -> Result<(), Error> {
        // What the trigger against deletions asks for.
        self.run("INSERT INTO audit_log_purge (before) VALUES (?1)", [micros(before)])?;
        let sql = "DELETE FROM audit_log
                   WHERE id IN (SELECT id FROM audit_log WHERE id < ?1 AND at < ?2 ORDER BY id LIMIT ?3)";
        self.run(sql, (self.first_id_at(before)?, micros(before), STEP))?;
        self.run("DELETE FROM audit_log_purge", [])
    }
}

fn event(row: &Row<'_>) -> rusqlite::Result<AuditEvent> {
    let mut row = Columns::of(row);
    Ok(AuditEvent {
        id: row.get().map(AuditEventId)?,
        at: row.time()?,
        event: row.get()?,
        actor_id: row.get::<Option<i64>>()?.map(UserId),
        actor: row.get()?,
        via: row.get()?,
        address: row.get()?,
        subject_id: row.get::<Option<i64>>()?.map(UserId),
        subject: row.get()?,
        details: row.get()?,
    })
}

#[cfg(test)]
mod tests;
