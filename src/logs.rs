//! The log writer: lines go through a bounded queue to a thread that writes them to stderr in batches.
//!
//! It is `tracing-appender`'s non-blocking writer, so a reader that stalls does not stall a request. The batches are
//! what [`Batched`] adds: writing each line by itself costs the process about 1 µs a request more, 5 % of what a request
//! with a token takes.

use std::io::{self, BufWriter, Write};
use std::sync::{Arc, OnceLock};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Lines that may wait for a reader that does not keep up: about 4 MiB. Further ones are lost, and counted.
const QUEUE: usize = 1 << 14;
/// How long the thread gathers lines between two writes.
const INTERVAL: Duration = Duration::from_millis(10);
/// How much is written at a time.
const BATCH: usize = 64 << 10;
/// How long the end of the process waits for a full queue to move. The queue's own end takes a second at most.
const PATIENCE: Duration = Duration::from_millis(300);

/// Takes whole lines, and never blocks.
pub type LogWriter = NonBlocking;

/// Writes what is in the queue when it is dropped.
#[must_use]
pub struct Flush {
    writer: LogWriter,
    worker: Option<WorkerGuard>,
}

/// Starts the thread that writes to `output`. It calls `report` with the number of lines that were lost since the last
/// call.
pub fn start(output: impl Write + Send + 'static, report: impl Fn(usize) + Send + 'static) -> (LogWriter, Flush) {
    let lost = Arc::new(OnceLock::new());
    let output = BufWriter::with_capacity(BATCH, output);
    let batched = Batched { output, report, lost: Arc::clone(&lost), reported: 0 };
    let builder = NonBlockingBuilder::default().buffered_lines_limit(QUEUE).thread_name("log");
    let (writer, worker) = builder.finish(batched);
    let _ = lost.set(writer.error_counter());
    (writer.clone(), Flush { writer, worker: Some(worker) })
}

/// Gathers lines in memory. The queue's thread flushes when the queue is empty.
struct Batched<W: Write, R> {
    output: BufWriter<W>,
    report: R,
    lost: Arc<OnceLock<ErrorCounter>>,
    reported: usize,
}

impl<W: Write, R: Fn(usize)> Write for Batched<W, R> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.output.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.output.flush();
        let lost = self.lost.get().map_or(0, ErrorCounter::dropped_lines);
        if lost > self.reported {
            (self.report)(lost - self.reported);
            self.reported = lost;
        }
        sleep(INTERVAL);
        flushed
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        // The end of the queue is a message in it. If there is no room for that, `WorkerGuard` complains on stdout, which
        // is not for logs; so an empty line asks for room first.
        loop {
            let lost = self.writer.error_counter().dropped_lines();
            if self.writer.write_all(b"").is_ok() && self.writer.error_counter().dropped_lines() == lost {
                return;
            }
            if Instant::now() >= deadline {
                return self.worker.take().map_or((), std::mem::forget);
            }
            sleep(INTERVAL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// A reader that takes a write when the test says so.
    struct Reader {
        ready: mpsc::Receiver<()>,
        read: mpsc::Sender<Vec<u8>>,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.ready.recv().map_err(io::Error::other)?;
            self.read.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn reader() -> (Reader, mpsc::Sender<()>, mpsc::Receiver<Vec<u8>>) {
        let ((go, ready), (read, lines)) = (mpsc::channel(), mpsc::channel());
        (Reader { ready, read }, go, lines)
    }

    #[test]
    fn lines_are_written_whole_and_in_order() {
        let (reader, go, read) = reader();
        let (mut writer, flush) = start(reader, |lost| panic!("{lost}"));
        (0..1000).for_each(|_| go.send(()).unwrap());
        let expected: Vec<u8> = (0..1000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        for line in expected.split_inclusive(|byte| *byte == b'\n') {
            writer.write_all(line).unwrap();
        }
        let mut seen = Vec::new();
        while seen.len() < expected.len() {
            seen.extend(read.recv_timeout(Duration::from_secs(10)).unwrap());
        }
        assert_eq!(seen, expected);
        drop(flush);
    }

    #[test]
    fn the_end_writes_the_rest() {
        let (reader, go, read) = reader();
        let (mut writer, flush) = start(reader, |lost| panic!("{lost}"));
        (0..10).for_each(|_| go.send(()).unwrap());
        writer.write_all(b"the last\n").unwrap();
        drop(flush);
        assert_eq!(read.try_iter().flatten().collect::<Vec<_>>(), b"the last\n");
    }

    #[test]
    fn a_stalled_reader_costs_lines_that_are_counted_and_reported() {
        let (reader, go, read) = reader();
        let (report, reported) = mpsc::channel();
        let (mut writer, flush) = start(reader, move |lost| report.send(lost).unwrap());
        let line = [b'x'; 1024];
        let written = 2 * QUEUE;
        (0..written).for_each(|_| writer.write_all(&line).unwrap());
        let lost = writer.error_counter().dropped_lines();
        // Beside the queue, the lines of a batch are taken out of it.
        assert!((written - QUEUE - BATCH / line.len() - 2..=written - QUEUE).contains(&lost), "{lost}");
        (0..written).for_each(|_| go.send(()).unwrap());
        let mut seen = 0;
        while seen < (written - lost) * line.len() {
            seen += read.recv_timeout(Duration::from_secs(10)).unwrap().len();
        }
        assert_eq!(reported.recv_timeout(Duration::from_secs(10)), Ok(lost));
        drop(flush);
    }

    #[test]
    fn the_end_does_not_wait_for_a_stalled_reader_for_long() {
        let (reader, _go, _read) = reader();
        let (mut writer, flush) = start(reader, |_| {});
        (0..2 * QUEUE).for_each(|_| writer.write_all(b"never read\n").unwrap());
        let start = Instant::now();
        drop(flush);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}
