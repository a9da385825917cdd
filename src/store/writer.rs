//! The writer: a thread that owns the write connection and commits in groups.
//!
//! Each write runs in a savepoint of its own, so that a refused one is rolled back alone. Writes that queue up while the
//! disk is busy with a commit share the next one: under load one fsync pays for many writes.

use super::error::Error;
use super::job::{Call, Job};
use super::open::BUSY;
use super::reserve::Reserve;
use super::tx::Write;
use super::write_connection::WriteConnection;
use crate::domain::Clock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::{Builder, JoinHandle, sleep};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Writes that may wait. More than that is refused as `Busy`, so that memory and waiting time stay bounded.
const QUEUE: usize = 1024;
/// The most writes that share a commit.
const GROUP: usize = 256;
/// How long the end of the writer takes at most after the last wait for a lock: for a commit and the closing checkpoint.
const CLOSING: Duration = Duration::from_millis(500);

/// Needs the connection outside of any transaction.
type ExclusiveWork = Box<dyn FnOnce(&WriteConnection) + Send>;

enum Task {
    Write(Box<dyn Job>),
    Exclusive(ExclusiveWork),
}

/// Shared by all writers of a store. A database that is reopened gets a new writer.
#[derive(Clone)]
pub(super) struct Shared {
    counts: Arc<Counts>,
    close_by: Arc<OnceLock<Instant>>,
    clock: Clock,
}

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

impl Shared {
    pub(super) fn new(clock: Clock) -> Self {
        Self { counts: Arc::default(), close_by: Arc::default(), clock }
    }

    /// Stops waiting for other processes' locks at `deadline`, and lets the end of the writer take no more than
    /// [`CLOSING`] after it. The first deadline stays.
    pub(super) fn close_by(&self, deadline: Instant) {
        let _ = self.close_by.set(deadline);
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }
}

pub(super) struct Writer {
    queue: Option<SyncSender<Task>>,
    thread: Option<JoinHandle<()>>,
    shared: Shared,
}

impl Writer {
    pub(super) fn start(mut conn: WriteConnection, reserve: Option<Reserve>, shared: Shared) -> Result<Self, Error> {
        conn.set_close_by(Arc::clone(&shared.close_by));
        let (counts, clock) = (Arc::clone(&shared.counts), shared.clock.clone());
        let (queue, tasks) = sync_channel(QUEUE);
        // At its end the thread closes the connection, which may take a checkpoint.
        let work = move || Worker { conn, reserve, counts, clock }.work(&tasks);
        let thread =
            Some(Builder::new().name("writer".into()).spawn(work).map_err(|e| Error::file("writer thread", e))?);
        Ok(Self { queue: Some(queue), thread, shared })
    }

    pub(super) async fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let mut work = Some(work);
        // It is run once, because it does not reduce.
        self.call(false, move |tx| work.take().map_or_else(|| Err(Error::Stopped.into()), |work| work(tx))).await
    }

    /// Like [`Self::run`], but on a full disk the work is run a second time, in the space of the disk reserve.
    pub(super) async fn run_reducing<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.call(true, work).await
    }

    async fn call<T, E, F>(&self, reduces: bool, work: F) -> Result<T, E>
    where
        F: FnMut(&Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.send(Task::Write(Box::new(Call::new(work, reduces, answer))))?;
        answered.await.unwrap_or_else(|_| Err(Error::Stopped.into()))
    }

    /// Runs `work` after the current group.
    pub(super) fn run_exclusive(&self, work: ExclusiveWork) -> Result<(), Error> {
        self.send(Task::Exclusive(work))
    }

    fn send(&self, task: Task) -> Result<(), Error> {
        let Some(queue) = &self.queue else { return Err(Error::Stopped) };
        let waiting = &self.shared.counts.waiting;
        waiting.fetch_add(1, Ordering::Relaxed);
        queue.try_send(task).map_err(|refused| {
            waiting.fetch_sub(1, Ordering::Relaxed);
            match refused {
                TrySendError::Full(_) => Error::Busy,
                TrySendError::Disconnected(_) => Error::Stopped,
            }
        })
    }
}

/// Finishes what is queued, within the deadline if there is one.
impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        let Some(thread) = self.thread.take() else { return };
        while let Some(close_by) = self.shared.close_by.get()
            && !thread.is_finished()
        {
            if Instant::now() >= *close_by + CLOSING {
                tracing::warn!("the database was not closed in time: its WAL stays, and the next start reads it");
                return;
            }
            sleep(Duration::from_millis(5));
        }
        drop(thread.join()); // a panic in it has been answered to each caller
    }
}

/// The state of the thread.
struct Worker {
    conn: WriteConnection,
    reserve: Option<Reserve>,
    counts: Arc<Counts>,
    clock: Clock,
}

impl Worker {
    fn work(&self, tasks: &Receiver<Task>) {
        while let Ok(first) = tasks.recv() {
            let rest = std::iter::from_fn(|| tasks.try_recv().ok());
            let taken = std::iter::once(first).chain(rest).take(GROUP).inspect(|_| {
                self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
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
                self.commit_together(group);
            } else {
                drop(group);
            }
            exclusive.into_iter().for_each(|work| work(&self.conn));
        }
    }

    fn commit_together(&self, group: impl Iterator<Item = Box<dyn Job>>) {
        let mut jobs = Vec::new();
        let outcome = self.transaction(group, &mut jobs);
        let (again, jobs) = match &outcome {
            Err(error) if error.is_lack_of_space() => jobs.into_iter().partition(|job| job.reduces()),
            _ => (Vec::new(), jobs),
        };
        jobs.into_iter().for_each(|job| job.answer(outcome.clone()));
        if !again.is_empty() {
            self.commit_with_reserve(again, outcome);
        }
    }

    /// Runs these jobs again in the space of the disk reserve. No other write gets any of it.
    fn commit_with_reserve(&self, jobs: Vec<Box<dyn Job>>, first: Result<(), Error>) {
        let (mut jobs, mut done) = (jobs.into_iter(), Vec::new());
        let mut outcome = first;
        if let Some(reserve) = &self.reserve
            && reserve.release()
        {
            outcome = self.transaction(jobs.by_ref(), &mut done);
            // Lets the next writes begin at the start of the WAL, so that they need less of the reserve.
            if outcome.is_ok()
                && let Err(error) = self.conn.connection().execute_batch("PRAGMA wal_checkpoint(PASSIVE)")
            {
                tracing::debug!(%error, "no checkpoint");
            }
            reserve.restore();
        }
        done.into_iter().chain(jobs).for_each(|job| job.answer(outcome.clone()));
    }

    /// Runs the jobs in one transaction and moves them to `done`, to be answered with the outcome.
    fn transaction(&self, jobs: impl Iterator<Item = Box<dyn Job>>, done: &mut Vec<Box<dyn Job>>) -> Result<(), Error> {
        if let Err(error) = self.conn.begin(BUSY) {
            // The check of the files has logged this once.
            if !matches!(error, Error::DatabaseReplaced { .. }) {
                tracing::warn!(%error, "a write could not begin");
            }
            // Only the writes that are waiting now: the lock may be free when the next one comes.
            done.extend(jobs);
            return Err(error);
        }
        let conn = self.conn.connection();
        for mut job in jobs {
            job.run(conn, &self.clock);
            done.push(job);
            // On some failures (disk full, I/O) SQLite rolls back the whole transaction.
            if conn.is_autocommit() {
                tracing::error!("the database rolled a group of {} writes back", done.len());
                return Err(Error::RolledBack);
            }
        }
        let committed = self.conn.commit();
        match &committed {
            Ok(()) => {
                self.counts.writes.fetch_add(done.len() as u64, Ordering::Relaxed);
                self.counts.commits.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                tracing::error!(%error, "a commit of {} writes failed", done.len());
                if !conn.is_autocommit() && conn.execute_batch("ROLLBACK").is_err() {
                    tracing::error!("and could not be rolled back");
                }
            }
        }
        committed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::{Connection, OpenFlags};

    fn writer() -> (tempfile::TempDir, Writer, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x INTEGER UNIQUE)").unwrap();
        let writer =
            Writer::start(WriteConnection::new(conn, None).unwrap(), None, Shared::new(Clock::MACHINE)).unwrap();
        (folder, writer, Connection::open(path).unwrap())
    }

    fn insert(x: i64) -> impl FnOnce(&Write<'_>) -> Result<(), Error> + Send {
        move |tx| tx.run("INSERT INTO t VALUES (?1)", [x])
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
    async fn a_panic_in_a_write_is_answered_and_the_writer_goes_on() {
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

    /// SQLite may roll back the whole transaction when the disk is full, and with it writes of other callers.
    #[tokio::test]
    async fn an_answer_is_true_when_the_disk_is_full_and_afterwards() {
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
                tx.run(many, [from * 10_000])
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
    async fn a_read_only_database_is_not_reported_as_busy() {
        let (folder, _writer, reader) = writer();
        let only = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let conn = Connection::open_with_flags(folder.path().join("test.db"), only).unwrap();
        let writer =
            Writer::start(WriteConnection::new(conn, None).unwrap(), None, Shared::new(Clock::MACHINE)).unwrap();
        assert!(matches!(writer.run(insert(1)).await, Err(Error::Sqlite(_))));
        assert_eq!(stored(&reader), 0);
    }

    #[tokio::test]
    async fn dropping_the_writer_finishes_the_queue() {
        let (_folder, writer, reader) = writer();
        for x in 0..50 {
            // One poll puts it into the queue; then the caller hangs up.
            drop(tokio::time::timeout(std::time::Duration::ZERO, writer.run(insert(x))).await);
        }
        drop(writer);
        assert_eq!(stored(&reader), 50);
    }

    #[tokio::test]
    async fn a_lock_does_not_hold_up_the_end_beyond_the_deadline() {
        let (_folder, writer, other) = writer();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let start = Instant::now();
        let deadline = start + Duration::from_millis(300);
        // In the middle of a wait for the lock, which would last for 5 seconds.
        let first = writer.run(insert(1));
        let close = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            writer.shared.close_by(deadline);
        };
        let (first, ()) = tokio::join!(first, close);
        assert!(matches!(first, Err(Error::Busy)));
        assert!(start.elapsed() >= Duration::from_millis(300));
        // And so are later ones refused.
        assert!(matches!(writer.run(insert(2)).await, Err(Error::Busy)));
        drop(writer);
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    }
}
