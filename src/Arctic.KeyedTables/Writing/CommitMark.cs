using System.Globalization;
using Arctic.Columnar.Errors;

namespace Arctic.KeyedTables.Writing;

/// <summary>
/// What a table remembers of a sink's newest commit, in the property <see cref="MixedFormatProperties.CommittedOf"/>: <c>incarnation/checkpoint</c>. It outlives
/// expired snapshots. Fences and idempotence are decided on it alone.
/// </summary>
/// <param name="Incarnation">The run of the job.</param>
/// <param name="Checkpoint">Its checkpoint; ascends over runs too.</param>
internal readonly record struct CommitMark(long Incarnation, long Checkpoint)
{
    /// <summary>Reads the property; null when it is not there.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.TableCorrupt"/>: it is no such text.</exception>
    public static CommitMark? Find(IReadOnlyDictionary<string, string> properties, string sinkId)
    {
        if (!properties.TryGetValue(MixedFormatProperties.CommittedOf(sinkId), out var text))
        {
            return null;
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            && long.TryParse(text.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var incarnation)
            && long.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var checkpoint)
            ? new CommitMark(incarnation, checkpoint)
            : throw new ArcticException(
                ErrorCodes.TableCorrupt,
                $"Cannot tell what sink '{sinkId}' has committed: the table property '{MixedFormatProperties.CommittedOf(sinkId)}' is '{text}', not 'incarnation/checkpoint'.");
    }

    /// <summary>What a commit finds that is about to be made. The rule is that of <c>CommitProtocol.Decide</c> in Arctic.Dataflow; a test holds the two together.</summary>
    /// <param name="found">The table's mark; null when the sink never committed.</param>
    /// <param name="ours">The mark that the commit would set.</param>
    public static CommitVerdict Judge(CommitMark? found, CommitMark ours) => found switch
    {
        null => CommitVerdict.Commit,
        { } mark when mark.Incarnation > ours.Incarnation => CommitVerdict.Fenced,
        { } mark when mark.Checkpoint >= ours.Checkpoint => CommitVerdict.AlreadyCommitted,
        _ => CommitVerdict.Commit,
    };

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Incarnation}/{Checkpoint}");
}

/// <summary>What to do about a commit.</summary>
internal enum CommitVerdict
{
    /// <summary>It has not been made: make it.</summary>
    Commit,

    /// <summary>It has been made, by this run or the one before: do nothing.</summary>
    AlreadyCommitted,

    /// <summary>A newer run has committed: stop.</summary>
    Fenced,
}
