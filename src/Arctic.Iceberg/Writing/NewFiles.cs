using System.Globalization;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Names the files of one piece of work where <see cref="DataLocations"/> puts them, and remembers the names, so that work that comes to nothing can be cleaned up. Not
/// thread-safe.
/// </summary>
/// <param name="metadata">Says where the table's data goes.</param>
/// <param name="environment">Gives the name of the work.</param>
internal sealed class NewFiles(TableMetadata metadata, CommitEnvironment environment)
{
    private readonly Guid _operation = environment.NewUuid();
    private readonly Dictionary<PartitionSpec, DataLocations> _bySpec = [];
    private readonly List<string> _given = [];

    /// <summary>The location of the next file of a partition.</summary>
    /// <param name="ending">Such as <c>.parquet</c> or <c>-deletes.puffin</c>.</param>
    public string Next(PartitionSpec spec, PartitionTuple partition, string ending)
    {
        if (!_bySpec.TryGetValue(spec, out var locations))
        {
            _bySpec.Add(spec, locations = new DataLocations(metadata, spec, _operation));
        }

        var location = locations.Of(partition, string.Create(CultureInfo.InvariantCulture, $"00000-0-{_operation:D}-{_given.Count + 1:D5}{ending}"));
        _given.Add(location);
        return location;
    }

    /// <summary>The files are someone else's from here on: they are not deleted any more.</summary>
    public void HandOver() => _given.Clear();

    /// <summary>Runs the commit of the files. From then on they are the table's, and its handle moves to the version with them; when the commit is known to have failed, they stay this one's.</summary>
    /// <param name="commit">Gives the table with the commit, and the snapshot; null when none was made.</param>
    public async ValueTask<Snapshot?> CommitAsync(IcebergTable table, Func<ValueTask<(IcebergTable Table, long? SnapshotId)>> commit)
    {
        IcebergTable committed;
        long? snapshotId;
        try
        {
            (committed, snapshotId) = await commit().ConfigureAwait(false);
        }
        catch (Exception e) when (!CommitOutcome.IsKnownToHaveFailed(e))
        {
            HandOver();
            throw;
        }

        HandOver();
        table.MoveTo(committed);
        return snapshotId is { } id ? committed.Metadata.FindSnapshot(id) : null;
    }

    /// <summary>Deletes every file that was named, whether written or not. Only for work that certainly was not committed.</summary>
    public async ValueTask DeleteAllAsync(IObjectStore store)
    {
        await store.DeleteLeftoversAsync(_given).ConfigureAwait(false);
        _given.Clear();
    }
}
