using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Catalog;

/// <summary>
/// The table is not as the commit asked: another writer was faster, or what it changed contradicts ours. Nothing of the commit took place; whoever refreshes
/// and finds its changes still valid may try again.
/// </summary>
public sealed class CommitConflictException(string message, Exception? inner = null) : ArcticException(ErrorCodes.CommitConflict, message, inner);

/// <summary>
/// The answer to a commit was lost, and looking did not tell whether it took place. Nothing was deleted and nothing may be: the commit may be the table's state.
/// </summary>
public sealed class CommitOutcomeUnknownException(string message, Exception? inner = null) : ArcticException(ErrorCodes.CommitOutcomeUnknown, message, inner)
{
    /// <summary>Whether the catalog has looked for itself and knows that loading the table would not tell more.</summary>
    public bool WasLookedInto { get; init; }
}

/// <summary>What an exception says of the commit that threw it.</summary>
internal static class CommitOutcome
{
    /// <summary>
    /// Whether the commit certainly did not take place, so that its files may go. Of what nobody foresaw, a bug of a store or of ours, nobody can tell when it struck: files that stay
    /// are found by the removal of orphans.
    /// </summary>
    public static bool IsKnownToHaveFailed(Exception exception) => exception is OperationCanceledException or (ArcticException and not CommitOutcomeUnknownException);
}
