//! Limits the memory of responses that clients have not read yet. A response that does not fit becomes a 503.

use super::error::RequestError;
use super::memory_budget::{MemoryBudget, MemoryPermit, UNCOUNTED};
use super::request::RequestContext;
use hyper::body::Body as _;
use std::net::IpAddr;
use std::sync::Arc;
use warp::reply::Response;

/// The memory of all responses larger than [`UNCOUNTED`] together.
static UNREAD_RESPONSE_MEMORY: MemoryBudget = MemoryBudget::new(8 << 20, 2 << 20);

/// The same for trusted callers, who control the server anyway.
static TRUSTED_RESPONSE_MEMORY: MemoryBudget = MemoryBudget::new(64 << 20, 64 << 20);

/// The memory of a response that is made while it is sent: a piece, of which one line of allowed signers can take 40 KB,
/// and what the connection has taken of it.
const STREAM: usize = 4 * UNCOUNTED;

/// The memory of a list of a hundred users.
const USUAL_LIST: usize = 128 << 10;

/// The memory of one response, in its extensions. The connection keeps it until the response is sent.
#[derive(Clone, Debug)]
pub(super) struct ResponsePermit(#[expect(dead_code, reason = "its drop is what counts")] Arc<MemoryPermit>);

/// Refuses a request for a list before the list is read, if a usual one would not fit. Otherwise, a client that reads none
/// of its answers could make the server prepare hundreds of them in vain.
///
/// # Errors
/// As [`reserve`].
pub fn check_room(request: &RequestContext) -> Result<(), RequestError> {
    if UNREAD_RESPONSE_MEMORY.has_room(request.client(), USUAL_LIST) { Ok(()) } else { Err(RequestError::NoMemory) }
}

/// Whose memory a response occupies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// Each gets a share of a few MiB.
    Anyone,
    /// They control the server anyway, so their responses may be larger, and have a memory of their own.
    Trusted,
}

/// Reserves the memory that the response occupies until the client has read it.
///
/// # Errors
/// `NoMemory` if other responses, in total or to the same client, occupy too much of it.
pub(super) fn reserve(mut response: Response, client: IpAddr, callers: Callers) -> Result<Response, RequestError> {
    let memory = match callers {
        Callers::Anyone => &UNREAD_RESPONSE_MEMORY,
        Callers::Trusted => &TRUSTED_RESPONSE_MEMORY,
    };
    let size = response.body().size_hint().exact().map_or(STREAM, |size| usize::try_from(size).unwrap_or(usize::MAX));
    if size > UNCOUNTED {
        let mut permit = memory.permit(client);
        if !permit.grow_to(size) {
            return Err(RequestError::NoMemory);
        }
        response.extensions_mut().insert(ResponsePermit(Arc::new(permit)));
    }
    Ok(response)
}
