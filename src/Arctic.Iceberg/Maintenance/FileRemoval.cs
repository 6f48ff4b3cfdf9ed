using System.Collections.Concurrent;
using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Maintenance;

/// <summary>What became of files that were to be deleted.</summary>
/// <param name="Deleted">Files that are gone; some may have been gone before.</param>
/// <param name="Failed">Files that could not be deleted, or may be another table's. They harm nobody: the removal of orphans finds them later.</param>
/// <param name="Failures">The first of the failures.</param>
public sealed record RemovalReport(long Deleted, long Failed, IReadOnlyList<RemovalFailure> Failures)
{
    /// <summary>One line for a log.</summary>
    public override string ToString() => Failed == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{Deleted} files deleted")
        : string.Create(CultureInfo.InvariantCulture, $"{Deleted} files deleted, {Failed} not: {string.Join("; ", Failures.Take(3).Select(f => $"'{f.Location}' ({f.Error.Message})"))}{(Failed > 3 ? "; …" : "")}");
}

/// <summary>A file that could not be deleted.</summary>
public sealed record RemovalFailure(string Location, ArcticException Error);

/// <summary>
/// Deletes files, several at once. One that cannot be deleted stops nothing. Of a table that was moved or copied only files of its folder are deleted: whether the original is still
/// there, and needs the others, nobody knows. One caller at a time.
/// </summary>
internal sealed class FileRemoval(IObjectStore store)
{
    private const int AtOnce = 16;
    private const int FailuresMax = 100;
    private readonly ConcurrentQueue<RemovalFailure> _failures = [];
    private long _deleted;
    private long _failed;

    public RemovalReport Report => new(_deleted, _failed, _failures.Take(FailuresMax).ToArray());

    public Task DeleteAsync(IEnumerable<string> locations, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(locations, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, DeleteAsync);

    private async ValueTask DeleteAsync(string location, CancellationToken cancellationToken)
    {
        try
        {
            RequireOwn(location);
            await store.DeleteAsync(location, cancellationToken).ConfigureAwait(false);
            Interlocked.Increment(ref _deleted);
        }
        catch (ArcticException e)
        {
            if (Interlocked.Increment(ref _failed) <= FailuresMax)
            {
                _failures.Enqueue(new RemovalFailure(location, e));
            }
        }
    }

    private void RequireOwn(string location)
    {
        if (store is RelocatingObjectStore moved && !moved.IsWithin(location))
        {
            throw new ArcticException(
                ErrorCodes.StorageRefused, $"Cannot delete '{location}': the table was moved or copied, and the file lies outside of its folder, where the table that it was copied from may need it.")
            {
                Hint = "If that table is no more, delete the file yourself.",
            };
        }
    }
}
