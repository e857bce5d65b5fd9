//! Streams: each is put together to the answer that its server would have given in one piece, which
//! is then read as any other.

pub(super) mod assembly;
pub(super) mod chat_completions;
pub(super) mod generate_content;
pub(super) mod messages;
pub(super) mod responses;
