//! The background jobs of accounts.

use super::*;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn times_of_last_use_are_written_within_a_minute_of_the_use() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let jobs = Jobs::start(&accounts);
    actor(&accounts, &jane).await;
    let last_use = || accounts.tokens(&operator().access_to(jane.id)).unwrap()[0].last_used_at;
    assert_eq!(last_use(), None);
    tokio::time::sleep(Duration::from_secs(61)).await;
    // The write is on a thread that does not follow the paused clock.
    while last_use().is_none() {
        tokio::task::yield_now().await;
    }
    drop(jobs);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_jobs_writes_the_last_times_of_use() {
    let accounts = accounts();
    let jane = add_user(&accounts, "jane").await;
    let jobs = Jobs::start(&accounts);
    actor(&accounts, &jane).await;
    jobs.finish().await;
    assert!(accounts.tokens(&operator().access_to(jane.id)).unwrap()[0].last_used_at.is_some());
}
