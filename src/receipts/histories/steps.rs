//! What can happen in a history, and what can be said: the words that its table is written in.

/// Who signs a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The organisation and the service that the message was sent to.
    Addressee,
    /// The organisation without a service.
    Organisation,
    /// Another service of the right organisation.
    OtherService,
    /// Somebody else altogether.
    Somebody,
    /// Nobody: the receipt names no sender.
    Nobody,
}

/// One step of a history. Parts and revisions are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    // What happens here.
    /// Collected, cleared and sealed as so many messages, without what the receiver has already.
    Sealed(u32),
    /// Sealed as a letter.
    SealedLetter,
    /// Sealed for the worklist.
    SealedForWorklist,
    /// An attempt begins.
    Begun,
    /// The channel takes it.
    Taken,
    /// It lies in a tray.
    Placed,
    /// It surely did not leave.
    PutOff,
    /// The run died: the next one finds it in flight.
    Lost,
    /// The channel says that the first message came through.
    Carried,
    /// A person posts it.
    Posted,
    /// A person says that the receiver has it.
    Confirmed,
    /// A person gives it up.
    GivenUp,
    /// It must wait.
    Held,
    /// It need not wait any more.
    Resumed,
    /// A person stops it.
    Withdrawn,
    /// A person opens it again.
    Reopened,
    /// A person wants everything sent once more.
    ReopenedForAll,
    /// So many days go by.
    Days(i64),

    // What a receipt says of a part of the revision at hand, by the addressee where nobody is named.
    /// Accepted.
    Yes(u32),
    /// Rejected.
    No(u32),
    /// Rejected with another code.
    NoForSize(u32),
    /// Rejected: it is there already.
    Duplicate(u32),
    /// Accepted with defects.
    Defects(u32),
    /// A status that no list knows.
    Status7(u32),
    /// Accepted, in version 1.0.
    YesIn10(u32),
    /// A status that no list knows, in version 1.0.
    Status7In10(u32),
    /// Accepted, by this one.
    YesBy(By, u32),
    /// Rejected, by this one.
    NoBy(By, u32),
    /// Accepted, of a part of this revision.
    YesOf(u32, u32),
    /// Rejected, of a part of this revision.
    NoOf(u32, u32),
    /// Accepted, of a part of this revision, by this one.
    YesOfBy(u32, u32, By),

    // What is no answer to any message of ours.
    /// Accepted: a message that nobody knows.
    UnknownMessage,
    /// Accepted: an id that is no message's.
    NoMessage,
    /// A receipt cut off in the middle.
    CutOff,
    /// A text that is neither XML nor a list.
    NoXml,
    /// Another document.
    WrongRoot,
    /// A receipt without a status.
    NoStatus,

    // A filled-in line of a list; the day is one of November 2026.
    /// Done on this day.
    Done(u32),
    /// The same, in the list of the revision before.
    DoneBefore(u32),
    /// Without a name.
    NoName,
    /// Without a day.
    NoDay,
    /// With a day that is none.
    NoDate,
    /// Of a transfer that nobody knows.
    UnknownTransfer,
}
