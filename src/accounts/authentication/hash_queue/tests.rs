//! The order in which hashes run.

use super::*;
use futures_util::FutureExt;
use std::pin::Pin;

const JANE: UserId = UserId(1);

fn client(n: u8) -> Flow {
    Flow::Client([192, 0, 2, n].into())
}

type PermitFuture<'q> = Pin<Box<dyn Future<Output = Result<HashPermit, Error>> + Send + 'q>>;

/// Hashes that wait, each with a name.
struct Callers<'q> {
    queue: &'q Arc<HashQueue>,
    waiting: Vec<(String, PermitFuture<'q>)>,
}

impl<'q> Callers<'q> {
    fn of(queue: &'q Arc<HashQueue>) -> Self {
        Self { queue, waiting: Vec::new() }
    }

    fn add(&mut self, name: impl Into<String>, flow: Flow, account: Option<UserId>) {
        let mut permit: PermitFuture<'q> = Box::pin(self.queue.permit(flow, account));
        assert!((&mut permit).now_or_never().is_none(), "a core was free");
        self.waiting.push((name.into(), permit));
    }

    /// Those that have a permit now.
    fn granted(&mut self) -> Vec<(String, HashPermit)> {
        let mut granted = Vec::new();
        self.waiting.retain_mut(|(name, permit)| match permit.now_or_never() {
            Some(permit) => {
                granted.push((std::mem::take(name), permit.unwrap()));
                false
            }
            None => true,
        });
        granted
    }

    /// Ends the permit, then each that is granted, and returns the names in the order in which they ran.
    fn run(&mut self, first: HashPermit) -> Vec<String> {
        let mut order = Vec::new();
        let mut running = vec![first];
        while let Some(permit) = running.pop() {
            drop(permit);
            for (name, permit) in self.granted() {
                order.push(name);
                running.push(permit);
            }
        }
        order
    }
}

/// A queue whose only core is in use.
fn busy_queue() -> (Arc<HashQueue>, HashPermit) {
    let queue = HashQueue::new(1);
    let permit = queue.permit(client(99), None).now_or_never().expect("the core is free").unwrap();
    (queue, permit)
}

#[test]
fn a_client_with_many_hashes_waits_behind_itself() {
    let (queue, held) = busy_queue();
    let mut callers = Callers::of(&queue);
    (0..100).for_each(|n| callers.add(format!("greedy {n}"), client(1), None));
    callers.add("one", client(2), None);
    callers.add("two", client(3), None);
    callers.add("new password", Flow::Administrators, None);
    let order = callers.run(held);
    assert_eq!(order[..6], ["greedy 0", "one", "two", "new password", "greedy 1", "greedy 2"]);
    assert_eq!((order.len(), queue.waiting()), (103, 0));
}

#[test]
fn as_many_hashes_run_as_there_are_cores() {
    let queue = HashQueue::new(2);
    let mut permits: Vec<_> =
        (0..2).map(|n| queue.permit(client(n), None).now_or_never().expect("a core is free").unwrap()).collect();
    let mut callers = Callers::of(&queue);
    callers.add("third", client(2), None);
    callers.add("fourth", client(2), None);
    assert!(callers.granted().is_empty());
    permits.pop();
    assert_eq!(callers.granted().len(), 1);
    assert_eq!((callers.granted().len(), queue.waiting()), (1, 0));
}

#[test]
fn an_account_that_signs_in_from_everywhere_is_one_flow() {
    let (queue, held) = busy_queue();
    let mut callers = Callers::of(&queue);
    (0..40).for_each(|n| callers.add(format!("jane {n}"), client(n), Some(JANE)));
    callers.add("joe", client(50), Some(UserId(2)));
    // Jane's hashes that run before Joe's find her password right.
    let mut order = Vec::new();
    let mut permit = Some(held);
    while let Some(running) = permit.take() {
        running.succeeded(JANE);
        drop(running);
        let mut granted = callers.granted();
        assert!(granted.len() <= 1);
        permit = granted.pop().map(|(name, permit)| {
            order.push(name);
            permit
        });
    }
    let place = order.iter().position(|name| name == "joe").unwrap();
    assert_eq!(place, BUSY - 1);
    assert_eq!((order.len(), queue.waiting()), (41, 0));
}

#[test]
fn a_busy_account_has_one_core() {
    let queue = HashQueue::new(2);
    let permit = || queue.permit(client(1), Some(JANE)).now_or_never();
    for _ in 0..BUSY {
        permit().expect("a core is free").unwrap().succeeded(JANE);
    }
    let first = permit().expect("a core is free").unwrap();
    let mut callers = Callers::of(&queue);
    callers.add("second", client(2), Some(JANE));
    // Other accounts find the second core free.
    assert!(queue.permit(client(1), Some(UserId(2))).now_or_never().is_some());
    assert!(callers.granted().is_empty());
    drop(first);
    assert_eq!(callers.granted().len(), 1);
}

/// Wrong passwords must neither delay the account nor show which names belong to it.
#[test]
fn guesses_do_not_make_an_account_busy() {
    let (queue, held) = busy_queue();
    let mut callers = Callers::of(&queue);
    (0..100).for_each(|n| callers.add(format!("guess {n}"), client(n % 90), Some(JANE)));
    callers.add("jane", client(98), Some(JANE));
    let order = callers.run(held);
    assert_eq!(order.iter().position(|name| name == "jane"), Some(90));
}

#[test]
fn callers_that_go_away_leave_nothing_behind() {
    let (queue, held) = busy_queue();
    let mut callers = Callers::of(&queue);
    (0..10).for_each(|n| callers.add("gone", client(n), Some(JANE)));
    callers.waiting.clear();
    callers.add("stays", client(1), None);
    assert_eq!(callers.run(held), ["stays"]);
    // Also one that goes away with a permit that it has not seen.
    let held = queue.permit(client(1), None).now_or_never().expect("the core is free").unwrap();
    callers.add("gone", client(2), None);
    drop(held);
    callers.waiting.clear();
    assert!(queue.permit(client(3), None).now_or_never().is_some());
    assert_eq!(queue.waiting(), 0);
}
