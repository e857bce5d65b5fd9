//! Why no reply came, and why none can come.

/// Why nothing can be asked for now, so that a campaign pauses until that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pause {
    /// The key is missing, wrong or may not use the model.
    Credentials,
    /// The account cannot pay.
    Billing,
    /// The rate is limited for longer than a proposal may take.
    Rate,
    /// No server is there, or none that knows the model.
    Unreachable,
    /// The campaign's own budget has no room for a further request.
    Budget,
    /// The usage that a paid server tells cannot be, again and again.
    Usage,
    /// One reply after another holds no formula.
    Unreadable,
}

impl Pause {
    /// Every pause.
    pub fn all() -> [Pause; 7] {
        [
            Pause::Credentials,
            Pause::Billing,
            Pause::Rate,
            Pause::Unreachable,
            Pause::Budget,
            Pause::Usage,
            Pause::Unreadable,
        ]
    }

    /// The name that records and JSON output carry.
    pub fn name(self) -> &'static str {
        match self {
            Pause::Credentials => "credentials",
            Pause::Billing => "billing",
            Pause::Rate => "rate",
            Pause::Unreachable => "unreachable",
            Pause::Budget => "budget",
            Pause::Usage => "doubtful_usage",
            Pause::Unreadable => "unreadable_replies",
        }
    }
}

/// Why no reply came.
#[derive(Clone, Debug, PartialEq)]
pub enum Unanswered {
    /// The campaign is stopping; the attempt is not over.
    Stopped,
    /// This call failed after its retries; another may succeed.
    Failed(String),
    /// An earlier run was cut off between the request and its reply.
    Lost(String),
    /// No call can succeed until something has changed, of which the detail says what.
    Paused {
        /// What has to change.
        pause: Pause,
        /// What happened and what to do, in words.
        detail: String,
    },
    /// The source has no further reply.
    Exhausted(String),
}
