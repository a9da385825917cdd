//! The log writer: lines are gathered in memory, and a thread writes them to stderr in batches, so a reader that stalls
//! does not stall a request.
//!
//! `tracing-appender`'s non-blocking writer allocates and queues each line by itself. With it, a request with a token took
//! 9.7 µs of processor time instead of 9.3 (`benches/load cpu-time`, medians).

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long lines are gathered before they are written together.
const INTERVAL: Duration = Duration::from_millis(10);
/// Bytes, and one line more, that may wait for a reader that does not keep up. Further lines are lost, and counted.
const QUEUE: usize = 4 << 20;
/// Bytes of memory that are kept for the next batch.
const KEPT: usize = 256 << 10;
/// How long the end of the process waits for such a reader.
const PATIENCE: Duration = Duration::from_secs(1);

/// Takes whole lines, and never waits for the reader.
#[derive(Clone)]
pub struct LogWriter(Arc<Shared>);

/// Writes the remaining lines when it is dropped.
#[must_use]
pub struct Flush(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    lost: usize,
    stopping: bool,
    stopped: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the thread that writes to `output`. It calls `report` with the number of lines that were lost since the last
/// call.
///
/// # Errors
/// The operating system cannot start a thread.
pub fn start(
    output: impl Write + Send + 'static,
    report: impl Fn(usize) + Send + 'static,
) -> io::Result<(LogWriter, Flush)> {
    let shared = Arc::<Shared>::default();
    let writer = LogWriter(Arc::clone(&shared));
    thread::Builder::new().name("log".into()).spawn(move || write_batches(&writer.0, output, report))?;
    Ok((LogWriter(Arc::clone(&shared)), Flush(shared)))
}

impl LogWriter {
    /// Adds the line that `append` appends. Other writers wait meanwhile, which takes less time than a copy.
    pub fn write_with(&self, append: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.0.lock();
        if state.waiting.len() >= QUEUE {
            state.lost += 1;
            return;
        }
        let is_first = state.waiting.is_empty();
        append(&mut state.waiting);
        drop(state);
        if is_first {
            self.0.changed.notify_all();
        }
    }
}

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.write_with(|waiting| waiting.extend_from_slice(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.stopping = true;
        self.0.changed.notify_all();
        drop(self.0.changed.wait_timeout_while(state, PATIENCE, |state| !state.stopped));
    }
}

fn write_batches(shared: &Shared, mut output: impl Write, report: impl Fn(usize)) {
    let mut lines = Vec::new();
    loop {
        let state = shared.changed.wait_while(shared.lock(), |state| state.waiting.is_empty() && !state.stopping);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let gathered = shared.changed.wait_timeout_while(state, INTERVAL, |state| !state.stopping);
        let (mut state, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut lines, &mut state.waiting);
        let (lost, stopping) = (std::mem::take(&mut state.lost), state.stopping);
        drop(state);
        // Without a reader, there is nothing left to report an error to.
        let _ = output.write_all(&lines).and_then(|()| output.flush());
        lines.clear();
        lines.shrink_to(KEPT);
        if lost > 0 {
            report(lost);
        } else if stopping {
            shared.lock().stopped = true;
            shared.changed.notify_all();
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Instant;

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
        let (mut writer, flush) = start(reader, |lost| panic!("{lost}")).unwrap();
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
        let (mut writer, flush) = start(reader, |lost| panic!("{lost}")).unwrap();
        (0..10).for_each(|_| go.send(()).unwrap());
        writer.write_all(b"the last\n").unwrap();
        drop(flush);
        assert_eq!(read.try_iter().flatten().collect::<Vec<_>>(), b"the last\n");
    }

    #[test]
    fn a_stalled_reader_costs_lines_that_are_counted_and_reported() {
        let (reader, go, read) = reader();
        let (report, reported) = mpsc::channel();
        let (mut writer, flush) = start(reader, move |lost| report.send(lost).unwrap()).unwrap();
        let line = [b'x'; 1024];
        let written = 2 * QUEUE / line.len() + 1024;
        (0..written).for_each(|_| writer.write_all(&line).unwrap());
        (0..written).for_each(|_| go.send(()).unwrap());
        drop(flush);
        let seen: usize = read.try_iter().map(|batch| batch.len()).sum();
        let lost: usize = reported.try_iter().sum();
        // One batch is with the stalled reader, and the next one waits.
        assert!(lost > 0 && lost <= written - QUEUE / line.len(), "{lost}");
        assert_eq!(seen, (written - lost) * line.len());
    }

    #[test]
    fn the_end_does_not_wait_for_a_stalled_reader_for_long() {
        let (reader, _go, _read) = reader();
        let (mut writer, flush) = start(reader, |_| {}).unwrap();
        (0..QUEUE / 4).for_each(|_| writer.write_all(b"never read\n").unwrap());
        let start = Instant::now();
        drop(flush);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}
