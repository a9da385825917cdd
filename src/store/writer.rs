//! The one writer: a thread that owns the write connection and commits in groups.
//!
//! Each write runs in a savepoint of its own, so a refused one rolls back exclusive. What has queued up while the disk was
//! busy with the last commit shares the next one: under load one fsync pays for many writes.

use super::error::Error;
use super::file_identity::FileIdentity;
use super::tx::Write;
use super::worker::Worker;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TrySendError};
use tokio::sync::oneshot;

/// Writes that may wait. More than that is refused as `Busy`, so that memory and waiting time stay bounded.
const QUEUE: usize = 1024;
/// Writes that share one commit at most.
const GROUP: usize = 256;

/// Sends the answer, once it is known how the commit ended.
type Answer = Box<dyn FnOnce(Result<(), Error>) + Send>;
/// Runs a write and gives back its answer; or, if no transaction could be begun, answers at once.
type Job = Box<dyn FnOnce(Result<&Connection, Error>) -> Option<Answer> + Send>;

/// What needs the connection for itself, outside of any transaction.
type ExclusiveWork = Box<dyn FnOnce(&Connection, Option<&FileIdentity>) + Send>;

enum Task {
    Write(Job),
    Exclusive(ExclusiveWork),
}

/// What was done, and what is to do.
#[derive(Default)]
pub(super) struct Counts {
    waiting: AtomicU64,
    writes: AtomicU64,
    commits: AtomicU64,
}

impl Counts {
    /// Tasks that wait, writes that were part of a commit, and commits.
    pub(super) fn read(&self) -> (u64, u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.waiting), read(&self.writes), read(&self.commits))
    }
}

pub(super) struct Writer {
    worker: Worker<Task>,
    counts: Arc<Counts>,
}

impl Writer {
    /// Without a `file_identity`, nobody looks whether the files are still where they were.
    pub(super) fn start(conn: Connection, file_identity: Option<FileIdentity>) -> Result<Self, Error> {
        let counts = Arc::new(Counts::default());
        let counted = Arc::clone(&counts);
        let worker = Worker::start("writer", QUEUE, move |tasks| work(&conn, file_identity.as_ref(), tasks, &counted))?;
        Ok(Self { worker, counts })
    }

    pub(super) async fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |conn| match conn {
            Err(refused) => {
                drop(answer.send(Err(refused.into())));
                None
            }
            Ok(conn) => {
                let outcome = in_savepoint(conn, work);
                // The caller may have hung up; its write counts all the same.
                Some(Box::new(move |commit| drop(answer.send(commit.map_err(E::from).and(outcome)))))
            }
        });
        self.send(Task::Write(job))?;
        answered.await.unwrap_or_else(|_| Err(Error::Stopped.into()))
    }

    /// Runs `work` after the group that is under way.
    pub(super) fn run_exclusive(&self, work: ExclusiveWork) -> Result<(), Error> {
        self.send(Task::Exclusive(work))
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    fn send(&self, task: Task) -> Result<(), Error> {
        self.counts.waiting.fetch_add(1, Ordering::Relaxed);
        self.worker.send(task).map_err(|refused| {
            self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
            match refused {
                TrySendError::Full(_) => Error::Busy,
                TrySendError::Disconnected(_) => Error::Stopped,
            }
        })
    }
}

/// From now on, this thread waits for threads that answer requests if there are not processors enough. What came meanwhile
/// shares the next commit: being late costs writes little, and saves reads to wait behind them.
pub(super) fn give_way() {
    // Linux has a niceness for each thread (setpriority(2), "C library/kernel differences").
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getpriority_process, setpriority_process};
        const LATER: i32 = 5;
        let given = getpriority_process(None).and_then(|nice| setpriority_process(None, nice.saturating_add(LATER)));
        if let Err(error) = given {
            tracing::debug!(%error, "the writer keeps its priority");
        }
    }
}

fn work(conn: &Connection, file_identity: Option<&FileIdentity>, tasks: &Receiver<Task>, counts: &Counts) {
    while let Ok(first) = tasks.recv() {
        let rest = std::iter::from_fn(|| tasks.try_recv().ok());
        let taken = std::iter::once(first).chain(rest).take(GROUP).inspect(|_| {
            counts.waiting.fetch_sub(1, Ordering::Relaxed);
        });
        let mut exclusive = Vec::new();
        let mut group = taken
            .filter_map(|task| match task {
                Task::Write(job) => Some(job),
                Task::Exclusive(work) => {
                    exclusive.push(work);
                    None
                }
            })
            .peekable();
        if group.peek().is_some() {
            commit_together(conn, file_identity, group, counts);
        } else {
            drop(group);
        }
        exclusive.into_iter().for_each(|work| work(conn, file_identity));
    }
}

/// Begins a transaction that can be trusted to be there tomorrow.
pub(super) fn begin(conn: &Connection, file_identity: Option<&FileIdentity>) -> Result<(), Error> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    // With the lock in hand, so that the log does not grow between the two looks at it.
    let still_there = file_identity.map_or(Ok(()), FileIdentity::confirm);
    if still_there.is_err() {
        conn.execute_batch("ROLLBACK")?;
    }
    still_there
}

fn commit_together(
    conn: &Connection,
    file_identity: Option<&FileIdentity>,
    group: impl Iterator<Item = Job>,
    counts: &Counts,
) {
    if let Err(error) = begin(conn, file_identity) {
        tracing::warn!(%error, "a write could not begin");
        // Those that waited, and not whatever comes once the first of them has its answer: the lock may be free by then.
        let waited: Vec<Job> = group.collect();
        waited.into_iter().for_each(|job| drop(job(Err(error.clone()))));
        return;
    }
    let mut answers = Vec::new();
    for job in group {
        answers.extend(job(Ok(conn)));
        // On some failures (disk full, I/O) SQLite rolls the whole transaction back by itself.
        if conn.is_autocommit() {
            tracing::error!("the database rolled a group of {} writes back", answers.len());
            answers.into_iter().for_each(|answer| answer(Err(Error::RolledBack)));
            return;
        }
    }
    let committed = conn.execute_batch("COMMIT").map_err(Error::of_commit);
    match &committed {
        Ok(()) => {
            counts.writes.fetch_add(answers.len() as u64, Ordering::Relaxed);
            counts.commits.fetch_add(1, Ordering::Relaxed);
        }
        Err(error) => {
            tracing::error!(%error, "a commit of {} writes failed", answers.len());
            if !conn.is_autocommit() && conn.execute_batch("ROLLBACK").is_err() {
                tracing::error!("and could not be rolled back");
            }
        }
    }
    answers.into_iter().for_each(|answer| answer(committed.clone()));
}

/// Runs one write; an error or a panic leaves nothing of it behind.
fn in_savepoint<T, E: From<Error>>(conn: &Connection, work: impl FnOnce(&Write<'_>) -> Result<T, E>) -> Result<T, E> {
    let sql = |text| conn.execute_batch(text).map_err(|e| E::from(Error::from(e)));
    sql("SAVEPOINT work")?;
    let outcome =
        catch_unwind(AssertUnwindSafe(|| work(&Write::new(conn)))).unwrap_or_else(|_| Err(Error::Panicked.into()));
    if outcome.is_ok() {
        sql("RELEASE work")?;
    } else if !conn.is_autocommit() {
        sql("ROLLBACK TO work; RELEASE work")?;
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::OpenFlags;

    fn writer() -> (tempfile::TempDir, Writer, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x INTEGER UNIQUE)").unwrap();
        (folder, Writer::start(conn, None).unwrap(), Connection::open(path).unwrap())
    }

    fn insert(x: i64) -> impl FnOnce(&Write<'_>) -> Result<(), Error> + Send {
        move |tx| tx.run("INSERT INTO t VALUES (?1)", [x]).map(drop)
    }

    fn stored(conn: &Connection) -> i64 {
        conn.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
    }

    #[tokio::test]
    async fn a_refused_write_rolls_back_alone() {
        let (_folder, writer, reader) = writer();
        let (a, b, c) = tokio::join!(
            writer.run(insert(1)),
            writer.run(|tx| {
                insert(2)(tx)?;
                insert(1)(tx)
            }),
            writer.run(insert(3))
        );
        assert!(a.is_ok() && b.is_err() && c.is_ok());
        assert_eq!(stored(&reader), 2);
    }

    #[tokio::test]
    async fn a_panic_in_a_write_is_an_answer_and_not_the_end() {
        let (_folder, writer, reader) = writer();
        let panicked: Result<(), Error> = writer
            .run(|tx| {
                insert(1)(tx)?;
                panic!("on purpose")
            })
            .await;
        assert!(matches!(panicked, Err(Error::Panicked)));
        writer.run(insert(2)).await.unwrap();
        assert_eq!(stored(&reader), 1);
    }

    #[tokio::test]
    async fn a_locked_database_answers_busy_and_recovers() {
        let (_folder, writer, other) = writer();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert!(matches!(writer.run(insert(1)).await, Err(Error::Busy)));
        other.execute_batch("ROLLBACK").unwrap();
        writer.run(insert(1)).await.unwrap();
    }

    /// SQLite may give up the whole transaction when there is no room: whoever shared it is not told otherwise.
    #[tokio::test]
    async fn what_is_answered_is_stored_when_the_disk_is_full_and_afterwards() {
        let (_folder, writer, reader) = writer();
        let pages = |most: &str| {
            let sql = format!("PRAGMA max_page_count = {most}");
            writer.run(move |tx| tx.one(&sql, [], |_| Ok(())).map(drop))
        };
        pages("3").await.unwrap();
        let many = "WITH RECURSIVE n (x) AS (SELECT ?1 UNION ALL SELECT x + 1 FROM n WHERE x < ?1 + 5000)
                    INSERT INTO t SELECT x FROM n";
        let fill = |from: i64| {
            writer.run(move |tx| {
                insert(from)(tx)?;
                tx.run(many, [from * 10_000]).map(drop)
            })
        };
        let (a, b, c) = tokio::join!(writer.run(insert(1)), fill(2), writer.run(insert(3)));
        assert!(matches!(b, Err(Error::Full)), "{b:?}");
        for (x, answer) in [(1, a), (3, c)] {
            let sql = "SELECT count(*) FROM t WHERE x = ?1";
            let found: i64 = reader.query_row(sql, [x], |row| row.get(0)).unwrap();
            match answer {
                Ok(()) => assert_eq!(found, 1, "{x}"),
                Err(Error::Full | Error::RolledBack) => assert_eq!(found, 0, "{x}"),
                Err(other) => panic!("{x}: {other:?}"),
            }
        }
        pages("1000").await.unwrap();
        fill(2).await.unwrap();
    }

    #[tokio::test]
    async fn a_database_that_can_only_be_read_is_not_called_busy() {
        let (folder, _writer, reader) = writer();
        let only = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let conn = Connection::open_with_flags(folder.path().join("test.db"), only).unwrap();
        let writer = Writer::start(conn, None).unwrap();
        assert!(matches!(writer.run(insert(1)).await, Err(Error::Sqlite(_))));
        assert_eq!(stored(&reader), 0);
    }

    #[tokio::test]
    async fn dropping_the_writer_finishes_what_is_queued() {
        let (_folder, writer, reader) = writer();
        for x in 0..50 {
            // One poll puts it into the queue; then the caller hangs up.
            drop(tokio::time::timeout(std::time::Duration::ZERO, writer.run(insert(x))).await);
        }
        drop(writer);
        assert_eq!(stored(&reader), 50);
    }
}
