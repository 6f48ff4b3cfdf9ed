using Arctic.Columnar.Options;
using Arctic.KeyedTables.Reading;

namespace Arctic.KeyedTables.Optimizing;

/// <summary>Decides when the changes of a table are to be folded into its base store (spec/arctic.md, A.11, minor).</summary>
internal static class OptimizingTrigger
{
    /// <summary>When the changes that the base store does not hold are due.</summary>
    /// <returns>A time that is not later than now: at once. Null: there are none, or the table's properties do not want it.</returns>
    /// <exception cref="Arctic.Columnar.Errors.ArcticException"><c>INVALID_OPTION</c>: a property's value cannot be read.</exception>
    public static async ValueTask<DateTimeOffset?> FindDueTimeAsync(MixedTableCatalog catalog, MixedTable table, CancellationToken cancellationToken)
    {
        var options = OptionReader.Read<OptimizingOptions>(table.Properties, $"table '{table.Name}'");
        if (table.Key is null || !options.IsEnabled)
        {
            return null;
        }

        var pinned = await PinnedTable.PinAsync(catalog, table, cancellationToken).ConfigureAwait(false);
        var changes = await pinned.ReadChangesAsync(cancellationToken).ConfigureAwait(false);
        if (changes.Count == 0)
        {
            return null;
        }

        var fileCountDue = Math.Max(table.Options.ChangeBucketCount + 1, options.FileCountTrigger);
        return changes.GroupBy(f => f.Partition).Any(p => p.Count() >= fileCountDue)
            ? DateTimeOffset.MinValue
            : Later(CommitTimeOf(pinned, changes.Min(f => f.DataSequence)), options.IntervalTriggerMs);
    }

    // Any number of milliseconds, too many for a calendar included: such changes are never due.
    private static DateTimeOffset Later(DateTimeOffset time, long milliseconds) =>
        milliseconds < (DateTimeOffset.MaxValue - time).TotalMilliseconds ? time.AddMilliseconds(Math.Max(0, milliseconds)) : DateTimeOffset.MaxValue;

    // When a sequence number was committed; where its snapshot is gone, a time after it.
    private static DateTimeOffset CommitTimeOf(PinnedTable pinned, long sequence) => DateTimeOffset.FromUnixTimeMilliseconds(
        pinned.Table.ChangeStore!.Metadata.Snapshots.Where(s => s.SequenceNumber >= sequence).Min(s => s.TimestampMs));
}
