//! The cost of the audit log's queries.

use super::*;
use crate::domain::Clock;
use rusqlite::{Connection, StatementStatus};

/// The time of the first row, and the time from one to the next, in microseconds.
const START: i64 = 1_000_000_000;
const STEP_TIME: i64 = 10_000_000;

/// A log with this many rows, of seven users. Every third is about no user, and some have another actor.
fn log(rows: i64) -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(include_str!("../../../schema.sql")).unwrap();
    conn.execute(
        "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?1)
         INSERT INTO audit_log (at, event, actor_id, subject_id, details)
         SELECT ?2 + ?3 * x, 'e', x % 7, iif(x % 3, x % 14 / 2, NULL), '{}' FROM n WHERE x <= ?1",
        [rows, START, STEP_TIME],
    )
    .unwrap();
    conn
}

fn read(conn: &Connection) -> Read<'_> {
    Read::new(conn, &Clock::MACHINE)
}

fn queries() -> impl Iterator<Item = AuditQuery> {
    use AuditFilter::{About, AboutServer, AboutUsers, All, Concerning};
    let filters = [All, Concerning(UserId(2)), About(UserId(2)), AboutUsers, AboutServer];
    let query =
        |filter| [false, true].map(|ascending| AuditQuery { filter, ascending, limit: 20, ..AuditQuery::default() });
    filters.into_iter().flat_map(query)
}

/// The time of a row.
fn at(row: i64) -> Timestamp {
    Timestamp::from_microsecond(START + STEP_TIME * row).unwrap()
}

/// The virtual machine steps that a page takes, and its rows.
fn page(conn: &Connection, query: &AuditQuery) -> (i32, Vec<AuditEvent>) {
    let mut statement = conn.prepare(&query.sql()).unwrap();
    let rows = statement.query_map(query.values(&read(conn)).unwrap(), event).unwrap();
    let events = rows.map(Result::unwrap).collect();
    (statement.get_status(StatementStatus::VmStep), events)
}

#[test]
fn any_page_costs_what_the_first_one_costs() {
    let (small, large) = (log(2000), log(60_000));
    for query in queries() {
        let (first, events) = page(&small, &query);
        assert_eq!(events.len(), 20);
        for position in [500, 30_000, 59_000] {
            let cursor = Some(AuditEventId(position));
            let time = Some(at(position));
            for query in [
                AuditQuery { cursor, ..query },
                AuditQuery { until: time, ascending: false, ..query },
                AuditQuery { since: time, ascending: true, ..query },
            ] {
                let (steps, events) = page(&large, &query);
                assert_eq!(events.len(), 20, "{query:?}");
                // Beyond a time, the rows of a minute are looked at too.
                assert!(steps < first + first / 3, "{steps} and not {first}: {query:?}");
            }
        }
    }
}

#[test]
fn pages_are_read_from_indexes_in_their_order() {
    let conn = log(100);
    for query in queries() {
        let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {}", query.sql())).unwrap();
        let rows =
            statement.query_map(query.values(&read(&conn)).unwrap(), |row| row.get::<_, String>("detail")).unwrap();
        let plan: Vec<String> = rows.map(Result::unwrap).collect();
        let searches = plan.iter().filter(|step| step.starts_with("SEARCH audit_log USING ")).count();
        assert_eq!(searches, query.filter.ranges().len(), "{plan:?}");
        assert!(
            !plan.iter().any(|step| step.contains("TEMP B-TREE") || step.starts_with("SCAN audit_log")),
            "{plan:?}"
        );
    }
}

#[test]
fn pages_follow_each_other_without_a_gap() {
    let conn = log(600);
    for query in queries() {
        let (_, all) = page(&conn, &AuditQuery { limit: 1000, ..query });
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let (_, events) = page(&conn, &AuditQuery { cursor, ..query });
            let Some(last) = events.last() else { break };
            cursor = Some(last.id);
            found.extend(events);
        }
        assert_eq!(found, all);
        let mut sorted = all.clone();
        sorted.sort_by_key(|event| event.id);
        if !query.ascending {
            sorted.reverse();
        }
        assert_eq!(all, sorted);
        assert!(all.len() > 20);
    }
}

/// Also if a row far in the future or the past lies between the others.
#[test]
fn a_time_is_found_by_bisection() {
    let conn = log(1000);
    let times = |query: AuditQuery| -> Vec<i64> {
        read(&conn).audit_log(&AuditQuery { limit: 2000, ..query }).unwrap().iter().map(|event| event.id.0).collect()
    };
    for row in [1, 2, 500, 999, 1000] {
        let since = AuditQuery { since: Some(at(row)), ascending: true, ..AuditQuery::default() };
        assert_eq!(times(since), (row..=1000).collect::<Vec<_>>());
        let until = AuditQuery { until: Some(at(row)), ascending: true, ..AuditQuery::default() };
        assert_eq!(times(until), (1..=row).collect::<Vec<_>>());
    }
    assert!(times(AuditQuery { since: Some(at(1001)), ..AuditQuery::default() }).is_empty());
    assert!(times(AuditQuery { until: Some(at(0)), ..AuditQuery::default() }).is_empty());
    // The clock was set back by half a minute: no row is missed.
    conn.execute(
        "INSERT INTO audit_log (at, event, details) SELECT at - 30000000, 'e', '{}' FROM audit_log WHERE id = 1000",
        [],
    )
    .unwrap();
    let late = times(AuditQuery { since: Some(at(997)), ascending: true, ..AuditQuery::default() });
    assert_eq!(late, [997, 998, 999, 1000, 1001]);
    assert!(times(AuditQuery { ..AuditQuery::default() }).len() == 1001);
    let empty = log(0);
    assert!(
        read(&empty)
            .audit_log(&AuditQuery { since: Some(at(1)), limit: 1, ..AuditQuery::default() })
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_purge_deletes_a_step_of_the_oldest_rows() {
    let conn = log(2000);
    let tx = Write::new(&conn, &Clock::MACHINE);
    let before = at(1900);
    assert!(tx.has_audit_events_before(before).unwrap());
    let mut left = 2000;
    while tx.has_audit_events_before(before).unwrap() {
        tx.purge_audit_log(before).unwrap();
        let now = tx.count("SELECT count(*) FROM audit_log", []).unwrap();
        assert!(now < left && left - now <= u64::from(STEP), "{left} {now}");
        left = now;
    }
    assert_eq!(left, 101);
    assert!(tx.run("DELETE FROM audit_log", []).is_err());
}
